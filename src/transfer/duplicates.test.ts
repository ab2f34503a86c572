import { describe, expect, test } from 'vitest';
import { compare, type NamedInput, numbered } from './duplicates.ts';
import type { FileEntry } from './files.ts';
import type { UploadRow } from './uploads.ts';

const file = (path: string, content = 'x') =>
  ({ kind: 'file', path, file: new File([content], path) }) as const;
const folder = (path: string): NamedInput => ({ kind: 'folder', path });
const entry = (key: string, name: string | undefined): FileEntry => ({
  key,
  size: 1,
  storedAt: new Date(2026, 0, 1),
  etag: `"${key}"`,
  ...(name !== undefined && { name }),
});
const row = (id: string, name: string, state: UploadRow['state'], size = 1): UploadRow => ({
  id,
  name,
  size,
  state,
  progress: 0,
});
const paths = (inputs: readonly NamedInput[]) => inputs.map(({ path }) => path);

describe('what is compared', () => {
  test('a stored file and one that is on its way are asked about, another is not', () => {
    const { fresh, duplicates } = compare(
      [entry('k1', 'a.txt'), entry('k2', 'photos/b.txt'), entry('k3', undefined)],
      [row('u1', 'c.txt', 'paused'), row('u2', 'd.txt', 'cancelled'), row('u3', 'e.txt', 'failed')],
    ).sort(['a.txt', 'b.txt', 'photos/b.txt', 'c.txt', 'd.txt', 'e.txt'].map((path) => file(path)));
    expect(paths(fresh)).toEqual(['b.txt', 'd.txt', 'e.txt']);
    expect(duplicates.map(({ stored, underWay }) => stored?.key ?? underWay?.id)).toEqual(['k1', 'k2', 'u1']);
  });

  test('one name written in two ways is one name; another case is another name', () => {
    const { fresh, duplicates } = compare([entry('k', '\u00fcber.txt')], []).sort([
      file('u\u0308ber.txt'),
      file('\u00dcber.txt'),
    ]);
    expect(duplicates).toHaveLength(1);
    expect(paths(fresh)).toEqual(['\u00dcber.txt']);
  });

  test('what goes on with an upload that was begun is let through once, another file of that name is not', () => {
    const comparison = compare([entry('k', 'a.txt')], [row('u', 'a.txt', 'needs-you', 5)]);
    const whole = file('a.txt', '12345');
    expect(comparison.sort([whole])).toEqual({ fresh: [whole], duplicates: [] });
    expect(comparison.sort([file('a.txt', '12345')]).duplicates).toHaveLength(1);
    expect(comparison.sort([file('a.txt', 'other')]).duplicates).toHaveLength(1);
  });

  test('two new files of one name get a number, in one batch and in two', () => {
    const comparison = compare([], []);
    expect(paths(comparison.sort([file('a.txt'), file('a.txt')]).fresh)).toEqual(['a.txt', 'a (2).txt']);
    expect(paths(comparison.sort([file('a.txt')]).fresh)).toEqual(['a (3).txt']);
  });

  test('an empty folder that is there is not stored again, and not asked about', () => {
    const { fresh, duplicates } = compare([entry('k', 'a/')], []).sort([
      folder('a/'),
      folder('b/'),
      folder('b/'),
    ]);
    expect(paths(fresh)).toEqual(['b/']);
    expect(duplicates).toEqual([]);
  });
});

describe('what becomes of duplicates', () => {
  const begin = () => {
    const comparison = compare(
      [entry('new', 'a.txt'), entry('old', 'a.txt'), entry('k', 'b.txt')],
      [row('u1', 'b.txt', 'sending'), row('u2', 'c.txt', 'waiting'), row('u3', 'd.txt', 'elsewhere')],
    );
    const { duplicates } = comparison.sort(['a.txt', 'b.txt', 'c.txt', 'd.txt'].map((path) => file(path)));
    return { comparison, duplicates };
  };

  test('skipped, they are not stored', () => {
    const { comparison, duplicates } = begin();
    expect(comparison.settle(duplicates, 'skip')).toEqual({ inputs: [], cancel: [] });
  });

  test('kept, they get a number, and nothing that is there is touched', () => {
    const { comparison, duplicates } = begin();
    const { inputs, cancel } = comparison.settle(duplicates, 'keep-both');
    expect(paths(inputs)).toEqual(['a (2).txt', 'b (2).txt', 'c (2).txt', 'd (2).txt']);
    expect(inputs.some((input) => 'replaces' in input)).toBe(false);
    expect(cancel).toEqual([]);
  });

  test('replacing takes the place of the newest, and of what is on its way; not of what another tab sends', () => {
    const { comparison, duplicates } = begin();
    const { inputs, cancel } = comparison.settle(duplicates, 'replace');
    expect(inputs).toMatchObject([
      { path: 'a.txt', replaces: { key: 'new', etag: '"new"' } },
      { path: 'b.txt', replaces: { key: 'k', etag: '"k"' } },
      { path: 'c.txt' },
      { path: 'd (2).txt' },
    ]);
    expect(inputs[2]).not.toHaveProperty('replaces');
    expect(cancel).toEqual(['u1', 'u2']);
  });

  test('of two that would replace the same one, the second gets a number', () => {
    const comparison = compare([entry('k', 'a.txt')], []);
    const { duplicates } = comparison.sort([file('a.txt'), file('a.txt')]);
    expect(comparison.settle(duplicates, 'replace').inputs).toMatchObject([
      { path: 'a.txt', replaces: { key: 'k' } },
      { path: 'a (2).txt' },
    ]);
  });

  test('nothing is replaced of which it is not known what it is', () => {
    const { etag: _, ...unknown } = entry('k', 'a.txt');
    const comparison = compare([unknown], []);
    const { duplicates } = comparison.sort([file('a.txt')]);
    const { inputs } = comparison.settle(duplicates, 'replace');
    expect(paths(inputs)).toEqual(['a (2).txt']);
  });
});

test('10,000 files are compared with 10,000 stored ones', () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `photos/${index}.jpg`);
  const comparison = compare(
    names.map((name) => entry(name, name)),
    [],
  );
  const { duplicates } = comparison.sort(names.map((name) => file(name)));
  expect(comparison.settle(duplicates, 'keep-both').inputs.at(-1)?.path).toBe('photos/9999 (2).jpg');
});

test.each([
  ['report.pdf', 'report (2).pdf'],
  ['report (2).pdf', 'report (3).pdf'],
  ['photos/a.b/report', 'photos/a.b/report (2)'],
  ['archive.tar.gz', 'archive (2).tar.gz'],
  ['.env', '.env (2)'],
  ['Dr. Who and the end', 'Dr. Who and the end (2)'],
  ['a (999999).txt', 'a (1000000).txt'],
  ['a\nb.txt', 'a\nb (2).txt'],
  ['', ' (2)'],
])('numbers %j', (path, expected) => {
  expect(numbered(path, (other) => other === path)).toBe(expected);
});

test('a number that is taken is passed over', () => {
  const taken = new Set(['a.txt', 'a (2).txt', 'a (3).txt']);
  expect(numbered('a.txt', (path) => taken.has(path))).toBe('a (4).txt');
});
