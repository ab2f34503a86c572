import { EnvelopeError } from '../core/errors.ts';
import type { ByteRange } from '../core/object.ts';

const MiB = 1024 ** 2;

/** S3: parts 1 to 10,000 of up to 5 GiB each, an object of up to 48.8 TiB. */
const maxParts = 10_000;
/** Ranges of a download are nobody's to count; so many are still nothing to keep track of. */
const maxRanges = 100_000;
const smallestPart = 8 * MiB;
/**
 * Bytes of a file in the largest part that is sent from a page. A part is in memory as a whole, since S3 wants its
 * SHA-256 before its first byte and browsers send no stream of known length; sealing is in place, and the browser
 * holds two or three copies more while it leaves. All three engines have sent 512 MiB so.
 */
const largestPart = 512 * MiB;

/** Bytes of the largest file that is stored from a page: 4.9 TiB of the 48.8 TiB that S3 takes. */
export const largestFile = maxParts * largestPart;

/**
 * The plaintext ranges that become the parts of one upload: equal ones of 8 MiB, larger only where 10,000
 * would not suffice, each but the last a multiple of the granularity. A zero-byte file is one empty range.
 *
 * Throws `too-large` for a file that would take parts of more than 512 MiB and more than `partBytes`.
 * @param plaintextLength bytes
 * @param granularity bytes, from the encryptor
 * @param partBytes instead of 8 MiB
 */
export function planParts(
  plaintextLength: number,
  granularity: number,
  partBytes = smallestPart,
): readonly ByteRange[] {
  const rangeLength = lengthOfRanges(plaintextLength, granularity, partBytes, maxParts);
  const limit = Math.max(largestPart, partBytes);
  if (Math.min(rangeLength, plaintextLength) > limit) {
    const largest = Math.floor(limit / granularity) * granularity;
    throw new EnvelopeError('too-large', 'S3 takes 10,000 parts, and such large ones cannot be sent', {
      details: { plaintextLength, maxPlaintextBytes: maxParts * largest },
    });
  }
  return cut(plaintextLength, rangeLength);
}

/** The plaintext ranges of a download: as `planParts`, but as many as it takes for ranges that stay small. */
export function planRanges(plaintextLength: number, granularity: number): readonly ByteRange[] {
  return cut(plaintextLength, lengthOfRanges(plaintextLength, granularity, smallestPart, maxRanges));
}

/** Bytes of parts that are in memory at once, of all uploads, as long as one alone is not more. */
const partsInMemory = 256 * MiB;

/**
 * How many of so many slots a part takes: one, unless parts are so large that fewer of them should be in memory.
 * @param partLength bytes
 */
export function slotsFor(partLength: number, slots: number): number {
  return Math.min(slots, Math.max(1, Math.ceil((partLength * slots) / partsInMemory)));
}

function lengthOfRanges(length: number, granularity: number, smallest: number, most: number): number {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new EnvelopeError('bad-argument', 'a length is a whole number of bytes');
  }
  const wanted = Math.max(smallest, Math.ceil(length / most));
  return Math.ceil(wanted / granularity) * granularity;
}

function cut(length: number, rangeLength: number): readonly ByteRange[] {
  const ranges: ByteRange[] = [];
  for (let start = 0; start < length; start += rangeLength) {
    ranges.push({ start, end: Math.min(start + rangeLength, length) });
  }
  return ranges.length > 0 ? ranges : [{ start: 0, end: 0 }];
}
