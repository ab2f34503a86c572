import { EnvelopeError } from '../core/errors.ts';
import type { ByteRange } from '../core/object.ts';

const MiB = 1024 ** 2;

/** S3: parts 1 to 10,000 of up to 5 GiB each, an object of up to 48.8 TiB. */
const maxParts = 10_000;
/** Ranges of a download are nobody's to count; so many are still nothing to keep track of. */
const maxRanges = 100_000;
const smallestPart = 8 * MiB;
/**
 * Bytes of a file in the largest part that is made in memory, where it can be made on disk (`store/large-body.ts`): four
 * of them leave at once, and the browser holds copies while they do.
 */
export const largestInMemory = 32 * MiB;
/** The same where it cannot. All three engines have sent 512 MiB so, one at a time. */
const largestOfMemory = 512 * MiB;
/** Made on disk: of the 5 GiB that S3 takes, the last is for what sealing adds, 32 bytes for each MiB and a header. */
const largestOfDisk = 5 * 1024 * MiB - MiB;

/** Bytes of the largest file that can be stored: all that S3 takes, 48.8 TiB, or where parts are made in memory 4.9 TiB. */
export function largestFile(onDisk: boolean): number {
  return maxParts * (onDisk ? largestOfDisk : largestOfMemory);
}

/**
 * The plaintext ranges that become the parts of one upload: equal ones of 8 MiB, larger only where 10,000
 * would not suffice, each but the last a multiple of the granularity. A zero-byte file is one empty range.
 *
 * Throws `too-large` for a file that would take parts larger than can be made.
 * @param plaintextLength bytes
 * @param granularity bytes, from the encryptor
 * @param partBytes instead of 8 MiB; such parts can be made
 * @param onDisk whether parts can be made on disk: up to 5 GiB instead of 512 MiB
 */
export function planParts(
  plaintextLength: number,
  granularity: number,
  { partBytes = smallestPart, onDisk = false }: { partBytes?: number | undefined; onDisk?: boolean } = {},
): readonly ByteRange[] {
  const rangeLength = lengthOfRanges(plaintextLength, granularity, partBytes, maxParts);
  const limit = Math.max(onDisk ? largestOfDisk : largestOfMemory, partBytes);
  if (Math.min(rangeLength, plaintextLength) > limit) {
    const largest = Math.floor(limit / granularity) * granularity;
    throw new EnvelopeError('too-large', 'S3 takes 10,000 parts, and such large ones cannot be sent', {
      details: { plaintextLength, maxPlaintextBytes: maxParts * largest },
    });
  }
  return cut(plaintextLength, rangeLength);
}

/**
 * The plaintext ranges of a download: as `planParts`, but as many as it takes for ranges that stay small.
 * @param objectLength bytes, where they may be many times the plaintext's: a frame of one byte takes 33
 */
export function planRanges(
  plaintextLength: number,
  granularity: number,
  objectLength = plaintextLength,
): readonly ByteRange[] {
  const times = Math.max(1, Math.floor(objectLength / Math.max(1, plaintextLength)));
  const smallest = Math.ceil(smallestPart / times);
  return cut(plaintextLength, lengthOfRanges(plaintextLength, granularity, smallest, maxRanges));
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

/** What is read and sealed at once of a part that comes together on disk: 8 MiB, or a frame where that is longer. */
export function piecesOf({ start, end }: ByteRange, granularity: number): readonly ByteRange[] {
  const pieces = cut(end - start, Math.ceil(smallestPart / granularity) * granularity);
  return pieces.map((piece) => ({ start: start + piece.start, end: start + piece.end }));
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
