import type { IDBPDatabase } from 'idb';
import { EnvelopeError } from '../core/errors.ts';
import type { Connection, Schema, Writing } from './journal-database.ts';

/** Uploads that are read, or written, in one turn of the page. */
export const atOnce = 200;

export type Write = (transaction: Writing) => void;

/** What becomes of a request, its transaction tells. */
export function leave(request: Promise<unknown>): void {
  request.catch(() => {});
}

export type Ask = (wanted: Wanted) => Promise<void>;

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
export function createWriter(connection: Connection): { readonly write: Ask; readonly writeSoon: Ask } {
  const asked: Asked[] = [];
  let urgent = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let busy = false;

  async function commit(database: IDBPDatabase<Schema>, group: readonly Asked[]): Promise<void> {
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
      await connection.use((database) => commit(database, group));
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

export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new EnvelopeError('device-storage-refused', 'this browser refuses to keep the state of an upload', {
      cause: error,
    });
  }
}
