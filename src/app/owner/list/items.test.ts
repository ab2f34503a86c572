import { expect, test } from 'vitest';
import type { FileEntry } from '../../../transfer/files.ts';
import type { UploadRow } from '../../../transfer/uploads.ts';
import { listItems, matching, nameOf, type Sort } from './items.ts';

const entry = (key: string, name: string, day: number, size = 1): FileEntry => ({
  key,
  name,
  size,
  storedAt: new Date(2026, 0, day),
});

const entries = [entry('k3', 'b10.txt', 3, 5), entry('k2', 'b9.txt', 2, 50), entry('k1', 'A.txt', 1, 1)];
const sending: UploadRow = { id: 'u1', name: 'z.bin', size: 9, state: 'sending', progress: 0.5 };
const stored: UploadRow = {
  id: 'u2',
  name: 'b9.txt',
  size: 50,
  state: 'stored',
  progress: 1,
  stored: { key: 'k2', size: 66, etag: '"e"', lastModified: new Date(2026, 0, 2), metadata: {} },
};

const names = (sort: Sort, uploads: readonly UploadRow[] = []) =>
  listItems(uploads, entries, [], sort).map(nameOf);

test.each([
  ['newest', ['b10.txt', 'b9.txt', 'A.txt']],
  ['oldest', ['A.txt', 'b9.txt', 'b10.txt']],
  ['name', ['A.txt', 'b9.txt', 'b10.txt']],
  ['largest', ['b9.txt', 'b10.txt', 'A.txt']],
] as const)('sorts by %s', (sort, expected) => {
  expect(names(sort)).toEqual(expected);
});

test('a file that was just stored is one row, in the place where its upload was', () => {
  const items = listItems([sending, stored], entries, [], 'newest');
  expect(items.map(({ id }) => id)).toEqual(['u1', 'u2', 'k3', 'k1']);
  expect(items[1]?.entry?.key).toBe('k2');
});

test('a file that was stored and replaced in one visit is one row', () => {
  const items = listItems([{ ...stored, id: 'u3' }, stored], entries, [], 'newest');
  expect(items.map(({ id }) => id)).toEqual(['u3', 'k3', 'k1']);
});

test('under another order what is on its way stays on top, and what is stored takes its place', () => {
  expect(names('name', [stored, sending])).toEqual(['z.bin', 'A.txt', 'b9.txt', 'b10.txt']);
});

test('a download shows on the row of its file, the latest one of several', () => {
  const row = (id: string, state: 'failed' | 'fetching') => ({
    id,
    key: 'k1',
    name: 'A.txt',
    size: 1,
    state,
    progress: 0,
  });
  const items = listItems([], entries, [row('d1', 'failed'), row('d2', 'fetching')], 'newest');
  expect(items[2]?.download?.id).toBe('d2');
});

test('searches for every word, whatever its case and composition', () => {
  const items = listItems([], [entry('k', 'U\u0308bersicht 2026 final.PDF', 1), ...entries], [], 'newest');
  expect(matching(items, 'pdf \u00fcber').map(nameOf)).toEqual(['U\u0308bersicht 2026 final.PDF']);
  expect(matching(items, '  ')).toHaveLength(4);
  expect(matching(items, 'nothing')).toHaveLength(0);
});
