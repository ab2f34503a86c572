/** Where ciphertext lies while it leaves, in the origin private file system: a folder for each worker that sends. */
import type { Bytes } from '../core/bytes.ts';

/** Of the origin private file system. */
const folder = 'sending';

export interface SendingFolder {
  readonly directory: FileSystemDirectoryHandle;
  /** With all that is in it. */
  remove(): Promise<void>;
}

export interface WritableHandle extends FileSystemFileHandle {
  /** The DOM's types know no worker's file handles. */
  createSyncAccessHandle(): Promise<{
    truncate(size: number): void;
    write(bytes: Bytes, options: { readonly at: number }): number;
    close(): void;
  }>;
}

/** A worker's own, which another one sweeps once this worker is gone. Rejects where the browser has or grants none. */
export async function openSendingFolder(): Promise<SendingFolder> {
  const name = crypto.randomUUID();
  await hold(lockName(name));
  const root = await navigator.storage.getDirectory();
  const parent = await root.getDirectoryHandle(folder, { create: true });
  void sweep(parent).catch(() => {});
  return {
    directory: await parent.getDirectoryHandle(name, { create: true }),
    remove: () => parent.removeEntry(name, { recursive: true }),
  };
}

/** For as long as this worker lives. */
function hold(lock: string): Promise<void> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(lock, () => {
        resolve();
        return new Promise(() => {});
      })
      .catch(reject);
  });
}

/** Removes what workers that are gone have left. */
async function sweep(parent: FileSystemDirectoryHandle): Promise<void> {
  const names: string[] = [];
  for await (const name of parent.keys()) names.push(name);
  // After the list: whoever is on it, and lives, holds a lock by now.
  const { held = [] } = await navigator.locks.query();
  const living = new Set(held.map((lock) => lock.name));
  for (const name of names) {
    if (!living.has(lockName(name))) await parent.removeEntry(name, { recursive: true }).catch(() => {});
  }
}

function lockName(name: string): string {
  return `s3-envelope sending ${name}`;
}
