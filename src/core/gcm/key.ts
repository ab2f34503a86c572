import { EnvelopeError } from '../errors.ts';

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
export async function importGcmKey(raw: Uint8Array<ArrayBuffer>): Promise<GcmKey> {
  if (![16, 24, 32].includes(raw.length)) {
    throw new EnvelopeError('bad-argument', `an AES key has 16, 24 or 32 bytes, not ${raw.length}`);
  }
  // Typed as always there, but browsers hide it from pages that came over plain http.
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!subtle) throw new EnvelopeError('insecure-context', 'WebCrypto is available in secure contexts only');
  try {
    const [gcm, ctr] = await Promise.all([
      subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']),
      subtle.importKey('raw', raw, 'AES-CTR', false, ['encrypt']),
    ]);
    return { gcm, ctr };
  } catch (cause) {
    const bits = 8 * raw.length;
    throw new EnvelopeError('algorithm-unsupported', `this platform has no AES-${bits}`, { cause });
  }
}
