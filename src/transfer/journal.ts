import type { IDBPDatabase } from 'idb';
import { type Bytes, concatBytes, fromUtf8, randomBytes, utf8 } from '../core/bytes.ts';
import {
  type Connection,
  connect,
  type Kept,
  type NotedPart,
  type Schema,
  type Writing,
} from './journal-database.ts';
import { type Ask, atOnce, createWriter, guarded, leave, type Write } from './journal-writer.ts';
import { createSources } from './sources.ts';
import type { Unfinished } from './unfinished.ts';

export interface Journal {
  /**
   * A later version of this site has taken it over. Nothing can be written any more, and what this page has written is
   * not there any more either: nobody takes up what cannot be kept up to date.
   */
  readonly isClosed: boolean;
  /** Those of one place, the oldest first. */
  list(place: string): Promise<readonly Unfinished[]>;
  /** Which ones a page works on, at little cost: for who looks often. */
  idsOf(place: string, page: string): Promise<readonly string[]>;
  /** Adds or replaces. */
  put(...entries: readonly Unfinished[]): Promise<void>;
  /** Puts on record, and on the disk, what a part is sealed to, before it leaves; later perhaps what S3 called it. */
  notePart(id: string, number: number, sha256: Bytes, etag?: string): Promise<void>;
  /** Each part that may have left, by number. */
  parts(id: string): Promise<Map<number, NotedPart>>;
  remove(...ids: readonly string[]): Promise<void>;
  /** As `remove`, with whatever is written next, or else in a moment: for what does no harm while it is there. */
  removeSoon(id: string): Promise<void>;
  /** Names of the pages that have work at a place. */
  pages(place: string): Promise<readonly string[]>;
  /**
   * Gives a page's work at a place to another one, the oldest first; what went to a third meanwhile stays there. So
   * much at once as a page can read without standing still: call it again until nothing is left.
   */
  claim(place: string, from: string, to: string): Promise<readonly Unfinished[]>;
}

const ivLength = 12;

/** @returns undefined where the browser keeps nothing, as some private windows do: uploads then end with their page */
export async function openJournal(): Promise<Journal | undefined> {
  if (typeof indexedDB === 'undefined') return undefined;
  let giveUp = () => {};
  try {
    // A later version waits for nobody.
    const created = createJournal(await connect(() => giveUp()));
    giveUp = created.giveUp;
    return created.journal;
  } catch {
    return undefined;
  }
}

