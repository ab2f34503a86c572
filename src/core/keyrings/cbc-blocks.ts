import { type Bytes, concatBytes, equalBytes } from '../bytes.ts';
import { subtle } from '../subtle.ts';

/** AES-CBC of whole blocks (at least one), their padding left where it is. The key must also encrypt. */
export async function decryptBlocks(key: CryptoKey, iv: Bytes, blocks: Bytes): Promise<Bytes> {
  const webCrypto = subtle();
  // WebCrypto always takes padding off, and WebKit's takes some that is none. So it gets a block of its own,
  // which decrypts to sixteen times 16.
  const block = blocks.slice(-16).map((byte) => byte ^ 16);
  const zeroIv = { name: 'AES-CBC', iv: new Uint8Array(16) };
  const padding = new Uint8Array(await webCrypto.encrypt(zeroIv, key, block)).subarray(0, 16);
  return new Uint8Array(await webCrypto.decrypt({ name: 'AES-CBC', iv }, key, concatBytes(blocks, padding)));
}

/** Without PKCS#7 padding (RFC 5652, section 6.3), in the same buffer; undefined if it is not padded so. */
export function withoutPadding(blocks: Bytes): Bytes | undefined {
  const length = blocks.at(-1) ?? 0;
  const isPadded =
    1 <= length && length <= 16 && equalBytes(blocks.subarray(-length), new Uint8Array(length).fill(length));
  return isPadded ? blocks.subarray(0, -length) : undefined;
}
