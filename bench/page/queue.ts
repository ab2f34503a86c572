/** The app's own queue of uploads, as the app opens it: with the journal of what is unfinished. */
import type { ObjectHead, ObjectStore } from '../../src/store/store.ts';
import { openJournal } from '../../src/transfer/journal.ts';
import { lockPage } from '../../src/transfer/page-lock.ts';
import { createUploads, type UploadInput, type UploadRow, type Uploads } from '../../src/transfer/uploads.ts';
import { connection } from './cloud.ts';
import { ownKeyring } from './keyring.ts';

type Options = Parameters<typeof createUploads>[0];

export interface Queue {
  readonly uploads: Uploads;
  /** Resolves with each object once so many are stored; rejects where one fails. */
  stored(count: number): Promise<readonly ObjectHead[]>;
}

/** Milliseconds between looks at what may have failed: rows change far more often. */
const pause = 500;

/** Files that the app hands in in one turn. */
const atOnce = 200;

let record: Promise<Options['record']> | undefined;

async function openRecord(): Promise<Options['record']> {
  const [journal, lock] = await Promise.all([openJournal(), lockPage()]);
  return journal && lock && { journal, lock };
}

/** @param journal false: what is unfinished ends with the page */
export async function openQueue({
  store = connection().store,
  journal = true,
}: {
  readonly store?: ObjectStore;
  readonly journal?: boolean;
} = {}): Promise<Queue> {
  record ??= openRecord();
  const heads: ObjectHead[] = [];
  let onHead: (() => void) | undefined;
  const uploads = createUploads({
    store,
    keyring: { s3ec: await ownKeyring() },
    prefix: connection().prefix,
    record: journal ? await record : undefined,
    onStored(head) {
      heads.push(head);
      onHead?.();
    },
  });
  return {
    uploads,
    stored: (count) =>
      new Promise((resolve, reject) => {
        const timer = setInterval(() => {
          const failed = uploads.snapshot().find(({ error }) => error);
          if (!failed) return;
          clearInterval(timer);
          reject(failed.error);
        }, pause);
        onHead = () => {
          if (heads.length < count) return;
          clearInterval(timer);
          resolve(heads);
        };
        onHead();
      }),
  };
}

/** From handing in the files to S3's confirmation of the last one. */
export async function storeAll(queue: Queue, files: readonly UploadInput[]): Promise<readonly ObjectHead[]> {
  const stored = queue.stored(files.length);
  for (let at = 0; at < files.length; at += atOnce) {
    if (at > 0) await new Promise((resolve) => setTimeout(resolve));
    queue.uploads.add(files.slice(at, at + atOnce));
  }
  return stored;
}

/** The first row that is such, now or as soon as there is one. */
export function firstRow({ uploads }: Queue, is: (row: UploadRow) => boolean): Promise<UploadRow> {
  return new Promise((resolve) => {
    const look = () => {
      const row = uploads.snapshot().find(is);
      if (!row) return;
      leave();
      resolve(row);
    };
    const leave = uploads.subscribe(look);
    look();
  });
}
