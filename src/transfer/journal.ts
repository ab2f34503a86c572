import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import { type Bytes, concatBytes, fromUtf8, randomBytes, utf8 } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import type { Metadata } from '../core/object.ts';
import { createSources } from './sources.ts';
import type { Whereabouts } from './whereabouts.ts';

/**
 * Uploads that have not come to their end, on record in this browser from the moment they are asked for: after a
 * reload, a crash or a night the next page takes them up where they were. No key is in it: the data key stays
 * wrapped in the metadata. Names are sealed under a key that cannot be exported.
 */
export interface Unfinished {
  readonly id: string;
  /** Under which prefix of which bucket; only its owner's pages take it up. */
  readonly place: string;
  /** The page that works on it, see page-lock.ts. */
  readonly page: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds; the order in which they were added. */
  readonly addedAt: number;
  readonly whereabouts?: Whereabouts;
  readonly replaces?: { readonly key: string; readonly etag: string };
  /** Somebody paused it: it waits for somebody to go on. */
  readonly paused?: boolean;
  /** Once there is a data key. */
  readonly begun?: Begun;
}

/** What seals the object again as before. */
export interface Begun {
  readonly key: string;
  readonly metadata: Metadata;
  /** Of the plaintext; parts have to be cut again as they were. */
  readonly partBytes: number;
  readonly uploadId?: string;
}

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
  /** Puts on record what a part is sealed to, before it leaves; where given, its upload in the same step. */
  notePart(id: string, number: number, sha256: Bytes, upload?: Unfinished): Promise<void>;
  /** SHA-256 of each part that may have left, by number. */
  parts(id: string): Promise<Map<number, Bytes>>;
  forgetParts(id: string): Promise<void>;
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

/** As it is kept: paths sealed. */
type Kept = Omit<Unfinished, 'path' | 'whereabouts'> & {
  readonly path: Bytes;
  /** Which handle it is found by. */
  readonly source?: string;
  readonly below?: Bytes;
};

interface Schema extends DBSchema {
  uploads: { key: string; value: Kept; indexes: { place: [string, string, number]; source: string } };
  /** By upload and number. */
  parts: { key: [string, number]; value: Bytes };
  /** Apart from what they are for: one folder has thousands of files, and to write a handle takes long. */
  sources: { key: string; value: FileSystemHandle };
  keys: { key: string; value: CryptoKey };
}

type Writing = IDBPTransaction<Schema, ['uploads', 'parts', 'sources'], 'readwrite'>;

const databaseName = 's3-envelope-uploads';
const ivLength = 12;
/** Uploads that are read, or written, in one turn of the page. */
const atOnce = 200;

/** @returns undefined where the browser keeps nothing, as some private windows do: uploads then end with their page */
export async function openJournal(): Promise<Journal | undefined> {
  if (typeof indexedDB === 'undefined') return undefined;
  let database: IDBPDatabase<Schema>;
  let nameKey: CryptoKey;
  let giveUp = () => {};
  try {
    database = await openDB<Schema>(databaseName, 2, {
      upgrade(fresh, from, _to, transaction) {
        if (from < 1) {
          fresh.createObjectStore('uploads', { keyPath: 'id' });
          fresh.createObjectStore('parts');
          fresh.createObjectStore('keys');
        }
        const uploads = transaction.objectStore('uploads');
        for (const name of uploads.indexNames) uploads.deleteIndex(name);
        uploads.createIndex('place', ['place', 'page', 'addedAt']);
        uploads.createIndex('source', 'source');
        fresh.createObjectStore('sources');
      },
      // A later version waits for nobody.
      blocking(_current, _blocked, event) {
        giveUp();
        (event.target as IDBDatabase).close();
      },
    });
    nameKey = await keptKey(database);
  } catch {
    return undefined;
  }
  const created = createJournal(database, nameKey);
  giveUp = created.giveUp;
  return created.journal;
}

/** Drawn once; two pages that draw at the same time agree on the first. */
async function keptKey(database: IDBPDatabase<Schema>): Promise<CryptoKey> {
  const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  const transaction = database.transaction('keys', 'readwrite');
  const kept = await transaction.store.get('names');
  if (!kept) await transaction.store.put(fresh, 'names');
  await transaction.done;
  return kept ?? fresh;
}

