import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import { type Bytes, concatBytes, fromUtf8, randomBytes, utf8 } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import type { Metadata } from '../core/object.ts';

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
  readonly handle?: FileSystemFileHandle;
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
  /** Those of one place, the oldest first. */
  list(place: string): Promise<readonly Unfinished[]>;
  /** Adds or replaces. */
  put(...entries: readonly Unfinished[]): Promise<void>;
  /** Puts on record what a part is sealed to, before it leaves; where given, its upload in the same step. */
  notePart(id: string, number: number, sha256: Bytes, upload?: Unfinished): Promise<void>;
  /** SHA-256 of each part that may have left, by number. */
  parts(id: string): Promise<Map<number, Bytes>>;
  forgetParts(id: string): Promise<void>;
  remove(...ids: readonly string[]): Promise<void>;
  /** Gives a page's work at a place to another one; what went to a third meanwhile stays there. */
  claim(place: string, from: string, to: string): Promise<readonly Unfinished[]>;
}

/** As it is kept: the path sealed. */
type Kept = Omit<Unfinished, 'path'> & { readonly path: Bytes };

interface Schema extends DBSchema {
  uploads: { key: string; value: Kept; indexes: { place: string; page: string } };
  /** By upload and number. */
  parts: { key: [string, number]; value: Bytes };
  keys: { key: string; value: CryptoKey };
}

type Writing = IDBPTransaction<Schema, ['uploads', 'parts'], 'readwrite'>;

const databaseName = 's3-envelope-uploads';
const ivLength = 12;

/** @returns undefined where the browser keeps nothing, as some private windows do: uploads then end with their page */
export async function openJournal(): Promise<Journal | undefined> {
  if (typeof indexedDB === 'undefined') return undefined;
  let database: IDBPDatabase<Schema>;
  let nameKey: CryptoKey;
  try {
    database = await openDB<Schema>(databaseName, 1, {
      upgrade(fresh) {
        const uploads = fresh.createObjectStore('uploads', { keyPath: 'id' });
        uploads.createIndex('place', 'place');
        uploads.createIndex('page', 'page');
        fresh.createObjectStore('parts');
        fresh.createObjectStore('keys');
      },
      // A later version waits for nobody.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
    nameKey = await keptKey(database);
  } catch {
    return undefined;
  }
  return createJournal(database, nameKey);
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

function createJournal(database: IDBPDatabase<Schema>, nameKey: CryptoKey): Journal {
  async function seal({ path, ...entry }: Unfinished): Promise<Kept> {
    const iv = randomBytes(ivLength);
    const additionalData = utf8(entry.id);
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, nameKey, utf8(path));
    return { ...entry, path: concatBytes(iv, new Uint8Array(sealed)) };
  }

  async function open({ path, ...entry }: Kept): Promise<Unfinished> {
    const iv = path.slice(0, ivLength);
    const additionalData = utf8(entry.id);
    const opened = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv, additionalData },
      nameKey,
      path.slice(ivLength),
    );
    return { ...entry, path: fromUtf8(new Uint8Array(opened)) ?? entry.id };
  }

  const write = createWriter(database);

  const openAll = async (kept: readonly Kept[]) =>
    (await Promise.all(kept.map(open))).sort((a, b) => a.addedAt - b.addedAt);

  return {
    list: (place) => guarded(async () => openAll(await database.getAllFromIndex('uploads', 'place', place))),

    put: (...entries) => write(async () => putAll(await Promise.all(entries.map(seal)))),

    notePart: (id, number, sha256, upload) =>
      write(async () => {
        const putUpload = putAll(upload ? [await seal(upload)] : []);
        return (transaction) => {
          putUpload(transaction);
          leave(transaction.objectStore('parts').put(sha256, [id, number]));
        };
      }),

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
      write(async () => (transaction) => leave(transaction.objectStore('parts').delete(rangeOf(id)))),

    remove: (...ids) =>
      write(async () => (transaction) => {
        for (const id of ids) {
          leave(transaction.objectStore('uploads').delete(id));
          leave(transaction.objectStore('parts').delete(rangeOf(id)));
        }
      }),

    claim: (place, from, to) =>
      guarded(async () => {
        const transaction = database.transaction('uploads', 'readwrite');
        const left = await transaction.store.index('page').getAll(from);
        const claimed = left
          .filter((entry) => entry.place === place)
          .map((entry) => ({ ...entry, page: to }));
        for (const entry of claimed) leave(transaction.store.put(entry));
        await transaction.done;
        return openAll(claimed);
      }),
  };
}

type Write = (transaction: Writing) => void;

function putAll(entries: readonly Kept[]): Write {
  return (transaction) => {
    for (const entry of entries) leave(transaction.objectStore('uploads').put(entry));
  };
}

/** What becomes of a request, its transaction tells. */
function leave(request: Promise<unknown>): void {
  request.catch(() => {});
}

interface Asked {
  readonly ready: Promise<Write>;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Writes in the order in which it is asked to, and settles once it is done. What is asked for while a transaction is
 * under way shares the next one: of many small files, it is the transactions that take time.
 */
function createWriter(database: IDBPDatabase<Schema>): (prepare: () => Promise<Write>) => Promise<void> {
  let asked: Asked[] = [];
  let busy = false;

  async function commit(writes: readonly Promise<Write>[]): Promise<void> {
    const all = await Promise.all(writes);
    const transaction = database.transaction(['uploads', 'parts'], 'readwrite');
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
      await commit(group.map(({ ready }) => ready));
      for (const { resolve } of group) resolve();
    } catch (error) {
      // Nobody's write fails for another's.
      if (group.length > 1) for (const one of group) await settle([one]);
      else group[0]?.reject(error);
    }
  }

  async function work(): Promise<void> {
    busy = true;
    while (asked.length > 0) {
      const group = asked;
      asked = [];
      await settle(group);
    }
    busy = false;
  }

  return (prepare) =>
    guarded(
      () =>
        new Promise((resolve, reject) => {
          const ready = prepare();
          ready.catch(() => {});
          asked.push({ ready, resolve, reject });
          if (!busy) void work();
        }),
    );
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
