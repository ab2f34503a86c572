import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestFile, piecesOf, planParts, planRanges, slotsFor } from './plan.ts';

const MiB = 1024 ** 2;

describe('planParts', () => {
  it('makes one empty part of an empty file', () => {
    expect(planParts(0, 16)).toEqual([{ start: 0, end: 0 }]);
  });

  it('keeps a file of exactly one part whole and cuts the next byte off', () => {
    expect(planParts(8 * MiB, 16)).toEqual([{ start: 0, end: 8 * MiB }]);
    expect(planParts(8 * MiB + 1, 16)).toEqual([
      { start: 0, end: 8 * MiB },
      { start: 8 * MiB, end: 8 * MiB + 1 },
    ]);
  });

  it('takes 8 MiB parts up to 64 GiB, which S3EC ends at', () => {
    const parts = planParts(2 ** 36 - 32, 16);
    expect(parts.length).toBe(8192);
    expect(parts[0]).toEqual({ start: 0, end: 8 * MiB });
  });

  it('refuses a file that would take parts no page holds, and no smaller one', () => {
    for (const [onDisk, largestPart] of [
      [false, 512 * MiB],
      [true, 5119 * MiB],
    ] as const) {
      const largest = largestFile(onDisk);
      const parts = planParts(largest, MiB, { onDisk });
      expect([parts.length, parts[0]?.end]).toEqual([10_000, largestPart]);
      const refusal = {
        code: 'too-large',
        details: { plaintextLength: largest + 1, maxPlaintextBytes: largest },
      };
      expect(() => planParts(largest + 1, MiB, { onDisk })).toThrow(expect.objectContaining(refusal));
    }
  });

  it('makes larger ones for whoever asks for them, up to what S3 takes', () => {
    const part = 5119 * MiB;
    const parts = planParts(10_000 * part, MiB, { partBytes: part });
    expect([parts.length, parts[0]?.end]).toEqual([10_000, part]);
    expect(() => planParts(10_000 * part + 1, MiB, { partBytes: part })).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
  });

  it('tiles the file without a gap, on the granularity, within what S3 allows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 42 }),
        fc.constantFrom(16, 4096, MiB, 3 * MiB),
        (length, grain) => {
          const parts = planParts(length, grain);
          expect(parts.length).toBeLessThanOrEqual(10_000);
          let at = 0;
          for (const [index, { start, end }] of parts.entries()) {
            if (start !== at || end <= start) throw new Error(`part ${index} does not follow`);
            if (start % grain !== 0) throw new Error(`part ${index} is off the granularity`);
            if (index < parts.length - 1 && end - start < 5 * MiB)
              throw new Error(`part ${index} is too small`);
            at = end;
          }
          expect(at).toBe(length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('makes pieces of a part that tile it', () => {
    expect(piecesOf({ start: 40 * MiB, end: 61 * MiB + 5 }, MiB)).toEqual([
      { start: 40 * MiB, end: 48 * MiB },
      { start: 48 * MiB, end: 56 * MiB },
      { start: 56 * MiB, end: 61 * MiB + 5 },
    ]);
    expect(piecesOf({ start: 0, end: 30 * MiB }, 20 * MiB)).toEqual([
      { start: 0, end: 20 * MiB },
      { start: 20 * MiB, end: 30 * MiB },
    ]);
  });

  it('refuses what is no length', () => {
    for (const length of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => planParts(length, 16)).toThrow(expect.objectContaining({ code: 'bad-argument' }));
    }
  });
});

describe('planRanges', () => {
  it('keeps ranges small, however large the object', () => {
    expect(planRanges(0, 16)).toEqual([{ start: 0, end: 0 }]);
    expect(planRanges(2 ** 39, MiB)[0]).toEqual({ start: 0, end: 8 * MiB });
    const huge = planRanges(48 * 2 ** 40, MiB);
    expect(huge.length).toBeLessThanOrEqual(100_000);
    expect(huge.at(-1)?.end).toBe(48 * 2 ** 40);
  });

  it('counts what there is to fetch where frames are tiny', () => {
    const [first] = planRanges(100 * MiB, 1, 33 * 100 * MiB);
    expect(first).toEqual({ start: 0, end: Math.ceil((8 * MiB) / 33) });
    // As much again is not yet out of the ordinary.
    expect(planRanges(16 * MiB, 16, 16 * MiB + 16)).toEqual(planRanges(16 * MiB, 16));
    expect(planRanges(0, 16, 500)).toEqual([{ start: 0, end: 0 }]);
  });

  it('makes one range of a frame that is longer', () => {
    expect(planRanges(30 * MiB, 20 * MiB)).toEqual([
      { start: 0, end: 20 * MiB },
      { start: 20 * MiB, end: 30 * MiB },
    ]);
  });
});

describe('the slots of a part', () => {
  it.each([
    [0, 1],
    [8 * MiB, 1],
    [64 * MiB, 1],
    [64 * MiB + 1, 2],
    [128 * MiB, 2],
    [512 * MiB, 4],
  ])('of %d bytes are %d of 4', (length, slots) => {
    expect(slotsFor(length, 4)).toBe(slots);
  });
});
