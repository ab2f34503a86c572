import type { ByteRange } from '../object.ts';

/** Which of a message's frames have been seen; ranges may overlap and come again. */
export interface Coverage {
  add(range: ByteRange): void;
  isWhole(): boolean;
}

export function createCoverage(frames: number): Coverage {
  // Sorted, none touching another: one entry once all has been seen, and few on the way there.
  let seen: readonly ByteRange[] = [];
  return {
    add(range) {
      const touching = seen.filter(({ start, end }) => start <= range.end && range.start <= end);
      const merged = {
        start: Math.min(range.start, ...touching.map(({ start }) => start)),
        end: Math.max(range.end, ...touching.map(({ end }) => end)),
      };
      const before = seen.filter(({ end }) => end < merged.start);
      const after = seen.filter(({ start }) => start > merged.end);
      seen = [...before, merged, ...after];
    },
    isWhole: () => seen[0]?.start === 0 && seen[0].end === frames,
  };
}
