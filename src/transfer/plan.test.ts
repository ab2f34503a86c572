import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planParts } from './plan.ts';

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

  it('grows the parts so that 10,000 hold the largest object S3 takes', () => {
    const largest = 48.8 * 2 ** 40;
    const parts = planParts(Math.floor(largest), MiB);
    expect(parts.length).toBeLessThanOrEqual(10_000);
    const first = parts[0];
    expect((first?.end ?? 0) % MiB).toBe(0);
    expect(first?.end).toBeLessThanOrEqual(5 * 2 ** 30);
  });

  it('tiles the file without a gap, on the granularity, within what S3 allows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 45 }),
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

  it('refuses what is no length', () => {
    for (const length of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => planParts(length, 16)).toThrow(expect.objectContaining({ code: 'bad-argument' }));
    }
  });
});
