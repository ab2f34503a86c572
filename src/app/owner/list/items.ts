import type { DownloadRow } from '../../../transfer/downloads.ts';
import type { FileEntry } from '../../../transfer/files.ts';
import type { UploadRow } from '../../../transfer/uploads.ts';

/** One row of the list: a file on its way in, or one that is stored, perhaps on its way out. */
export interface Item {
  readonly id: string;
  readonly upload: UploadRow | undefined;
  readonly entry: FileEntry | undefined;
  readonly download: DownloadRow | undefined;
}

export type Sort = 'newest' | 'oldest' | 'name' | 'largest';

const ended = new Set(['stored', 'failed', 'cancelled']);

export const isUploading = (row: UploadRow): boolean => !ended.has(row.state);

export const isDownloading = (row: DownloadRow): boolean =>
  row.state !== 'done' && row.state !== 'failed' && row.state !== 'cancelled';

/** A file's name, or the end of its key where it can't be opened; undefined until it is unlocked. */
export function nameOf({ upload, entry }: Item): string | undefined {
  if (!entry) return upload?.name;
  return entry.name ?? (entry.error && entry.key.slice(entry.key.lastIndexOf('/') + 1));
}

const storedAt = (item: Item) => item.entry?.storedAt.getTime() ?? Number.POSITIVE_INFINITY;
const sizeOf = (item: Item) => item.entry?.size ?? item.upload?.size ?? 0;

/** What is being stored stays on top, in the order it was added; a file stored in this visit keeps its place. */
export function listItems(
  uploads: readonly UploadRow[],
  entries: readonly FileEntry[],
  downloads: readonly DownloadRow[],
  sort: Sort,
): readonly Item[] {
  const latest = new Map(downloads.map((row) => [row.key, row]));
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const stored = new Set<string>();
  const added: Item[] = uploads.map((upload) => {
    const key = upload.stored?.key;
    if (key !== undefined) stored.add(key);
    const entry = key === undefined ? undefined : byKey.get(key);
    return { id: upload.id, upload, entry, download: key === undefined ? undefined : latest.get(key) };
  });
  const listed: Item[] = [];
  for (const entry of entries) {
    if (!stored.has(entry.key)) {
      listed.push({ id: entry.key, upload: undefined, entry, download: latest.get(entry.key) });
    }
  }
  if (sort === 'newest') return [...added, ...listed];
  const there = [...added.filter((item) => item.entry !== undefined), ...listed];
  return [...added.filter((item) => item.entry === undefined), ...there.sort(compare(sort))];
}

function compare(sort: Exclude<Sort, 'newest'>): (a: Item, b: Item) => number {
  if (sort === 'oldest') return (a, b) => storedAt(a) - storedAt(b);
  if (sort === 'largest') return (a, b) => sizeOf(b) - sizeOf(a);
  const collator = new Intl.Collator(undefined, { numeric: true });
  return (a, b) => collator.compare(nameOf(a) ?? '\uffff', nameOf(b) ?? '\uffff');
}

/** Every word of the query somewhere in the name, whatever its case. */
export function matching(items: readonly Item[], query: string): readonly Item[] {
  const words = query.normalize().toLowerCase().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return items;
  return items.filter((item) => {
    const name = (nameOf(item) ?? '').normalize().toLowerCase();
    return words.every((word) => name.includes(word));
  });
}
