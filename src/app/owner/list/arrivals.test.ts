import { expect, test } from 'vitest';
import type { UploadRow } from '../../../transfer/uploads.ts';
import { createArrivals } from './arrivals.ts';

const row = (id: string, state: UploadRow['state'] = 'sending'): UploadRow => ({
  id,
  name: id,
  size: 1,
  state,
  progress: 0,
});
const ids = (rows: readonly UploadRow[]) => rows.map(({ id }) => id).join(' ');

test('the latest stand on top, each in the order in which they came', () => {
  const arrivals = createArrivals();
  arrivals.next();
  expect(ids(arrivals.inOrder([row('a'), row('b')]))).toBe('a b');
  expect(ids(arrivals.inOrder([row('a'), row('b'), row('c')]))).toBe('a b c');
  arrivals.next();
  expect(ids(arrivals.inOrder([row('a', 'stored'), row('b'), row('c'), row('d'), row('e')]))).toBe(
    'd e a b c',
  );
});

test('what an earlier visit has left stays on top, whatever becomes of it', () => {
  const arrivals = createArrivals();
  expect(ids(arrivals.inOrder([row('left', 'needs-you')]))).toBe('left');
  arrivals.next();
  expect(ids(arrivals.inOrder([row('left', 'needs-you'), row('new')]))).toBe('left new');
  expect(ids(arrivals.inOrder([row('left', 'stored'), row('new')]))).toBe('left new');
});
