import { safeSegment } from '../safe-name.ts';

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
  return paths.map((path) => {
    if (path.endsWith('/')) {
      const again = written.has(folded(path));
      written.add(folded(path));
      return again ? undefined : path;
    }
    let unique = path;
    for (let count = 2; taken.has(folded(unique)); count++) unique = numbered(path, count);
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
  const stemEnd = path.lastIndexOf('.');
  const nameStart = path.lastIndexOf('/') + 1;
  const at = stemEnd > nameStart ? stemEnd : path.length;
  return `${path.slice(0, at)} (${count})${path.slice(at)}`;
}
