import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import type { Bytes } from '../core/bytes.ts';
import type { Unfinished } from './unfinished.ts';

/** As it is kept: paths sealed. */
export type Kept = Omit<Unfinished, 'path' | 'whereabouts'> & {
  readonly path: Bytes;
  /** Which handle it is found by. */
  readonly source?: string;
  readonly below?: Bytes;
};

/** The SHA-256 of a part, and what S3 called it, where it was asked to be noted. */
export interface NotedPart {
  readonly sha256: Bytes;
  readonly etag?: string;
}

export interface Schema extends DBSchema {
  uploads: { key: string; value: Kept; indexes: { place: [string, string, number]; source: string } };
  /** By upload and number. */
  parts: { key: [string, number]; value: Bytes | NotedPart };
  /** Apart from what they are for: one folder has thousands of files, and to write a handle takes long. */
  sources: { key: string; value: FileSystemHandle };
  keys: { key: string; value: CryptoKey };
}

export type Writing = IDBPTransaction<Schema, ['uploads', 'parts', 'sources'], 'readwrite'>;

const databaseName = 's3-envelope-uploads';

/** To the database. Browsers lose such connections: Safari does with pages that were in the background. */
export interface Connection {
  readonly database: IDBPDatabase<Schema>;
  readonly nameKey: CryptoKey;
  /** Where the connection turns out to be lost, it is made anew and `work` done once more. */
  use<T>(work: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T>;
}

/** @param beforeLater called when a later version wants the database, which is then closed for good */
export async function connect(beforeLater: () => void): Promise<Connection> {
  let isOver = false;

  async function open() {
    const database = await openDB<Schema>(databaseName, 3, {
      upgrade(fresh, from, _to, transaction) {
        if (from < 1) {
          fresh.createObjectStore('uploads', { keyPath: 'id' });
          fresh.createObjectStore('parts');
          fresh.createObjectStore('keys');
        }
        if (from < 2) {
          const uploads = transaction.objectStore('uploads');
          for (const name of uploads.indexNames) uploads.deleteIndex(name);
          uploads.createIndex('place', ['place', 'page', 'addedAt']);
          uploads.createIndex('source', 'source');
          fresh.createObjectStore('sources');
        }
        // Since 3 an upload of one part has its digest in its own record, where a page of an earlier version would miss it.
      },
      blocking(_current, _blocked, event) {
        isOver = true;
        beforeLater();
        (event.target as IDBDatabase).close();
      },
    });
    return { database, nameKey: await keptKey(database) };
  }

  let current = await open();
  let opening: Promise<void> | undefined;

  return {
    get database() {
      return current.database;
    },
    get nameKey() {
      return current.nameKey;
    },
    async use(work) {
      try {
        return await work(current.database);
      } catch (error) {
        if (isOver || !isLost(current.database)) throw error;
        opening ??= open()
          .then((opened) => {
            current = opened;
          })
          .finally(() => {
            opening = undefined;
          });
        await opening;
        return work(current.database);
      }
    },
  };
}

function isLost(database: IDBPDatabase<Schema>): boolean {
  try {
    database.transaction('keys');
    return false;
  } catch {
    return true;
  }
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
