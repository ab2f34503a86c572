import { EnvelopeError } from '../core/errors.ts';
import type { UploadInput } from '../transfer/uploads.ts';

function unreadable(entry: FileSystemEntry, cause: unknown): UploadInput {
  const error = new EnvelopeError('entry-unreadable', `an entry of a dropped folder could not be read`, {
    cause,
  });
  return { name: entry.fullPath.replace(/^\//u, '') || entry.name, error };
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
}

function nextBatch(reader: FileSystemDirectoryReader): Promise<readonly FileSystemEntry[]> {
  return new Promise((resolve, reject) => {
    reader.readEntries(resolve, reject);
  });
}

async function input(entry: FileSystemFileEntry): Promise<UploadInput> {
  try {
    return await fileOf(entry);
  } catch (cause) {
    return unreadable(entry, cause);
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/**
 * Every file below the entries, folder by folder, in batches. What can't be read comes as an input with its
 * error, and the rest goes on. Browsers give a folder's entries in portions (Chromium: 100), so each folder
 * is read until a portion is empty.
 */
export async function* readEntries(
  entries: readonly FileSystemEntry[],
): AsyncGenerator<readonly UploadInput[], void, undefined> {
  const files = entries.filter(isFile);
  if (files.length > 0) yield await Promise.all(files.map(input));
  for (const folder of entries.filter(isDirectory)) {
    const reader = folder.createReader();
    while (true) {
      let batch: readonly FileSystemEntry[];
      try {
        batch = await nextBatch(reader);
      } catch (cause) {
        yield [unreadable(folder, cause)];
        break;
      }
      if (batch.length === 0) break;
      yield* readEntries(batch);
    }
  }
}

/** What was dropped. Must run in the drop event's own turn: the browser empties the transfer after it. */
export function takeDropped(transfer: DataTransfer): {
  readonly files: readonly File[];
  readonly entries: readonly FileSystemEntry[];
} {
  const files: File[] = [];
  const entries: FileSystemEntry[] = [];
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    const file = entry?.isDirectory ? null : item.getAsFile();
    if (file !== null) files.push(file);
    else if (entry !== null) entries.push(entry);
  }
  return { files, entries };
}

/** Pasted pictures are all called `image.png`; the time tells them apart. Files keep their names. */
export function takePasted(transfer: DataTransfer, now: Date): readonly File[] {
  const stamp = new Date(now.getTime() - now.getTimezoneOffset() * 60_000)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ')
    .replaceAll(':', '.');
  return [...transfer.files].map((file) =>
    file.name === 'image.png' ? new File([file], `Pasted ${stamp}.png`, { type: file.type }) : file,
  );
}
