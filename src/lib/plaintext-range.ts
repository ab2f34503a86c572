import { EnvelopeError } from '../core/errors.ts';
import type { ByteRange } from '../core/object.ts';
import type { UnauthenticatedDecryptor } from '../core/s3ec/s3ec.ts';
import type { ObjectHead, ReadableStore } from '../store/store.ts';

/** Only its last block tells how much of it is padding. */
export async function lengthOfCbc(
  decryptor: UnauthenticatedDecryptor,
  store: Pick<ReadableStore, 'read'>,
  { head: { key, etag } }: { readonly head: ObjectHead },
  signal: AbortSignal,
): Promise<number> {
  const end = decryptor.longestPlaintext;
  const last = { start: Math.max(0, end - 16), end };
  const body = await store.read(key, decryptor.objectRange(last), { etag, signal });
  return last.start + (await decryptor.open(last, body)).length;
}

/** What there is of a range. Throws `bad-argument` where it begins after the end. */
export function within({ start, end }: ByteRange, length: number): ByteRange {
  if (start < length || (start === 0 && length === 0 && end === 0)) {
    return { start, end: Math.min(end, length) };
  }
  throw new EnvelopeError('bad-argument', 'the range begins after the end of the plaintext', {
    details: { start, length },
  });
}
