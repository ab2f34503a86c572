import { type Bytes, concatBytes } from '../../bytes.ts';
import { subtle } from '../../subtle.ts';

let probed: Promise<boolean> | undefined;

/**
 * What RSA-OAEP decrypted, of the length that it should have. WebKit on Linux takes it for a number and drops
 * zeros at its beginning, which one data key in 256 has. Only where that is seen are they put back: everywhere
 * else, a data key that is too short is one.
 */
export async function withLeadingZeros(opened: Bytes, length: number): Promise<Bytes> {
  if (opened.length >= length) return opened;
  probed ??= dropsLeadingZeros();
  if (!(await probed)) return opened;
  const whole = concatBytes(new Uint8Array(length - opened.length), opened);
  opened.fill(0);
  return whole;
}

/** Tried with a small key of its own that guards nothing, and only when a data key came out too short. */
async function dropsLeadingZeros(): Promise<boolean> {
  try {
    const algorithm = {
      name: 'RSA-OAEP',
      hash: 'SHA-1',
      modulusLength: 1024,
      publicExponent: Uint8Array.of(1, 0, 1),
    };
    const webCrypto = subtle();
    const pair = await webCrypto.generateKey(algorithm, false, ['encrypt', 'decrypt']);
    const sealed = await webCrypto.encrypt('RSA-OAEP', pair.publicKey, Uint8Array.of(0, 1));
    const opened = await webCrypto.decrypt('RSA-OAEP', pair.privateKey, sealed);
    return opened.byteLength === 1;
  } catch {
    return false;
  }
}
