import type { FileEntry } from './files.ts';
import type { UploadInput, UploadRow } from './uploads.ts';

/** What is added, with its path. */
export type NamedInput = Exclude<UploadInput, File>;
type FileInput = Extract<NamedInput, { kind: 'file' }>;

/** A file that is to be stored under a name that is taken. */
export interface Duplicate {
  readonly input: FileInput;
  /** What has the name in the store; the newest, where several have it. */
  readonly stored?: FileEntry;
  /** What is on its way under that name. */
  readonly underWay?: UploadRow;
}

/** What becomes of duplicates. `replace`: of what they have the name of, nothing is left in the end. */
export type Choice = 'replace' | 'keep-both' | 'skip';

export interface Comparison {
  /** Tells what may be stored at once from what needs an answer. A name that is let through is taken from then on. */
  sort(inputs: readonly NamedInput[]): {
    readonly fresh: readonly NamedInput[];
    readonly duplicates: readonly Duplicate[];
  };
  /** What to store and which uploads to cancel for it. */
  settle(
    duplicates: readonly Duplicate[],
    choice: Choice,
  ): { readonly inputs: readonly NamedInput[]; readonly cancel: readonly string[] };
}

/** One name can be written in two ways: macOS takes letters apart that others keep whole. */
const normal = (path: string): string => path.normalize();

/** What is on its way, or will be once somebody says so. */
const underWayStates: ReadonlySet<UploadRow['state']> = new Set<UploadRow['state']>([
  'waiting',
  'checking',
  'sealing',
  'sending',
  'finishing',
  'offline',
  'paused',
  'needs-you',
  'elsewhere',
]);

/** Compares what is added with what is there, by name; names that are still locked are not known to it. */
export function compare(entries: readonly FileEntry[], uploads: readonly UploadRow[]): Comparison {
  const stored = new Map<string, FileEntry>();
  // Entries come newest first.
  for (const entry of entries) {
    const path = entry.name === undefined ? undefined : normal(entry.name);
    if (path !== undefined && !stored.has(path)) stored.set(path, entry);
  }
  const underWay = new Map<string, UploadRow>();
  const begun = new Set<string>();
  for (const row of uploads) {
    if (row.name === undefined) continue;
    if (underWayStates.has(row.state)) underWay.set(normal(row.name), row);
    if (row.state === 'needs-you') begun.add(`${row.size} ${normal(row.name)}`);
  }
  const taken = new Set([...stored.keys(), ...underWay.keys()]);

  /** The path, or one with a number where that is taken; taken from now on. */
  function claim(path: string): string {
    const claimed = taken.has(normal(path)) ? numbered(path, (other) => taken.has(normal(other))) : path;
    taken.add(normal(claimed));
    return claimed;
  }

  return {
    sort(inputs) {
      const fresh: NamedInput[] = [];
      const duplicates: Duplicate[] = [];
      for (const input of inputs) {
        const path = normal(input.path);
        if (input.kind === 'folder') {
          // An empty folder is the same as the one that is there.
          if (!taken.has(path)) fresh.push(input);
          taken.add(path);
          continue;
        }
        // It is the rest of one that was begun, not a second one.
        if (begun.delete(`${input.file.size} ${path}`)) {
          fresh.push(input);
          continue;
        }
        const before = stored.get(path);
        const moving = underWay.get(path);
        if (before || moving) {
          duplicates.push({ input, ...(before && { stored: before }), ...(moving && { underWay: moving }) });
        } else {
          fresh.push({ ...input, path: claim(input.path) });
        }
      }
      return { fresh, duplicates };
    },

    settle(duplicates, choice) {
      if (choice === 'skip') return { inputs: [], cancel: [] };
      const replaced = new Set<string>();
      const cancel: string[] = [];
      const inputs = duplicates.map(({ input, stored, underWay }) => {
        const path = normal(input.path);
        // Two of one name can't both take its place.
        if (choice === 'keep-both' || replaced.has(path) || underWay?.state === 'elsewhere') {
          return { ...input, path: claim(input.path) };
        }
        if (stored && stored.etag === undefined) return { ...input, path: claim(input.path) };
        replaced.add(path);
        if (underWay) cancel.push(underWay.id);
        return stored?.etag === undefined
          ? input
          : { ...input, replaces: { key: stored.key, etag: stored.etag } };
      });
      return { inputs, cancel };
    },
  };
}

/** `report.pdf` becomes `report (2).pdf`, `report (2).pdf` becomes `report (3).pdf`: the first that is free. */
export function numbered(path: string, isTaken: (path: string) => boolean): string {
  const at = path.lastIndexOf('/') + 1;
  const [, stem = '', extension = ''] = /^(.+?)((?:\.tar)?\.[^.\s]{1,12})?$/su.exec(path.slice(at)) ?? [];
  const [, bare = stem, number] = /^(.*) \((\d{1,6})\)$/su.exec(stem) ?? [];
  for (let next = number === undefined ? 2 : Number(number) + 1; ; next++) {
    const other = `${path.slice(0, at)}${bare} (${next})${extension}`;
    if (!isTaken(other)) return other;
  }
}
