import { EnvelopeError } from '../core/errors.ts';
import type { NamedInput } from '../transfer/duplicates.ts';
import type { Whereabouts } from '../transfer/whereabouts.ts';

/** A file that was dropped or picked, not opened yet. */
export interface FileNode {
  readonly kind: 'file';
  /** From what was dropped or picked on: `photos/2024/a.jpg`. */
  readonly path: string;
  open(): Promise<{ readonly file: File; readonly whereabouts?: Whereabouts | undefined }>;
}

/** A folder that was dropped or picked, not read yet. */
export interface FolderNode {
  readonly kind: 'folder';
  /** Ends in a slash. */
  readonly path: string;
  /** In portions; an empty portion means nothing. */
  children(): AsyncIterable<readonly Node[]>;
}

export type Node = FileNode | FolderNode;

/** Part of what was dropped or picked that can't be read. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly path: string;
  readonly error: EnvelopeError;
}

export type Found = NamedInput | Unreadable;

/** Files opened beside each other, and handed on together. */
const batchSize = 200;

function unreadable(path: string, cause: unknown): Unreadable {
  const error = new EnvelopeError('entry-unreadable', 'an entry of a folder could not be read', { cause });
  return { kind: 'unreadable', path, error };
}

async function input({ path, open }: FileNode): Promise<Found> {
  try {
    const { file, whereabouts } = await open();
    return { kind: 'file', path, file, ...(whereabouts && { whereabouts }) };
  } catch (cause) {
    return unreadable(path, cause);
  }
}

const isFile = (node: Node): node is FileNode => node.kind === 'file';
const isFolder = (node: Node): node is FolderNode => node.kind === 'folder';

/**
 * Every file below the nodes with its path, folder by folder, in batches, and the folders in which nothing is.
 * What can't be read comes as such, and the rest goes on.
 */
export async function* readNodes(nodes: readonly Node[]): AsyncGenerator<readonly Found[], void, undefined> {
  const files = nodes.filter(isFile);
  for (let at = 0; at < files.length; at += batchSize) {
    yield await Promise.all(files.slice(at, at + batchSize).map(input));
  }
  for (const folder of nodes.filter(isFolder)) yield* readFolder(folder);
}

async function* readFolder({
  path,
  children,
}: FolderNode): AsyncGenerator<readonly Found[], void, undefined> {
  let empty = true;
  try {
    for await (const portion of children()) {
      if (portion.length > 0) empty = false;
      yield* readNodes(portion);
    }
  } catch (cause) {
    yield [unreadable(path, cause)];
    return;
  }
  if (empty) yield [{ kind: 'folder', path }];
}

/** A file that is open already. */
export function nodeOfFile(file: File, handle?: FileSystemFileHandle): FileNode {
  const path = file.webkitRelativePath || file.name;
  return { kind: 'file', path, open: async () => ({ file, whereabouts: handle && { handle } }) };
}

/** What `webkitGetAsEntry` gives, in every browser. */
export function nodeOfEntry(entry: FileSystemEntry): Node {
  const path = entry.fullPath.replace(/^\//u, '') || entry.name;
  if (isDirectory(entry)) {
    return { kind: 'folder', path: `${path}/`, children: () => childrenOfEntry(entry) };
  }
  return { kind: 'file', path, open: async () => ({ file: await fileOf(entry as FileSystemFileEntry) }) };
}

const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
}

/** Browsers give a folder's entries in portions (Chromium: 100), so it is read until a portion is empty. */
async function* childrenOfEntry(folder: FileSystemDirectoryEntry): AsyncGenerator<readonly Node[]> {
  const reader = folder.createReader();
  while (true) {
    const portion = await new Promise<readonly FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (portion.length === 0) return;
    yield portion.map(nodeOfEntry);
  }
}

/** What a picker gives, and a drop in Chromium: a file behind it can be opened again on a later visit. */
export function nodeOfHandle(handle: FileSystemHandle): Node {
  if (isDirectoryHandle(handle)) return nodeOfFolder(handle, { root: handle, below: '' });
  const file = handle as FileSystemFileHandle;
  const open = async () => ({ file: await file.getFile(), whereabouts: { handle } });
  return { kind: 'file', path: handle.name, open };
}

/** Where in a tree; each file in it is found again by the one handle of its root. */
interface Place {
  readonly root: FileSystemDirectoryHandle;
  /** Empty, or ends in a slash. */
  readonly below: string;
}

function nodeOfFolder(handle: FileSystemDirectoryHandle, place: Place): FolderNode {
  const path = `${place.root.name}/${place.below}`;
  return { kind: 'folder', path, children: () => childrenOfHandle(handle, place) };
}

function nodeIn({ root, below }: Place, handle: FileSystemHandle): Node {
  const path = below + handle.name;
  if (isDirectoryHandle(handle)) return nodeOfFolder(handle, { root, below: `${path}/` });
  const file = handle as FileSystemFileHandle;
  const open = async () => ({ file: await file.getFile(), whereabouts: { handle: root, below: path } });
  return { kind: 'file', path: `${root.name}/${path}`, open };
}

const isDirectoryHandle = (handle: FileSystemHandle): handle is FileSystemDirectoryHandle =>
  handle.kind === 'directory';

async function* childrenOfHandle(
  folder: FileSystemDirectoryHandle,
  place: Place,
): AsyncGenerator<readonly Node[]> {
  let portion: Node[] = [];
  try {
    for await (const handle of folder.values()) {
      portion.push(nodeIn(place, handle));
      if (portion.length < batchSize) continue;
      yield portion;
      portion = [];
    }
  } catch (error) {
    // What came before the fault counts.
    yield portion;
    throw error;
  }
  yield portion;
}
