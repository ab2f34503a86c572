import { asEnvelopeError, EnvelopeError, throwIfAborted } from '../core/errors.ts';
import type { WrapFacts } from '../core/keyrings/keyring.ts';
import { createSlots } from '../core/slots.ts';
import type { ListedObject, ObjectHead, ObjectStore } from '../store/store.ts';
import { examineObject, type ObjectKeyring } from './objects.ts';
import { createRows } from './rows.ts';

/** Which key opens a file, as its envelope says without being opened. */
export type Lock =
  | { readonly kind: 'personal'; readonly fingerprint: string; readonly held: boolean }
  | { readonly kind: 'kms' }
  | { readonly kind: 'other' };

/** One stored file as a screen shows it. */
export interface FileEntry {
  readonly key: string;
  /** Undefined until it could be unlocked; then the object has a name only its key holder sees. */
  readonly name?: string;
  /** Bytes of the file itself. */
  readonly size: number;
  readonly storedAt: Date;
  /** Of the object that was looked at, to replace that one and no other; undefined until then. */
  readonly etag?: string;
  /** Undefined until the object has been looked at. */
  readonly lock?: Lock;
  /** Why it can't be opened, where that is known already: not encrypted, another key, damaged. */
  readonly error?: EnvelopeError;
}

export interface FilesSnapshot {
  readonly state: 'loading' | 'ready' | 'failed';
  /** Newest first. */
  readonly entries: readonly FileEntry[];
  readonly error?: EnvelopeError;
}

/** "My files": what lies under my prefix, from S3 itself. */
export interface Files {
  /** Never rejects; the snapshot tells. */
  refresh(): Promise<void>;
  /** Takes up a file that was just stored, without asking S3 again. Never rejects. */
  add(head: ObjectHead, name: string): Promise<void>;
  /** Deletes it from S3, then from the list. */
  remove(key: string): Promise<void>;
  subscribe(listener: () => void): () => void;
  snapshot(): FilesSnapshot;
}

export interface FilesOptions {
  readonly store: ObjectStore;
  /** Ends in a slash. */
  readonly prefix: string;
  readonly keyring: ObjectKeyring;
  /** From what an object says of the keys that open it. */
  readonly lockOf: (wraps: readonly WrapFacts[]) => Lock;
}

/** Objects looked at beside each other; S3 lists no metadata, so each costs a request. */
const looksInFlight = 6;

/**
 * Lists what is stored under a prefix, then looks at each object, newest first, for its name and the key
 * that opens it. What was looked at once is not looked at again until it changes.
 */
export function createFiles({ store, prefix, keyring, lockOf }: FilesOptions): Files {
  const rows = createRows<FileEntry & { readonly id: string }>();
  const looks = createSlots(looksInFlight);
  let state: FilesSnapshot['state'] = 'loading';
  let failure: EnvelopeError | undefined;
  let refreshing: AbortController | undefined;
  /** Stored or deleted here since a refresh began: its list may be from before. */
  let touched = new Set<string>();
  let shown: FilesSnapshot = { state, entries: [] };

  rows.subscribe(() => {
    const entries = rows.snapshot().toSorted((a, b) => b.storedAt.getTime() - a.storedAt.getTime());
    shown = { state, entries, ...(failure ? { error: failure } : {}) };
  });

  /** @param known its name, where it needs no key to be told */
  async function entryOf(head: ObjectHead, known?: string, signal?: AbortSignal): Promise<FileEntry> {
    const base = { key: head.key, size: head.size, storedAt: head.lastModified, etag: head.etag };
    let lock: Lock | undefined;
    try {
      const sealed = await examineObject(store, head, signal);
      lock = lockOf(sealed.wraps);
      const size = sealed.plaintextLength();
      if (known !== undefined) return { ...base, size, lock, name: known };
      if (lock.kind === 'personal' && !lock.held) {
        throw new EnvelopeError('no-key-fits', 'another personal key locked this file', {
          details: { fingerprint: lock.fingerprint },
        });
      }
      // Another client's object: its key is all the name it has.
      const { name = head.key.slice(head.key.lastIndexOf('/') + 1) } = await sealed.open(keyring);
      return { ...base, size, lock, name };
    } catch (error) {
      throwIfAborted(signal);
      return { ...base, ...(lock ? { lock } : {}), error: asEnvelopeError(error) };
    }
  }

  async function listAll(signal: AbortSignal): Promise<readonly ListedObject[]> {
    const all: ListedObject[] = [];
    let next: string | undefined;
    do {
      const page = await store.list(prefix, { signal, ...(next === undefined ? {} : { next }) });
      all.push(...page.objects);
      if (next !== undefined && page.next === next) {
        throw new EnvelopeError('service-failed', 'the list does not go on: its next page is the same again');
      }
      next = page.next;
    } while (next !== undefined);
    return all.toSorted((a, b) => b.lastModified.getTime() - a.lastModified.getTime());
  }

  async function look(object: ListedObject, signal: AbortSignal): Promise<void> {
    const known = rows.get(object.key);
    if (known?.lock && known.name !== undefined && known.etag === object.etag) {
      // Of an upload, the time is this device's; and HEAD tells whole seconds.
      const { lastModified } = object;
      if (Math.abs(known.storedAt.getTime() - lastModified.getTime()) >= 1000) {
        rows.update(object.key, (row) => ({ ...row, storedAt: lastModified }));
      }
      return;
    }
    await looks.run(async () => {
      try {
        const entry = await entryOf(await store.head(object.key, signal), undefined, signal);
        rows.update(object.key, () => ({ id: object.key, ...entry }));
      } catch (error) {
        throwIfAborted(signal);
        rows.update(object.key, (row) => ({ ...row, error: asEnvelopeError(error) }));
      }
    }, signal);
  }

  return {
    async refresh() {
      refreshing?.abort();
      const controller = new AbortController();
      refreshing = controller;
      touched = new Set();
      const { signal } = controller;
      if (state === 'failed') {
        // What went wrong the last time is not what is so now.
        state = 'loading';
        failure = undefined;
        rows.publish();
      }
      try {
        const objects = (await listAll(signal)).filter(({ key }) => !touched.has(key));
        const there = new Set(objects.map((object) => object.key));
        for (const { key } of rows.snapshot()) if (!there.has(key) && !touched.has(key)) rows.remove(key);
        for (const { key, size, lastModified } of objects) {
          if (!rows.get(key)) rows.add({ id: key, key, size, storedAt: lastModified });
        }
        state = 'ready';
        failure = undefined;
        rows.publish();
        await Promise.all(objects.map((object) => look(object, signal)));
      } catch (error) {
        if (signal.aborted) return;
        state = 'failed';
        failure = asEnvelopeError(error);
        rows.publish();
      }
    },

    async add(head, name) {
      touched.add(head.key);
      rows.add({ id: head.key, ...(await entryOf(head, name)) });
    },

    async remove(key) {
      await store.remove(key);
      touched.add(key);
      rows.remove(key);
    },

    subscribe: rows.subscribe,
    snapshot: () => shown,
  };
}
