import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { subtle } from '../subtle.ts';

/** One AES key in the two shapes that WebCrypto wants. It cannot be exported; it can be sent to a worker. */
export interface GcmKey {
  readonly gcm: CryptoKey;
  readonly ctr: CryptoKey;
}

/**
 * Imports an AES key of 16, 24 or 32 bytes. The caller's bytes are not kept and can be wiped afterwards.
 *
 * Rejects with `bad-argument` for another length, `insecure-context` where the platform offers no WebCrypto,
 * `algorithm-unsupported` for 24 bytes where the platform does not have AES-192 (Chromium).
 */
export async function importGcmKey(raw: Bytes): Promise<GcmKey> {
  if (![16, 24, 32].includes(raw.length)) {
    throw new EnvelopeError('bad-argument', `an AES key has 16, 24 or 32 bytes, not ${raw.length}`);
  }
  const platform = subtle();
  try {
    const [gcm, ctr] = await Promise.all([
      platform.importKey('raw', raw, 'AES-GCM', false, ['encrypt']),
      platform.importKey('raw', raw, 'AES-CTR', false, ['encrypt']),
    ]);
    return { gcm, ctr };
  } catch (cause) {
    const bits = 8 * raw.length;
    throw new EnvelopeError('algorithm-unsupported', `this platform has no AES-${bits}`, { cause });
  }
}
