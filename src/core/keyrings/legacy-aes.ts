/** What old writers of S3EC did with a raw AES key. Only opened: neither binds what the data key is for. */
import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { subtle } from '../subtle.ts';
import { decryptBlocks, withoutPadding } from './cbc-blocks.ts';

/** Bytes of an AES key. */
const keyLengths = [16, 24, 32];

/** One AES key in the two shapes in which WebCrypto opens the old wraps; non-extractable. */
export interface LegacyWrappingKey {
  readonly kw: CryptoKey;
  readonly cbc: CryptoKey;
}

/**
 * A wrapping key of 16 or 32 bytes (24 where the platform has AES-192) for reading what old writers wrapped. The
 * caller's bytes are not kept. Rejects with `bad-argument` or `algorithm-unsupported`.
 */
export async function importLegacyWrappingKey(raw: Bytes): Promise<LegacyWrappingKey> {
  if (!keyLengths.includes(raw.length)) {
    throw new EnvelopeError('bad-argument', `a wrapping key has 16 or 32 bytes, not ${raw.length}`);
  }
  const webCrypto = subtle();
  try {
    const [kw, cbc] = await Promise.all([
      webCrypto.importKey('raw', raw, 'AES-KW', false, ['unwrapKey']),
      webCrypto.importKey('raw', raw, 'AES-CBC', false, ['encrypt', 'decrypt']),
    ]);
    return { kw, cbc };
  } catch (cause) {
    throw new EnvelopeError('algorithm-unsupported', `this platform has no AES-${8 * raw.length}`, { cause });
  }
}

/** `AESWrap`: RFC 3394. Rejects where the integrity check fails. */
export async function unwrapKw({ kw }: LegacyWrappingKey, wrapped: Bytes): Promise<Bytes> {
  // Of a data key of 16, 24 or 32 bytes. WebKit takes the page down when it is given a few bytes only.
  if (![24, 32, 40].includes(wrapped.length)) throw broken();
  const webCrypto = subtle();
  // HMAC takes a key of any length, also of 24 bytes where there is no AES-192.
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const key = await webCrypto.unwrapKey('raw', wrapped, kw, 'AES-KW', hmac, true, ['sign']);
  return new Uint8Array(await webCrypto.exportKey('raw', key));
}

/**
 * Format V1's `AES`: ECB with PKCS#7 padding. One wrong key in 256 leaves padding of a single byte, so that the length
 * of an AES key has to tell it as well; one in 2^64 still passes.
 */
export async function unwrapEcb({ cbc }: LegacyWrappingKey, wrapped: Bytes): Promise<Bytes> {
  if (wrapped.length < 32 || wrapped.length > 48 || wrapped.length % 16 !== 0) throw broken();
  // WebCrypto has no ECB. CBC is ECB but for an XOR with the block before.
  const chained = await decryptBlocks(cbc, new Uint8Array(16), wrapped);
  const opened = chained.map((byte, at) => byte ^ (at < 16 ? 0 : (wrapped[at - 16] ?? 0)));
  const found = withoutPadding(opened);
  const dataKey = found && keyLengths.includes(found.length) ? found.slice() : undefined;
  chained.fill(0);
  opened.fill(0);
  if (!dataKey) throw broken();
  return dataKey;
}

function broken(): EnvelopeError {
  return new EnvelopeError('unwrap-failed', 'this key does not open the wrapped data key');
}
