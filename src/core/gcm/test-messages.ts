/** What the tests of this folder share. */
import { type Bytes, concatBytes } from '../bytes.ts';
import { EnvelopeError, type ErrorCode } from '../errors.ts';
import { createGcmOpener, createGcmSealer, type MessageParameters, type Tuning } from './gcm.ts';

export interface Cut {
  readonly start: number;
  readonly end: number;
}

/** Bytes that look random and are the same every time. */
export function filled(length: number, seed = 1): Bytes {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state;
  }
  return bytes;
}

/** Ranges of so many bytes each, the last one shorter; one empty range for an empty message. */
export function cutEvery(step: number, length: number): Cut[] {
  return Array.from({ length: Math.max(1, Math.ceil(length / step)) }, (_, index) => ({
    start: index * step,
    end: Math.min(length, (index + 1) * step),
  }));
}

/** Ciphertext and tag, from the platform's own AES-GCM in one call. */
export async function sealAtOnce(
  raw: Bytes,
  iv: Bytes,
  plaintext: Bytes,
  additionalData: Bytes,
): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']);
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, plaintext));
}

/** Ciphertext and tag, sealed range by range, all begun at once. */
export async function sealInCuts(
  parameters: Omit<MessageParameters, 'plaintextLength'>,
  plaintext: Bytes,
  cuts: readonly Cut[],
  tuning?: Tuning,
): Promise<Bytes> {
  const sealer = await createGcmSealer({ ...parameters, plaintextLength: plaintext.length }, tuning);
  const ciphertext = new Uint8Array(plaintext.length);
  await Promise.all(
    cuts.map(async ({ start, end }) =>
      ciphertext.set(await sealer.seal(start, plaintext.subarray(start, end)), start),
    ),
  );
  return concatBytes(ciphertext, await sealer.tag());
}

/** Undoes `sealInCuts`; rejects as `verify` does. */
export async function openInCuts(
  parameters: Omit<MessageParameters, 'plaintextLength'>,
  sealed: Bytes,
  cuts: readonly Cut[],
  tuning?: Tuning,
): Promise<Bytes> {
  const plaintext = new Uint8Array(sealed.length - 16);
  const opener = await createGcmOpener({ ...parameters, plaintextLength: plaintext.length }, tuning);
  await Promise.all(
    cuts.map(async ({ start, end }) =>
      plaintext.set(await opener.open(start, sealed.subarray(start, end)), start),
    ),
  );
  await opener.verify(sealed.slice(plaintext.length));
  return plaintext;
}

export async function codeOf(action: Promise<unknown>): Promise<ErrorCode | 'no error'> {
  try {
    await action;
    return 'no error';
  } catch (error) {
    if (error instanceof EnvelopeError) return error.code;
    throw error;
  }
}
