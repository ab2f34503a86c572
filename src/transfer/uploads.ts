import { asEnvelopeError, type EnvelopeError } from '../core/errors.ts';
import type { ObjectHead, ObjectStore } from '../store/store.ts';
import type { Journal, Unfinished } from './journal.ts';
import { watchLeftovers } from './leftovers.ts';
import type { ObjectFormat, ObjectKeyring } from './objects.ts';
import { createOneUpload, type OneUpload } from './one-upload.ts';
import type { PageLock } from './page-lock.ts';
import { createRows } from './rows.ts';
import { createShownState } from './shown-state.ts';
import { createSlots } from './slots.ts';
import { createSpeedMeter, progressOf } from './speed.ts';

/**
 * `waiting`: behind others. `checking`: what was sent on an earlier day is compared with the file. `sealing`:
 * nothing has left yet. `sending`: bytes are on their way. `finishing`: all bytes have left and S3 has not confirmed
 * the object. `stored`: it has. `offline`: goes on by itself when the network is back. `paused`: goes on when asked
 * to. `needs-you`: begun before this page; see `need`. `elsewhere`: another page of this browser works on it.
 */
export type UploadState =
  | 'waiting'
  | 'checking'
  | 'sealing'
  | 'sending'
  | 'finishing'
  | 'stored'
  | 'offline'
  | 'paused'
  | 'needs-you'
  | 'elsewhere'
  | 'failed'
  | 'cancelling'
  | 'cancelled';

/** One upload as a screen shows it; a new object whenever something changed. */
export interface UploadRow {
  readonly id: string;
  /** With the folders it is in, by slashes; an empty folder's ends in one. */
  readonly name: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly state: UploadState;
  /** 0 to 1; 1 only once S3 has confirmed the object. */
  readonly progress: number;
  /** Bytes per second over the last seconds; undefined while unknown. */
  readonly speed?: number;
  /** Seconds, undefined while unknown. */
  readonly secondsLeft?: number;
  readonly error?: EnvelopeError;
  /** Once `stored`. */
  readonly stored?: ObjectHead;
  /** For `needs-you`: the file has to be picked again, or this page allowed to read it again. */
  readonly need?: 'file' | 'permission';
  /** The file had changed: all of it is sent anew, under a new key. */
  readonly restarted?: boolean;
}

/** What is to be stored. Paths are relative, `photos/2024/a.jpg`, and become the names of what is stored. */
export type UploadInput =
  | File
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly file: File;
      /** Where the browser gives one: the file is found again without being picked again. */
      readonly handle?: FileSystemFileHandle | undefined;
      /** The stored object whose place it takes, if that is still the same. */
      readonly replaces?: { readonly key: string; readonly etag: string } | undefined;
    }
  /** An empty folder, stored as an object of no bytes. Its path ends in a slash. */
  | { readonly kind: 'folder'; readonly path: string };

export interface Uploads {
  /** Whether what is unfinished outlives the page. */
  readonly survives: boolean;
  /** A file that an unfinished upload waits for goes on there. */
  add(inputs: readonly UploadInput[]): void;
  /** What S3 holds of it stays there. */
  pause(id: string): void;
  /** Goes on, or tries again. Call it in the click's own turn: the browser may ask for permission. */
  resume(id: string): void;
  /** Gives an upload its file again. False where it is plainly another one. */
  provide(id: string, file: File, handle?: FileSystemFileHandle): boolean;
  /** Stops it and removes what was stored of it. */
  cancel(id: string): void;
  /** Takes a row that has come to its end off the list; what S3 holds of a failed one is removed. */
  dismiss(id: string): void;
  subscribe(listener: () => void): () => void;
  /** The same array until something changes. */
  snapshot(): readonly UploadRow[];
}

