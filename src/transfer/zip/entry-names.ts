import { safeSegment, shorten } from '../safe-name.ts';

/**
 * Names for the entries of an archive, made safe where it is written, whoever chose them: relative paths of plain
 * names, none leading out of the folder that it is unpacked in, no two of them the same on a file system that ignores
 * case. A name that ends in a slash is a folder; where one comes again there is none, since it is the same folder.
 */
export function entryNames(names: readonly string[]): readonly (string | undefined)[] {
  const paths = names.map(safePath);
  // A file may not take a folder's name, wherever in the list that folder is.
  const folders = new Set(paths.flatMap(foldersOf).map(folded));
  const taken = new Set(folders);
  const written = new Set<string>();
  /** The next number of names that are numbered alike: thousands of them must not each try all before. */
  const counts = new Map<string, number>();
  return paths.map((path) => {
    if (path.endsWith('/')) {
      const again = written.has(folded(path));
      written.add(folded(path));
      return again ? undefined : path;
    }
    let unique = path;
    if (taken.has(folded(path))) {
      const alike = folded(numbered(path, 2));
      let count = counts.get(alike) ?? 2;
      do unique = numbered(path, count++);
      while (taken.has(folded(unique)));
      counts.set(alike, count);
    }
    taken.add(folded(unique));
    return unique;
  });
}

function safePath(name: string): string {
  const isFolder = name.endsWith('/');
  const path = name
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .map(safeSegment)
    .join('/');
  return isFolder ? `${path === '' ? '_' : path}/` : path === '' ? '_' : path;
}

/** Each folder on the way to it, and itself if it is one; without the slash. */
function foldersOf(path: string): readonly string[] {
  const segments = path.split('/').slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

function folded(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

function numbered(path: string, count: number): string {
  const nameStart = path.lastIndexOf('/') + 1;
  return path.slice(0, nameStart) + shorten(path.slice(nameStart), ` (${count})`);
}
