import { type Bytes, equalBytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import type { ByteRange } from '../object.ts';

interface Entry extends ByteRange {
  digest?: Bytes;
}

/** The ranges of frames that went through a message, each with a digest of what it was. */
export interface FrameRanges {
  /** Throws `bad-argument` for a range that overlaps another and is not the same. */
  begin(range: ByteRange): void;
  /** Notes a digest; false, and nothing noted, if the range has left another one before. */
  settle(range: ByteRange, digest: Bytes): boolean;
}

/** Keeps some 32 bytes for a range, however many frames it has. */
export function createFrameRanges(): FrameRanges {
  // Sorted, and no two overlap.
  const list: Entry[] = [];
  return {
    begin({ start, end }) {
      const before = list.findLastIndex((entry) => entry.start <= start);
      const previous = list[before];
      if (previous?.start === start && previous.end === end) return;
      const next = list[before + 1];
      if ((previous && previous.end > start) || (next && next.start < end)) {
        throw new EnvelopeError('bad-argument', 'ranges of one message must not overlap', {
          details: { firstFrame: start + 1, lastFrame: end },
        });
      }
      list.splice(before + 1, 0, { start, end });
    },

    settle({ start }, digest) {
      const entry = list.findLast((each) => each.start === start);
      if (entry?.digest) return equalBytes(entry.digest, digest);
      if (entry) entry.digest = digest;
      return true;
    },
  };
}
