import { type Bytes, concatBytes, utf8 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { subtle } from '../subtle.ts';
import { uint16 } from './numbers.ts';
import type { Suite } from './suite.ts';

export interface MessageKeys {
  /** AES-GCM, non-extractable. */
  readonly contentKey: CryptoKey;
  /** What the header of a suite that commits must say: 32 bytes. */
  readonly commitment?: Bytes;
}

const usages: KeyUsage[] = ['encrypt', 'decrypt'];
const commitmentInfo = utf8('COMMITKEY');
const hashBytes = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 } as const;

/**
 * What a data key yields for one message (framework/algorithm-suites.md; HKDF is RFC 5869). Takes the key over
 * into WebCrypto: the caller's bytes are not kept and can be wiped afterwards.
 */
export async function deriveMessageKeys(
  suite: Suite,
  dataKey: Bytes,
  messageId: Bytes,
): Promise<MessageKeys> {
  const webCrypto = subtle();
  const { hash, keyBytes } = suite;
  if (!hash) return { contentKey: await webCrypto.importKey('raw', dataKey, 'AES-GCM', false, usages) };

  // Zeros of the hash's length are what HKDF takes for no salt.
  const salt = suite.commits ? messageId.slice() : new Uint8Array(hashBytes[hash]);
  const key = await webCrypto.importKey('raw', dataKey, 'HKDF', false, ['deriveBits', 'deriveKey']);
  const hkdf = (info: Bytes): HkdfParams => ({ name: 'HKDF', hash, salt, info });
  const contentInfo = concatBytes(uint16(suite.code), suite.commits ? utf8('DERIVEKEY') : messageId);
  const contentAlgorithm = { name: 'AES-GCM', length: 8 * keyBytes };
  const contentKey = await webCrypto.deriveKey(hkdf(contentInfo), key, contentAlgorithm, false, usages);
  if (!suite.commits) return { contentKey };
  const commitment = await webCrypto.deriveBits(hkdf(commitmentInfo), key, 256);
  return { contentKey, commitment: new Uint8Array(commitment) };
}

/** Rejects with `algorithm-unsupported` where the platform has no AES of the suite's key length (Chromium: 192). */
export async function checkPlatformHas({ id, keyBytes }: Suite): Promise<void> {
  try {
    await subtle().importKey('raw', new Uint8Array(keyBytes), 'AES-GCM', false, usages);
  } catch (cause) {
    if (cause instanceof EnvelopeError) throw cause;
    throw new EnvelopeError('algorithm-unsupported', `this platform has no AES-${8 * keyBytes}`, {
      cause,
      details: { suite: id },
    });
  }
}