function createJournal(
  database: IDBPDatabase<Schema>,
  nameKey: CryptoKey,
): { readonly journal: Journal; giveUp(): void } {
  const sources = createSources();
  /** What this page has written. */
  const own = new Set<string>();
  /** What it had written when it gave up, and when that is removed for good. */
  let givenUp: { readonly ids: ReadonlySet<string>; readonly done: Promise<void> } | undefined;

  async function sealText(text: string, id: string): Promise<Bytes> {
    const iv = randomBytes(ivLength);
    const additionalData = utf8(id);
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, nameKey, utf8(text));
    return concatBytes(iv, new Uint8Array(sealed));
  }

  async function openText(sealed: Bytes, id: string): Promise<string | undefined> {
    const iv = sealed.slice(0, ivLength);
    const additionalData = utf8(id);
    const opened = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv, additionalData },
      nameKey,
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
      for (const entry of entries) leave(uploads.put(entry));
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
        leave(transaction.objectStore('parts').delete(rangeOf(id)));
      }
      for (const source of sources.leave(ids)) leave(removeSource(transaction, source));
    };
  }

  const { write, writeSoon } = createWriter(database);

  /** What cannot be kept up to date any more may not stay: another page would go on with it. */
  function giveUp(): void {
    const transaction = database.transaction(['uploads', 'parts', 'sources'], 'readwrite');
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

  const journal: Journal = {
    get isClosed() {
      return givenUp !== undefined;
    },

    list: (place) =>
      guarded(async () => {
        const transaction = database.transaction(['uploads', 'sources']);
        const kept = await transaction.objectStore('uploads').index('place').getAll(within(place));
        await readSources(transaction.objectStore('sources'), kept);
        return (await Promise.all(kept.map(open))).sort((a, b) => a.addedAt - b.addedAt);
      }),

    idsOf: (place, page) =>
      guarded(() => database.getAllKeysFromIndex('uploads', 'place', within(place, page))),

    put(...entries) {
      for (const { id } of entries) own.add(id);
      return write({
        count: entries.length,
        prepare: async () => put(await Promise.all(entries.map(seal))),
      });
    },

    notePart(id, number, sha256, upload) {
      own.add(id);
      return write({
        count: 1,
        // What is lost together with its upload says nothing of it. What is lost alone would be missed.
        isStrict: !upload,
        async prepare() {
          const putUpload = put(upload ? [await seal(upload)] : []);
          return (transaction) => {
            putUpload(transaction);
            leave(transaction.objectStore('parts').put(sha256, [id, number]));
          };
        },
      });
    },

    parts: (id) =>
      guarded(async () => {
        const transaction = database.transaction('parts');
        const [keys, values] = await Promise.all([
          transaction.store.getAllKeys(rangeOf(id)),
          transaction.store.getAll(rangeOf(id)),
        ]);
        return new Map(
          keys.flatMap(([, number], index) => {
            const sha256 = values[index];
            return sha256 ? [[number, sha256] as const] : [];
          }),
        );
      }),

    forgetParts: (id) =>
      write({
        count: 1,
        prepare: async () => (transaction) => leave(transaction.objectStore('parts').delete(rangeOf(id))),
      }),

    remove: (...ids) => ensureRemoved(ids, write),
    removeSoon: (id) => ensureRemoved([id], writeSoon),

    pages: (place) =>
      guarded(async () => {
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
      guarded(async () => {
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

type Write = (transaction: Writing) => void;

/** What becomes of a request, its transaction tells. */
function leave(request: Promise<unknown>): void {
  request.catch(() => {});
}

type Ask = (wanted: Wanted) => Promise<void>;

/** Milliseconds that a write waits for another one to share its transaction, where it is not urgent. */
const moment = 100;

interface Wanted {
  /** Uploads. */
  readonly count: number;
  /** To be on the disk when it is done, whatever becomes of the machine. */
  readonly isStrict?: boolean;
  prepare(): Promise<Write>;
}

interface Asked extends Wanted {
  readonly isUrgent: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Writes in the order in which it is asked to, and settles once it is done. What is asked for while a transaction is
 * under way shares the next one: of many small files, it is the transactions that take time. But only so many share
 * one: it is filled in a single turn of the page.
 */
function createWriter(database: IDBPDatabase<Schema>): { readonly write: Ask; readonly writeSoon: Ask } {
  const asked: Asked[] = [];
  let urgent = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let busy = false;

  async function commit(group: readonly Asked[]): Promise<void> {
    const all = await Promise.all(group.map(({ prepare }) => prepare()));
    const durability = group.some(({ isStrict }) => isStrict) ? 'strict' : 'default';
    const transaction = database.transaction(['uploads', 'parts', 'sources'], 'readwrite', { durability });
    try {
      for (const write of all) write(transaction);
    } catch (error) {
      transaction.abort();
      await transaction.done.catch(() => {});
      throw error;
    }
    await transaction.done;
  }

  async function settle(group: readonly Asked[]): Promise<void> {
    try {
      await commit(group);
      for (const { resolve } of group) resolve();
    } catch (error) {
      // Nobody's write fails for another's.
      if (group.length > 1) for (const one of group) await settle([one]);
      else group[0]?.reject(error);
    }
  }

  function nextGroup(): readonly Asked[] {
    let [end, count] = [0, 0];
    while (end < asked.length && (end === 0 || count < atOnce)) {
      count += asked[end]?.count ?? 0;
      end += 1;
    }
    return asked.splice(0, end);
  }

  async function work(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    busy = true;
    while (urgent) {
      const group = nextGroup();
      urgent = asked.some(({ isUrgent }) => isUrgent);
      await settle(group);
    }
    busy = false;
    if (asked.length > 0) timer = setTimeout(hurry, moment);
  }

  function hurry(): void {
    urgent = true;
    if (!busy) void work();
  }

  function ask(isUrgent: boolean): Ask {
    return (wanted) =>
      guarded(
        () =>
          new Promise((resolve, reject) => {
            asked.push({ ...wanted, isUrgent, resolve, reject });
            if (isUrgent) hurry();
            else if (!busy) timer ??= setTimeout(hurry, moment);
          }),
      );
  }

  return { write: ask(true), writeSoon: ask(false) };
}

function within(place: string, page?: string): IDBKeyRange {
  return page === undefined
    ? IDBKeyRange.bound([place], [place, []])
    : IDBKeyRange.bound([place, page], [place, page, []]);
}

function rangeOf(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id, 0], [id, Number.POSITIVE_INFINITY]);
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new EnvelopeError('device-storage-refused', 'this browser refuses to keep the state of an upload', {
      cause: error,
    });
  }
}
