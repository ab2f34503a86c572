import { expect, test } from 'vitest';
import type { UploadInput } from '../transfer/uploads.ts';
import { readEntries } from './entries.ts';

function fileEntry(path: string, error?: Error): FileSystemEntry {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    name,
    fullPath: path,
    isFile: true,
    isDirectory: false,
    file: (resolve: (file: File) => void, reject: (error: Error) => void) =>
      error ? reject(error) : resolve(new File(['x'], name)),
  } as unknown as FileSystemEntry;
}

/** A folder as Chromium gives it: 100 entries at a time, then none. */
function folder(path: string, children: readonly FileSystemEntry[], failAt = Infinity): FileSystemEntry {
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    fullPath: path,
    isFile: false,
    isDirectory: true,
    createReader() {
      let at = 0;
      return {
        readEntries(resolve: (entries: readonly FileSystemEntry[]) => void, reject: (error: Error) => void) {
          if (at >= failAt) return reject(new DOMException('gone', 'NotFoundError'));
          const batch = children.slice(at, at + 100);
          at += 100;
          return resolve(batch);
        },
      };
    },
  } as unknown as FileSystemEntry;
}

async function all(entries: readonly FileSystemEntry[]): Promise<UploadInput[]> {
  const inputs: UploadInput[] = [];
  for await (const batch of readEntries(entries)) inputs.push(...batch);
  return inputs;
}

const files = (directory: string, count: number): FileSystemEntry[] =>
  Array.from({ length: count }, (_, index) => fileEntry(`${directory}/${index}.txt`));

test('reads a folder of 250 files to its end', async () => {
  const inputs = await all([folder('/photos', files('/photos', 250))]);
  expect(inputs).toHaveLength(250);
  expect(new Set(inputs.map(({ name }) => name)).size).toBe(250);
});

test('goes down into folders, and an empty one is no error', async () => {
  const tree = folder('/a', [
    fileEntry('/a/1.txt'),
    folder('/a/b', files('/a/b', 3)),
    folder('/a/empty', []),
  ]);
  expect((await all([fileEntry('/top.txt'), tree])).map(({ name }) => name)).toEqual([
    'top.txt',
    '1.txt',
    '0.txt',
    '1.txt',
    '2.txt',
  ]);
});

test('an unreadable file becomes a row with its error, and the rest goes on', async () => {
  const inputs = await all([
    folder('/a', [
      fileEntry('/a/bad.txt', new DOMException('no', 'NotReadableError')),
      fileEntry('/a/good.txt'),
    ]),
  ]);
  expect(inputs[0]).toMatchObject({ name: 'a/bad.txt', error: { code: 'entry-unreadable' } });
  expect(inputs[1]).toBeInstanceOf(File);
});

test('a folder that breaks off keeps what came before and names itself', async () => {
  const inputs = await all([folder('/a', files('/a', 150), 100), fileEntry('/last.txt')]);
  expect(inputs.filter((input) => input instanceof File)).toHaveLength(101);
  expect(inputs.at(-1)).toMatchObject({ name: 'a', error: { code: 'entry-unreadable' } });
});
