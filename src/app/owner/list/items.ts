import type { DownloadRow } from '../../../transfer/downloads.ts';
import type { FileEntry } from '../../../transfer/files.ts';
import type { UploadRow } from '../../../transfer/uploads.ts';
import { isDownloading, isResting } from '../../downloading.ts';
import { describeError } from '../../text/errors.ts';
import { owner } from '../../text/owner.ts';

/** One row of the list: a file on its way in, or one that is stored, perhaps on its way out. */
export interface Item {
  readonly id: string;
  readonly upload: UploadRow | undefined;
  readonly entry: FileEntry | undefined;
  readonly download: DownloadRow | undefined;
}

export type Sort = 'newest' | 'oldest' | 'name' | 'largest';

type States = ReadonlySet<UploadRow['state']>;

const ended: States = new Set(['stored', 'failed', 'cancelled'] as const);
/** Begun by another page, and nothing that this one does by itself. */
const others: States = new Set(['needs-you', 'elsewhere'] as const);
const moving: States = new Set(['checking', 'sealing', 'sending', 'finishing'] as const);
const pausable: States = new Set(['waiting', 'checking', 'sealing', 'sending', 'offline'] as const);

/** Under way: it ends without anybody's doing. */
export const isUploading = ({ state }: UploadRow): boolean =>
  !ended.has(state) && !others.has(state) && state !== 'paused';

/** Under way, or paused by whoever sits here. */
export const isOpen = (row: UploadRow): boolean => isUploading(row) || row.state === 'paused';

export const isMoving = ({ state }: UploadRow): boolean => moving.has(state);

export const isPausable = ({ state }: UploadRow): boolean => pausable.has(state);

/** Nothing more happens to it unless somebody does something. */
export const needsPerson = ({ state }: UploadRow): boolean => state === 'needs-you' || state === 'failed';

/** Bytes of it are kept in the store for when it goes on; they are lost if it is given up. */
export function isKept(row: UploadRow): boolean {
  const { kept = 0 } = row;
  if (row.state === 'failed') {
    const goesOn = row.need === 'file' || describeError(row.error, 'upload').again;
    return kept > 0 && row.error?.code !== 'upload-gone' && goesOn;
  }
  return kept > 0 && (row.state === 'paused' || row.state === 'needs-you');
}

/** Nothing is here to pause for yet, or all of it is. */
const passing = new Set(['preparing', 'verifying', 'saving']);

export const canPause = (row: DownloadRow): boolean =>
  isDownloading(row) && !isResting(row) && !passing.has(row.state);

/** A file's name, or the end of its key where it can't be opened; undefined until it is unlocked. */
export function nameOf({ upload, entry, download }: Item): string | undefined {
  if (!entry) return upload?.name ?? zipNameOf(download);
  return entry.name ?? (entry.error && entry.key.slice(entry.key.lastIndexOf('/') + 1));
}

/** A zip of an earlier page has no name until it is gone on with. */
function zipNameOf(download: DownloadRow | undefined): string | undefined {
  return download && (download.name || owner.row.zipOf(download.files ?? 0));
}

/** An empty folder, stored as an object of no bytes. A name alone makes nothing a folder: its bytes are to be had. */
export function isFolder(item: Item): boolean {
  return sizeOf(item) === 0 && nameOf(item)?.endsWith('/') === true;
}

const storedAt = (item: Item) => item.entry?.storedAt.getTime() ?? Number.POSITIVE_INFINITY;
const sizeOf = (item: Item) => item.entry?.size ?? item.upload?.size ?? item.download?.size ?? 0;

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
  // A zip belongs to no one file, so it has a row of its own.
  const zips = downloads.filter((row) => row.key === undefined);
  const added: Item[] = zips.map((row) => ({
    id: row.id,
    upload: undefined,
    entry: undefined,
    download: row,
  }));
  for (const upload of uploads) {
    const key = upload.stored?.key;
    // What took the place of one that was stored in this visit is the same file of the list.
    if (key !== undefined && stored.has(key)) continue;
    if (key !== undefined) stored.add(key);
    const entry = key === undefined ? undefined : byKey.get(key);
    const download = key === undefined ? undefined : latest.get(key);
    added.push({ id: upload.id, upload, entry, download });
  }
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
