import { expect, it } from 'vitest';
import { rangesAround } from './deliver.ts';

const MiB = 2 ** 20;

it.each([
  ['a body without frames', 600 * MiB, 600 * MiB, [0, 600 * MiB], true],
  ['frames of 700 MiB', 1500 * MiB, 700 * MiB, [700 * MiB, 1400 * MiB], false],
  ['frames of 1 MiB', 20 * MiB, MiB, [0, 8 * MiB], false],
  ['the shortest of all', 0, MiB, [0, 0], true],
] as const)(
  'a range of %s is read in ranges of it',
  (_, plaintextLength, granularity, [start, end], isAll) => {
    const wanted = { start, end: Math.min(start + 5, end) };
    const objectLength = plaintextLength + 16;
    expect(rangesAround(wanted, { plaintextLength, granularity, objectLength })).toEqual({
      needed: [{ start, end }],
      isAll,
    });
  },
);

it('a range may begin and end within ranges', () => {
  const { needed } = rangesAround(
    { start: 8 * MiB - 1, end: 16 * MiB },
    { plaintextLength: 30 * MiB, granularity: MiB, objectLength: 30 * MiB + 16 },
  );
  expect(needed).toEqual([
    { start: 0, end: 8 * MiB },
    { start: 8 * MiB, end: 16 * MiB },
  ]);
});