export interface UploadsOptions {
  readonly store: ObjectStore;
  readonly keyring: ObjectKeyring;
  /** Of the objects' keys; ends in a slash. */
  readonly prefix: string;
  readonly onStored: (head: ObjectHead, name: string) => void;
  /** Only this format; else the one that a file's length asks for. */
  readonly format?: ObjectFormat | undefined;
  /** Where unfinished uploads are on record, and this page's claim to them. Without, they end with the page. */
  readonly record?: { readonly journal: Journal; readonly lock: PageLock } | undefined;
}

/**
 * Parts in memory at once, of all larger files together. Each is held until S3 has it, and while it leaves, the
 * browser holds two or three copies more: with four, that is half of what a page may take.
 */
const partsInFlight = 4;
/** Bytes up to which a file is a small one. Small ones have slots of their own: neither kind waits for the other. */
const smallFile = 1024 ** 2;
const smallInFlight = 6;
const largeInFlight = 3;

/** Of thousands of files, the first ones leave while the others are put on record. */
const putAtOnce = 200;

interface Upload {
  readonly one: OneUpload;
  /** While it waits or runs. */
  controller?: AbortController | undefined;
  /** Settles when nothing of it is on its way any more. */
  running?: Promise<void> | undefined;
}

/** The queue of uploads: starts them in order, several at once, and tells how each is doing. */
export function createUploads({ store, keyring, prefix, onStored, format, record }: UploadsOptions): Uploads {
  const rows = createRows<UploadRow>();
  const uploads = new Map<string, Upload>();
  const large = { files: createSlots(largeInFlight), parts: createSlots(partsInFlight) };
  const small = { files: createSlots(smallInFlight), parts: createSlots(smallInFlight) };
  const { journal, lock } = record ?? {};
  let added = 0;

  function take(entry: Unfinished, file: File | undefined): Upload {
    const { parts: slots } = entry.size <= smallFile ? small : large;
    const upload = { one: createOneUpload(entry, { store, keyring, prefix, format, slots, journal, file }) };
    uploads.set(entry.id, upload);
    return upload;
  }

  function show(id: string, state: UploadState, changes: Partial<UploadRow> = {}): void {
    rows.update(id, (row) => ({ ...plain(row), state, ...changes }));
    rows.publish();
  }

  function start(id: string): void {
    const upload = uploads.get(id);
    if (!upload || upload.controller) return;
    const controller = new AbortController();
    const { signal } = controller;
    upload.controller = controller;
    const { files } = upload.one.entry.size <= smallFile ? small : large;
    upload.running = files
      .run(() => run(id, upload.one, signal), signal)
      .catch((error: unknown) => {
        if (signal.aborted) return;
        const failure = asEnvelopeError(error);
        show(id, 'failed', { error: failure });
      })
      .finally(() => {
        upload.controller = undefined;
        upload.running = undefined;
      });
  }

  /** Whether they can be put on record or not, they are sent; unless somebody has stopped them meanwhile. */
  async function putAndStart(ids: readonly string[]): Promise<void> {
    const isWaiting = (id: string) => rows.get(id)?.state === 'waiting';
    for (let at = 0; at < ids.length; at += putAtOnce) {
      const some = ids.slice(at, at + putAtOnce).filter(isWaiting);
      const entries = some.flatMap((id) => uploads.get(id)?.one.entry ?? []);
      await journal?.put(...entries).catch(() => {});
      for (const id of some.filter(isWaiting)) start(id);
    }
  }

  async function run(id: string, one: OneUpload, signal: AbortSignal): Promise<void> {
    const update = (change: (row: UploadRow) => UploadRow) => {
      // What still arrives after a cancel changes nothing any more.
      if (!signal.aborted) rows.update(id, change);
    };
    const shown = createShownState<UploadState>('sealing', (state) =>
      update((row) => ({ ...plain(row), state })),
    );
    let meter = createSpeedMeter();
    const moved = (state: UploadState) => (bytes: number, of: number) => {
      shown.set(state);
      update((row) => ({ ...plain(row), ...progressOf(meter, bytes, of) }));
    };
    const head = await one.run({
      signal,
      onChecked: moved('checking'),
      onSent: moved('sending'),
      onFinishing: () => shown.set('finishing'),
      onOffline: shown.onOffline,
      onRestart() {
        meter = createSpeedMeter();
        update((row) => ({ ...plain(row), progress: 0, restarted: true }));
      },
    });
    settle(id, head);
  }

  function settle(id: string, head: ObjectHead): void {
    uploads.delete(id);
    const name = rows.get(id)?.name ?? '';
    rows.update(id, (row) => ({ ...plain(row), state: 'stored', progress: 1, stored: head }));
    // Before the list has it: a screen that knows both shows one row, never two.
    rows.publish();
    onStored(head, name);
  }

  /** Ends the run that there may be, and waits until nothing of it is on its way. */
  async function halt(upload: Upload): Promise<void> {
    upload.controller?.abort();
    await upload.running;
  }

  async function goOn(id: string, upload: Upload): Promise<void> {
    const { one } = upload;
    void one.notePaused(false);
    if (!one.file) {
      const found = await fileOf(one.entry.handle);
      if (!(found instanceof File)) return show(id, 'needs-you', { need: found });
      one.provide(found);
    }
    show(id, 'waiting', { size: one.file?.size ?? one.entry.size });
    // What was paused may still be on its way to a halt.
    await halt(upload);
    if (rows.get(id)?.state === 'waiting') start(id);
  }

  async function remove(id: string, upload: Upload): Promise<void> {
    const hasFile = upload.one.file !== undefined;
    show(id, 'cancelling');
    await halt(upload);
    await upload.one.discard();
    if (hasFile) show(id, 'cancelled', { progress: 0 });
    else forget(id);
  }

  function forget(id: string): void {
    uploads.delete(id);
    rows.remove(id);
  }

  /** Left behind by a page that is gone. */
  async function takeUp(entry: Unfinished): Promise<void> {
    const { id, path, size, handle, paused } = entry;
    const upload = take(entry, undefined);
    const need = handle ? 'permission' : 'file';
    const row = { id, name: path, size, progress: 0 };
    rows.add({ ...row, state: 'needs-you', need });
    const file = await allowedFile(handle);
    if (file) {
      upload.one.provide(file);
      if (paused) show(id, 'paused');
      else return goOn(id, upload);
    }
    const controller = new AbortController();
    upload.controller = controller;
    upload.running = upload.one
      .look(controller.signal)
      .then((found) => {
        if (typeof found === 'object') settle(id, found);
        else rows.update(id, (now) => ({ ...now, progress: 0.99 * found }));
      })
      // How far it came is told when it goes on.
      .catch(() => {})
      .finally(() => {
        upload.controller = undefined;
        upload.running = undefined;
      });
  }

  function provide(id: string, file: File, handle?: FileSystemFileHandle): boolean {
    const upload = uploads.get(id);
    const row = rows.get(id);
    if (!upload || !row || !canResume.has(row.state)) return false;
    const name = row.name.slice(row.name.lastIndexOf('/') + 1);
    if (file.name !== name) return false;
    upload.one.provide(file, handle);
    void goOn(id, upload);
    return true;
  }

  if (journal && lock) {
    void watchLeftovers(journal, prefix, lock, {
      onTaken(entries) {
        for (const entry of entries) {
          rows.remove(entry.id);
          void takeUp(entry);
        }
      },
      onElsewhere(entries) {
        const there = new Set(entries.map(({ id }) => id));
        for (const { id, state } of rows.snapshot()) {
          if (state === 'elsewhere' && !there.has(id)) rows.remove(id);
        }
        for (const { id, path, size } of entries) {
          if (!rows.get(id)) rows.add({ id, name: path, size, state: 'elsewhere', progress: 0 });
        }
      },
    });
  }

  return {
    survives: record !== undefined,
    add(inputs) {
      const begun: string[] = [];
      const waiting = new Map(
        rows
          .snapshot()
          .flatMap(({ id, name, size, state }) => (state === 'needs-you' ? [[`${size} ${name}`, id]] : [])),
      );
      for (const input of inputs) {
        const { path, file, handle, replaces } = whole(input);
        const known = waiting.get(`${file.size} ${path}`);
        if (known !== undefined && provide(known, file, handle)) continue;
        const entry: Unfinished = {
          ...{ id: crypto.randomUUID(), place: prefix, page: lock?.page ?? '', path },
          // In the order they came in, also those of one moment.
          ...{ size: file.size, addedAt: Date.now() + added++ / 1e6 },
          ...(handle && { handle }),
          ...(replaces && { replaces }),
        };
        begun.push(entry.id);
        take(entry, file);
        rows.add({ id: entry.id, name: path, size: file.size, state: 'waiting', progress: 0 });
      }
      void putAndStart(begun);
    },
    pause(id) {
      const upload = uploads.get(id);
      const state = rows.get(id)?.state;
      if (!upload || !state || !canPause.has(state)) return;
      upload.controller?.abort();
      show(id, 'paused', { progress: rows.get(id)?.progress ?? 0 });
      void upload.one.notePaused(true);
    },
    resume(id) {
      const upload = uploads.get(id);
      const state = rows.get(id)?.state;
      if (upload && state && canResume.has(state)) void goOn(id, upload);
    },
    provide,
    cancel(id) {
      const upload = uploads.get(id);
      const state = rows.get(id)?.state;
      if (upload && state && !ended.has(state) && state !== 'cancelling') void remove(id, upload);
    },
    dismiss(id) {
      const state = rows.get(id)?.state;
      if (state !== 'failed' && state !== 'stored' && state !== 'cancelled') return;
      const upload = uploads.get(id);
      forget(id);
      void upload?.one.discard();
    },
    subscribe: rows.subscribe,
    snapshot: rows.snapshot,
  };
}