function createJournal(connection: Connection): { readonly journal: Journal; giveUp(): void } {
  const sources = createSources();
  /** What this page has written. */
  const own = new Set<string>();
  /** Of these, what has no parts on record: of thousands of small files, not looking for any is worth it. */
  const withoutParts = new Set<string>();
  /** What it had written when it gave up, and when that is removed for good. */
  let givenUp: { readonly ids: ReadonlySet<string>; readonly done: Promise<void> } | undefined;

  async function sealText(text: string, id: string): Promise<Bytes> {
    const iv = randomBytes(ivLength);
    const additionalData = utf8(id);
    const sealed = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData },
      connection.nameKey,
      utf8(text),
    );
    return concatBytes(iv, new Uint8Array(sealed));
  }

  async function openText(sealed: Bytes, id: string): Promise<string | undefined> {
    const iv = sealed.slice(0, ivLength);
    const additionalData = utf8(id);
    const opened = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv, additionalData },
      connection.nameKey,
      sealed.slice(ivLength),
    );
    return fromUtf8(new Uint8Array(opened));
  }

  async function seal({ path, whereabouts, ...entry }: Unfinished): Promise<Kept> {
    const { handle, below } = whereabouts ?? {};
    const [sealed, sealedBelow] = await Promise.all([
      sealText(path, entry.id),
      below === undefined ? undefined : sealText(below, entry.id),
    ]);
    return {
      ...entry,
      path: sealed,
      ...(handle && { source: sources.nameOf(handle) }),
      ...(sealedBelow && { below: sealedBelow }),
    };
  }

  async function open({ path, source, below, ...entry }: Kept): Promise<Unfinished> {
    const [name = entry.id, openedBelow] = await Promise.all([
      openText(path, entry.id),
      below && openText(below, entry.id),
    ]);
    const handle = source === undefined ? undefined : sources.handleOf(source);
    const whereabouts = handle && { handle, ...(openedBelow !== undefined && { below: openedBelow }) };
    return { ...entry, path: name, ...(whereabouts && { whereabouts }) };
  }

  function put(entries: readonly Kept[]): Write {
    return (transaction) => {
      const uploads = transaction.objectStore('uploads');
      for (const entry of entries) {
        leave(uploads.put(entry));
        if (entry.begun?.sha256) withoutParts.add(entry.id);
      }
      const freed = sources.use(entries);
      for (const [source, handle] of sources.unwritten(entries)) {
        leave(transaction.objectStore('sources').put(handle, source));
      }
      for (const source of freed) leave(removeSource(transaction, source));
      leave(transaction.done.then(() => sources.written(entries)));
    };
  }

  function remove(ids: readonly string[]): Write {
    return (transaction) => {
      for (const id of ids) {
        leave(transaction.objectStore('uploads').delete(id));
        if (!withoutParts.has(id)) leave(transaction.objectStore('parts').delete(rangeOf(id)));
      }
      leave(
        transaction.done.then(() => {
          for (const id of ids) withoutParts.delete(id);
        }),
      );
      for (const source of sources.leave(ids)) leave(removeSource(transaction, source));
    };
  }

  const { write, writeSoon } = createWriter(connection);

  /** What cannot be kept up to date any more may not stay: another page would go on with it. */
  function giveUp(): void {
    const transaction = connection.database.transaction(['uploads', 'parts', 'sources'], 'readwrite');
    givenUp = { ids: new Set(own), done: transaction.done };
    leave(givenUp.done);
    remove([...own])(transaction);
  }

  async function ensureRemoved(ids: readonly string[], ask: Ask): Promise<void> {
    try {
      await ask({ count: ids.length, prepare: async () => remove(ids) });
    } catch (error) {
      if (!givenUp || ids.some((id) => !givenUp?.ids.has(id))) throw error;
      const { done } = givenUp;
      await guarded(() => done);
    }
  }

  /** Reads the handles that entries name, as long as they are not known yet. */
  async function readSources(
    store: { get(key: string): Promise<FileSystemHandle | undefined> },
    entries: readonly Kept[],
  ): Promise<void> {
    const wanted = new Set(entries.flatMap(({ source }) => source ?? []));
    for (const source of wanted) {
      const handle = sources.handleOf(source) ? undefined : await store.get(source);
      if (handle) sources.read(source, handle);
    }
  }

  const onDatabase = <T>(work: (database: IDBPDatabase<Schema>) => Promise<T>) =>
    guarded(() => connection.use(work));

  const journal: Journal = {
    get isClosed() {
      return givenUp !== undefined;
    },

    list: (place) =>
      onDatabase(async (database) => {
        const transaction = database.transaction(['uploads', 'sources']);
        const kept = await transaction.objectStore('uploads').index('place').getAll(within(place));
        await readSources(transaction.objectStore('sources'), kept);
        return (await Promise.all(kept.map(open))).sort((a, b) => a.addedAt - b.addedAt);
      }),

    idsOf: (place, page) =>
      onDatabase((database) => database.getAllKeysFromIndex('uploads', 'place', within(place, page))),

    put(...entries) {
      for (const { id } of entries) own.add(id);
      return write({
        count: entries.length,
        prepare: async () => put(await Promise.all(entries.map(seal))),
      });
    },

    notePart(id, number, sha256, etag) {
      own.add(id);
      return write({
        count: 1,
        // Lost alone, a digest would be missed: what is lost together with its upload is not.
        isStrict: etag === undefined,
        prepare: async () => (transaction) => {
          withoutParts.delete(id);
          const noted = etag === undefined ? sha256 : { sha256, etag };
          leave(transaction.objectStore('parts').put(noted, [id, number]));
        },
      });
    },

    parts: (id) =>
      onDatabase(async (database) => {
        const transaction = database.transaction('parts');
        const [keys, values] = await Promise.all([
          transaction.store.getAllKeys(rangeOf(id)),
          transaction.store.getAll(rangeOf(id)),
        ]);
        return new Map(
          keys.flatMap(([, number], index) => {
            const noted = values[index];
            return noted ? [[number, noted instanceof Uint8Array ? { sha256: noted } : noted] as const] : [];
          }),
        );
      }),

    remove: (...ids) => ensureRemoved(ids, write),
    removeSoon: (id) => ensureRemoved([id], writeSoon),

    pages: (place) =>
      onDatabase(async (database) => {
        const pages: string[] = [];
        const index = database.transaction('uploads').store.index('place');
        let cursor = await index.openKeyCursor(within(place));
        while (cursor) {
          const [, page] = cursor.key;
          pages.push(page);
          cursor = await cursor.continue([place, page, Number.POSITIVE_INFINITY]);
        }
        return pages;
      }),

    claim: (place, from, to) =>
      onDatabase(async (database) => {
        const transaction = database.transaction(['uploads', 'sources'], 'readwrite');
        const uploads = transaction.objectStore('uploads');
        const left = await uploads.index('place').getAll(within(place, from), atOnce);
        const claimed = left.map((entry) => ({ ...entry, page: to }));
        for (const entry of claimed) leave(uploads.put(entry));
        await readSources(transaction.objectStore('sources'), claimed);
        await transaction.done;
        sources.use(claimed);
        return Promise.all(claimed.map(open));
      }),
  };
  return { journal, giveUp };
}

/** Unless something else is found by it, another page's perhaps. */
async function removeSource(transaction: Writing, source: string): Promise<void> {
  if ((await transaction.objectStore('uploads').index('source').count(source)) > 0) return;
  await transaction.objectStore('sources').delete(source);
}

function within(place: string, page?: string): IDBKeyRange {
  return page === undefined
    ? IDBKeyRange.bound([place], [place, []])
    : IDBKeyRange.bound([place, page], [place, page, []]);
}

function rangeOf(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id, 0], [id, Number.POSITIVE_INFINITY]);
}
