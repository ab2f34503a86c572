import { expect, test } from 'vitest';
import { pageSize, runsOf } from './use-pages.ts';

const there =
  (...pages: readonly number[]) =>
  (page: number) =>
    pages.includes(page);

test('a short list is one run', () => {
  expect(runsOf(3, there(0), () => 0)).toEqual([{ kind: 'rows', from: 0, to: 3 }]);
  expect(runsOf(0, there(0), () => 0)).toEqual([]);
});

test('pages next to each other are one run, and so are the gaps, whose heights add up', () => {
  expect(runsOf(10 * pageSize + 5, there(0, 4, 5), (page) => page)).toEqual([
    { kind: 'rows', from: 0, to: pageSize },
    { kind: 'gap', from: pageSize, height: 1 + 2 + 3 },
    { kind: 'rows', from: 4 * pageSize, to: 6 * pageSize },
    { kind: 'gap', from: 6 * pageSize, height: 6 + 7 + 8 + 9 + 10 },
  ]);
});

test('the last page ends where the list ends', () => {
  expect(runsOf(pageSize + 5, there(1), () => 7)).toEqual([
    { kind: 'gap', from: 0, height: 7 },
    { kind: 'rows', from: pageSize, to: pageSize + 5 },
  ]);
});