const canPause = new Set<UploadState>(['waiting', 'checking', 'sealing', 'sending', 'offline']);
const canResume = new Set<UploadState>(['paused', 'needs-you', 'failed', 'cancelled']);
const ended = new Set<UploadState>(['stored', 'cancelled', 'elsewhere']);

/** A row without what only moving bytes or an end have. */
function plain({ id, name, size, state, progress, restarted }: UploadRow): UploadRow {
  return { id, name, size, state, progress, ...(restarted && { restarted }) };
}

function whole(input: UploadInput): Exclude<UploadInput, File | { kind: 'folder' }> {
  if (input instanceof File) return { kind: 'file', path: input.name, file: input };
  return input.kind === 'file' ? input : { kind: 'file', path: input.path, file: new File([], input.path) };
}

type AskableHandle = FileSystemFileHandle & {
  queryPermission?(options: { readonly mode: 'read' }): Promise<PermissionState>;
  requestPermission?(options: { readonly mode: 'read' }): Promise<PermissionState>;
};

/** The file, having asked for permission where the browser wants that; else what is needed to have it. */
async function fileOf(handle: AskableHandle | undefined): Promise<File | 'permission' | 'file'> {
  if (!handle) return 'file';
  try {
    const answer = await handle.requestPermission?.({ mode: 'read' });
    if (answer !== undefined && answer !== 'granted') return 'permission';
    return await handle.getFile();
  } catch {
    // It is no longer where it was.
    return 'file';
  }
}

/** The file, where that takes no asking. */
async function allowedFile(handle: AskableHandle | undefined): Promise<File | undefined> {
  try {
    return (await handle?.queryPermission?.({ mode: 'read' })) === 'granted'
      ? await handle?.getFile()
      : undefined;
  } catch {
    return undefined;
  }
}
