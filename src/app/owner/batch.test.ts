import { expect, test } from 'vitest';
import type { UploadRow } from '../../transfer/uploads.ts';
import { type Over, overAfter, sentOf, signOf } from './batch.ts';
import { faviconOf } from './favicon.ts';

const row = (id: string, state: UploadRow['state'], progress = 0, size = 100): UploadRow => ({
  id,
  name: `${id}.pdf`,
  size,
  state,
  progress,
});

const none: Over = new Set();

test('counts by bytes, and files of no bytes for nothing', () => {
  expect(sentOf([row('a', 'sending', 0.5, 300), row('b', 'waiting')])).toBe(0.375);
  expect(sentOf([row('a', 'stored', 1, 0)])).toBe(0);
});

test('the ring goes on where one of several files is stored, and is plain again after the last', () => {
  const half = [row('a', 'stored', 1), row('b', 'sending')];
  expect(overAfter(none, half)).toBe(none);
  expect(signOf(none, half)).toEqual({ kind: 'ring', mark: 'moving', progress: 0.5 });
  const all = [row('a', 'stored', 1), row('b', 'stored', 1)];
  const over = overAfter(none, all);
  expect(signOf(over, all)).toEqual({ kind: 'plain' });
  // The next batch starts from nothing.
  expect(signOf(over, [...all, row('c', 'sending', 0.2)])).toMatchObject({ progress: 0.2 });
});

test('a failure is marked, under way and at rest, until it is dismissed', () => {
  expect(signOf(none, [row('a', 'failed'), row('b', 'sending')])).toMatchObject({ mark: 'attention' });
  expect(signOf(none, [row('a', 'failed')])).toEqual({ kind: 'attention' });
  expect(signOf(none, [row('a', 'cancelled')])).toEqual({ kind: 'plain' });
});

test('the icon is drawn in few steps, without a name in it', () => {
  const drawn = new Set(
    Array.from({ length: 1001 }, (_, step) =>
      faviconOf({ kind: 'ring', mark: 'moving', progress: step / 1000 }),
    ),
  );
  expect(drawn.size).toBe(21);
  for (const icon of drawn)
    expect(decodeURIComponent(icon ?? '')).toMatch(/^data:image\/svg\+xml,<svg .*<\/svg>$/u);
  expect(faviconOf({ kind: 'plain' })).toBeUndefined();
});

test('what is paused keeps its ring, and what an earlier visit left is marked and not counted', () => {
  expect(signOf(none, [row('a', 'paused', 0.5)])).toEqual({ kind: 'ring', mark: 'paused', progress: 0.5 });
  const left = row('b', 'needs-you', 0.9);
  expect(signOf(none, [left])).toEqual({ kind: 'attention' });
  expect(signOf(none, [row('a', 'sending', 0.5), left])).toEqual({
    kind: 'ring',
    mark: 'attention',
    progress: 0.5,
  });
  expect(signOf(none, [row('c', 'elsewhere')])).toEqual({ kind: 'plain' });
});
