import { expect, test } from 'vitest';
import { type Found, type Node, nodeOfEntry, nodeOfFile, nodeOfHandle, readNodes } from './entries.ts';

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

async function found(nodes: readonly Node[]): Promise<Found[]> {
  const inputs: Found[] = [];
  for await (const batch of readNodes(nodes)) inputs.push(...batch);
  return inputs;
}

const all = (entries: readonly FileSystemEntry[]): Promise<Found[]> => found(entries.map(nodeOfEntry));

const files = (directory: string, count: number): FileSystemEntry[] =>
  Array.from({ length: count }, (_, index) => fileEntry(`${directory}/${index}.txt`));

test('reads a folder of 250 files to its end, each with its path', async () => {
  const inputs = await all([folder('/photos', files('/photos', 250))]);
  expect(inputs.map(({ path }) => path)).toEqual(
    Array.from({ length: 250 }, (_, index) => `photos/${index}.txt`),
  );
});

test('goes down into folders, and keeps the empty ones', async () => {
  const tree = folder('/a', [
    fileEntry('/a/1.txt'),
    folder('/a/b', files('/a/b', 3)),
    folder('/a/empty', []),
    folder('/a/c', [folder('/a/c/empty', [])]),
  ]);
  expect((await all([fileEntry('/top.txt'), tree])).map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    'file top.txt',
    'file a/1.txt',
    'file a/b/0.txt',
    'file a/b/1.txt',
    'file a/b/2.txt',
    'folder a/empty/',
    'folder a/c/empty/',
  ]);
});

test('an unreadable file is told of, and the rest goes on', async () => {
  const inputs = await all([
    folder('/a', [
      fileEntry('/a/bad.txt', new DOMException('no', 'NotReadableError')),
      fileEntry('/a/good.txt'),
    ]),
  ]);
  expect(inputs).toMatchObject([
    { kind: 'unreadable', path: 'a/bad.txt', error: { code: 'entry-unreadable' } },
    { kind: 'file', path: 'a/good.txt' },
  ]);
});

test('a folder that breaks off keeps what came before and names itself; it is not an empty one', async () => {
  const inputs = await all([
    folder('/a', files('/a', 150), 100),
    folder('/b', files('/b', 1), 0),
    fileEntry('/last.txt'),
  ]);
  expect(inputs.filter(({ kind }) => kind === 'file')).toHaveLength(101);
  expect(inputs.filter(({ kind }) => kind !== 'file')).toMatchObject([
    { kind: 'unreadable', path: 'a/', error: { code: 'entry-unreadable' } },
    { kind: 'unreadable', path: 'b/' },
  ]);
});

/** What a picker gives; nothing of it but what is used here. */
function handle(name: string, children?: readonly FileSystemHandle[], failAt = Infinity): FileSystemHandle {
  const common = { name, kind: children ? 'directory' : 'file' };
  if (!children)
    return { ...common, getFile: async () => new File(['x'], name) } as unknown as FileSystemHandle;
  return {
    ...common,
    async *values() {
      for (const [index, child] of children.entries()) {
        if (index >= failAt) throw new DOMException('gone', 'NotFoundError');
        yield child;
      }
    },
  } as unknown as FileSystemHandle;
}

test('what a picker gives comes with its paths and its handles', async () => {
  const a = handle('a.jpg');
  const tree = handle('photos', [a, handle('2024', [handle('b.jpg')]), handle('empty', [])]);
  const inputs = await found([nodeOfHandle(tree)]);
  expect(inputs).toMatchObject([
    { kind: 'file', path: 'photos/a.jpg' },
    { kind: 'file', path: 'photos/2024/b.jpg' },
    { kind: 'folder', path: 'photos/empty/' },
  ]);
  expect(inputs[0]).toHaveProperty('whereabouts', { handle: tree, below: 'a.jpg' });
});

test('a picked folder that breaks off keeps what came before and names itself', async () => {
  const tree = handle(
    'photos',
    Array.from({ length: 250 }, (_, index) => handle(`${index}.jpg`)),
    230,
  );
  const inputs = await found([nodeOfHandle(tree)]);
  expect(inputs.filter(({ kind }) => kind === 'file')).toHaveLength(230);
  expect(inputs.at(-1)).toMatchObject({ kind: 'unreadable', path: 'photos/' });
});

test('what an input of files gives keeps the paths of a folder', async () => {
  const file = Object.defineProperty(new File(['x'], 'a.jpg'), 'webkitRelativePath', {
    value: 'photos/2024/a.jpg',
  });
  const nodes = [nodeOfFile(file), nodeOfFile(new File(['x'], 'b.jpg'))];
  expect(await found(nodes)).toMatchObject([{ path: 'photos/2024/a.jpg', file }, { path: 'b.jpg' }]);
});
