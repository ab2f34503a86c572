import { EnvelopeError } from '../core/errors.ts';
import type { ByteRange } from '../core/object.ts';

/** S3: parts 1 to 10,000 of up to 5 GiB, an object of up to 48.8 TiB. */
const maxParts = 10_000;
const smallestPart = 8 * 1024 ** 2;

/**
 * The plaintext ranges that become the parts of one upload: equal ones of 8 MiB, larger only where 10,000
 * would not suffice, each but the last a multiple of the granularity. A zero-byte file is one empty range.
 * @param plaintextLength bytes
 * @param granularity bytes, from the encryptor
 * @param partBytes instead of 8 MiB
 */
export function planParts(
  plaintextLength: number,
  granularity: number,
  partBytes = smallestPart,
): readonly ByteRange[] {
  if (!Number.isSafeInteger(plaintextLength) || plaintextLength < 0) {
    throw new EnvelopeError('bad-argument', 'a length is a whole number of bytes');
  }
  const wanted = Math.max(partBytes, Math.ceil(plaintextLength / maxParts));
  const partLength = Math.ceil(wanted / granularity) * granularity;
  const parts: ByteRange[] = [];
  for (let start = 0; start < plaintextLength; start += partLength) {
    parts.push({ start, end: Math.min(start + partLength, plaintextLength) });
  }
  return parts.length > 0 ? parts : [{ start: 0, end: 0 }];
}
