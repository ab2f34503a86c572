import { asEnvelopeError, type EnvelopeError, type ErrorCode } from '../core/errors.ts';
import { createSlots } from '../core/slots.ts';
import type { ObjectHead, ObjectStore } from '../store/store.ts';
import type { Journal } from './journal.ts';
import { watchLeftovers } from './leftovers.ts';
import type { ObjectFormat, ObjectKeyring } from './objects.ts';
import { createOneUpload, type OneUpload } from './one-upload.ts';
import type { PageLock } from './page-lock.ts';
import { createQueue, type Queue } from './queue.ts';
import { createRows } from './rows.ts';
import { createShownState } from './shown-state.ts';
import { createSpeedMeter, progressOf, unconfirmed } from './speed.ts';
import type { Unfinished } from './unfinished.ts';
import { askToRead, findFile, mayRead, type Whereabouts } from './whereabouts.ts';

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
  /** Bytes of the file that S3 holds, told of an upload at rest: it goes on from there. Undefined while unknown. */
  readonly kept?: number;
  /** Once `stored`. */
  readonly stored?: ObjectHead;
  /** For `needs-you` and `failed`: the file has to be picked again, or this page allowed to read it again. */
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
      /** Where the browser tells. */
      readonly whereabouts?: Whereabouts | undefined;
      /** The stored object whose place it takes, if that is still the same. */
      readonly replaces?: { readonly key: string; readonly etag: string } | undefined;
    }
  /** An empty folder, stored as an object of no bytes. Its path ends in a slash. */
  | { readonly kind: 'folder'; readonly path: string };

export interface Uploads {
  /** Whether all that is unfinished outlives the page. */
  readonly survives: boolean;
  /** A file that an unfinished upload waits for goes on there. */
  add(inputs: readonly UploadInput[]): void;
  /** What S3 holds of them stays there. */
  pause(ids: readonly string[]): void;
  /** They go on, or are tried again. Call it in the click's own turn: the browser may ask for permission. */
  resume(ids: readonly string[]): void;
  /** Gives an upload its file again. False where it is plainly another one. */
  provide(id: string, file: File, whereabouts?: Whereabouts): boolean;
  /** Stops them and removes what was stored of them. */
  cancel(ids: readonly string[]): void;
  /** Takes rows that have come to their end off the list; what S3 holds of a failed one is removed. */
  dismiss(ids: readonly string[]): void;
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
/** Twice as many as a browser sends to one host at once: while they are sent, others are put on record. */
const smallInFlight = 12;
const largeInFlight = 3;

/** Of thousands of uploads, so many are put on record in one go: the first leave meanwhile, and the page answers. */
const recordedAtOnce = 200;

/** Uploads that S3 is asked about beside each other, or that are cleared away there. */
const asidesInFlight = 6;

interface Upload {
  readonly one: OneUpload;
  readonly queue: Queue;
  /** While something of it is under way. */
  controller?: AbortController | undefined;
  /** Settles when nothing of it is on its way any more. */
  running?: Promise<void> | undefined;
}

/** The queue of uploads: starts them in order, several at once, and tells how each is doing. */
export function createUploads({ store, keyring, prefix, onStored, format, record }: UploadsOptions): Uploads {
  const rows = createRows<UploadRow>();
  const uploads = new Map<string, Upload>();
  const large = { queue: createQueue(largeInFlight, start), slots: createSlots(partsInFlight) };
  const small = { queue: createQueue(smallInFlight, start), slots: createSlots(smallInFlight) };
  const asides = createSlots(asidesInFlight);
  const { journal, lock } = record ?? {};
  let added = 0;

  // Rows first, then the list of files: a screen that knows both shows one row, never two.
  let justStored: (readonly [head: ObjectHead, name: string])[] = [];
  rows.subscribe(() => {
    const told = justStored;
    justStored = [];
    for (const [head, name] of told) onStored(head, name);
  });

  function take(entry: Unfinished, file: File | undefined): Upload {
    const { queue, slots } = entry.size <= smallFile ? small : large;
    const othersWait = () => !queue.isEmpty;
    const options = { store, keyring, prefix, format, slots, journal, file, othersWait };
    const one = createOneUpload(entry, options);
    const upload: Upload = { one, queue };
    uploads.set(entry.id, upload);
    return upload;
  }

  function show(id: string, state: UploadState, changes: Partial<UploadRow> = {}): void {
    rows.update(id, (row) => ({ ...plain(row), state, ...changes }));
  }

  /** At rest, it tells of what S3 holds, and of no byte that had only left. */
  function showAtRest(id: string, state: UploadState, changes: Partial<UploadRow> = {}): void {
    rows.update(id, (row) => ({ ...plain(row), state, ...keptOf(id, row.size), ...changes }));
  }

  function keptOf(id: string, size: number): Pick<UploadRow, 'kept' | 'progress'> {
    const one = uploads.get(id)?.one;
    const kept = one ? one.keptBytes : 0;
    if (kept === undefined) return { progress: 0 };
    return { kept, progress: size === 0 ? 0 : unconfirmed * Math.min(1, kept / size) };
  }

  function showFailed(id: string, error: EnvelopeError): void {
    showAtRest(id, 'failed', { error, ...(wantsFile.has(error.code) && { need: 'file' }) });
  }

  /** For the queue. */
  async function start(id: string): Promise<void> {
    const upload = uploads.get(id);
    if (!upload || upload.running) return;
    await occupy(upload, async (signal) => {
      try {
        await run(id, upload.one, signal);
      } catch (error) {
        if (!signal.aborted) showFailed(id, asEnvelopeError(error));
      }
    });
  }

  async function occupy(upload: Upload, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const controller = new AbortController();
    upload.controller = controller;
    upload.running = work(controller.signal).finally(() => {
      upload.controller = undefined;
      upload.running = undefined;
    });
    await upload.running;
  }

  /** Ends the run that there may be, and waits until nothing of it is on its way. */
  async function halt(upload: Upload): Promise<void> {
    upload.controller?.abort();
    await upload.running;
  }

  /** Whether they can be put on record or not, they are sent; unless somebody has stopped them meanwhile. */
  async function putAndStart(ids: readonly string[]): Promise<void> {
    const isWaiting = (id: string) => rows.get(id)?.state === 'waiting';
    for (let at = 0; at < ids.length; at += recordedAtOnce) {
      const some = ids.slice(at, at + recordedAtOnce).filter(isWaiting);
      await Promise.all(some.map((id) => uploads.get(id)?.one.enrol()));
      for (const id of some.filter(isWaiting)) uploads.get(id)?.queue.add(id);
    }
  }

  const unrecorded = new Set<string>();
  /** Taken off the record, and gone on with if somebody likes. */
  const offRecord = new Set<string>();
  let recording = false;

  /** Brings the record in line with rows, some at a time; of each, what is true when its turn comes. */
  async function recordSoon(ids: readonly string[]): Promise<void> {
    for (const id of ids) unrecorded.add(id);
    if (recording) return;
    recording = true;
    while (unrecorded.size > 0) {
      const some = [...unrecorded].slice(0, recordedAtOnce);
      for (const id of some) unrecorded.delete(id);
      const gone = some.filter(isGone);
      for (const id of gone) if (uploads.has(id)) offRecord.add(id);
      const noted = some.flatMap((id) => (gone.includes(id) ? [] : (uploads.get(id)?.one ?? [])));
      await Promise.all([gone.length > 0 && journal?.remove(...gone).catch(() => {}), ...noted.map(note)]);
    }
    recording = false;
  }

  async function note(one: OneUpload): Promise<void> {
    const { id } = one.entry;
    await one.notePaused(rows.get(id)?.state === 'paused');
    if (offRecord.delete(id)) await one.enrol();
  }

  /** Nothing of it is to be gone on with. */
  function isGone(id: string): boolean {
    const upload = uploads.get(id);
    return !upload || (rows.get(id)?.state === 'cancelled' && isUntouched(upload));
  }

  async function run(id: string, one: OneUpload, signal: AbortSignal): Promise<void> {
    const update = (change: (row: UploadRow) => UploadRow) => {
      // What still arrives after a cancel changes nothing any more.
      if (!signal.aborted) rows.update(id, change);
    };
    if (!one.file) {
      const file = one.entry.whereabouts && (await findFile(one.entry.whereabouts));
      if (signal.aborted) return;
      if (!file) return showAtRest(id, 'needs-you', { need: 'file' });
      one.provide(file);
      update((row) => ({ ...row, size: file.size }));
    }
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
    if (!isCancelling(id)) settle(id, head);
  }

  /** An object that takes its place meanwhile goes again, or is told of once that is settled. */
  function isCancelling(id: string): boolean {
    return rows.get(id)?.state === 'cancelling';
  }

  function settle(id: string, head: ObjectHead): void {
    uploads.delete(id);
    justStored.push([head, rows.get(id)?.name ?? '']);
    show(id, 'stored', { progress: 1, stored: head });
    // Of thousands, several are told of together.
    if (large.queue.isEmpty && small.queue.isEmpty) rows.publish();
  }

  function goOn(ids: readonly string[]): void {
    for (const id of ids) {
      const upload = uploads.get(id);
      const row = rows.get(id);
      if (!upload || !row || !canResume.has(row.state)) continue;
      const { file, entry } = upload.one;
      if (file) {
        show(id, 'waiting', { size: file.size });
        void enter(id, upload);
      } else if (entry.whereabouts) void askAndGoOn(id, upload, entry.whereabouts);
      else showAtRest(id, 'needs-you', { need: 'file' });
    }
    rows.publish();
    void recordSoon(ids);
  }

  async function askAndGoOn(id: string, upload: Upload, whereabouts: Whereabouts): Promise<void> {
    const granted = await askToRead(whereabouts);
    const state = rows.get(id)?.state;
    if (!state || !canResume.has(state)) return;
    if (!granted) return showAtRest(id, 'needs-you', { need: 'permission' });
    show(id, 'waiting');
    void recordSoon([id]);
    await enter(id, upload);
  }

  async function enter(id: string, upload: Upload): Promise<void> {
    // What was paused may still be on its way to a halt.
    if (upload.running) await halt(upload);
    if (rows.get(id)?.state === 'waiting') upload.queue.add(id);
  }

  /** Nothing of it was ever on its way, so nothing has to be waited for or cleared away. */
  function isUntouched({ one, running }: Upload): boolean {
    return running === undefined && one.entry.begun === undefined;
  }

  async function clearAway(id: string, upload: Upload): Promise<void> {
    const hasFile = upload.one.file !== undefined;
    await halt(upload);
    let taken: ObjectHead | undefined;
    try {
      taken = await asides.run(() => upload.one.discard());
    } catch (error) {
      return showFailed(id, asEnvelopeError(error));
    }
    if (taken) settle(id, taken);
    else if (hasFile) {
      offRecord.add(id);
      show(id, 'cancelled', { progress: 0 });
    } else forget(id);
  }

  /** Of a row that is gone already. */
  async function clearBehind({ one }: Upload): Promise<void> {
    try {
      const taken = await asides.run(() => one.discard());
      if (taken) onStored(taken, one.entry.path);
    } catch {
      // The record stays, and the next page finds out.
    }
  }

  function forget(id: string): void {
    uploads.delete(id);
    offRecord.delete(id);
    rows.remove(id);
  }

  /** Left behind by a page that is gone. */
  async function takeUp(entry: Unfinished): Promise<void> {
    const { id, path, size, whereabouts, paused } = entry;
    // An empty folder has no file that would have to be found again.
    const upload = take(entry, path.endsWith('/') ? whole({ kind: 'folder', path }).file : undefined);
    const need = whereabouts ? 'permission' : 'file';
    rows.add({ id, name: path, size, ...keptOf(id, size), state: 'needs-you', need });
    const found = upload.one.file ?? (whereabouts && (await mayRead(whereabouts)));
    if (found && rows.get(id)?.state === 'needs-you') {
      if (paused) showAtRest(id, 'paused');
      else {
        show(id, 'waiting');
        return enter(id, upload);
      }
    }
    if (isUntouched(upload) || upload.running) return;
    await occupy(upload, async (signal) => {
      try {
        const stored = await asides.run(() => upload.one.look(signal), signal);
        if (isCancelling(id)) return;
        if (stored) settle(id, stored);
        else if (!signal.aborted) showKept(id);
      } catch {
        // How far it came is told when it goes on.
      }
    });
  }

  function showKept(id: string): void {
    const row = rows.get(id);
    if (row) showAtRest(id, row.state, row.need ? { need: row.need } : {});
  }

  function provide(id: string, file: File, whereabouts?: Whereabouts): boolean {
    const upload = uploads.get(id);
    const row = rows.get(id);
    if (!upload || !row || !canResume.has(row.state)) return false;
    const name = row.name.slice(row.name.lastIndexOf('/') + 1);
    // One name can be written in two ways, see duplicates.ts.
    if (file.name.normalize() !== name.normalize()) return false;
    upload.one.provide(file, whereabouts);
    goOn([id]);
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
    get survives() {
      if (!journal) return false;
      for (const { one } of uploads.values()) if (!one.isOnRecord) return false;
      return true;
    },
    add(inputs) {
      const begun: string[] = [];
      const waiting = new Map(
        rows
          .snapshot()
          .flatMap(({ id, name, size, need }) => (need ? [[`${size} ${name.normalize()}`, id]] : [])),
      );
      for (const input of inputs) {
        const { path, file, whereabouts, replaces } = whole(input);
        const known = waiting.get(`${file.size} ${path.normalize()}`);
        if (known !== undefined && provide(known, file, whereabouts)) continue;
        const entry: Unfinished = {
          ...{ id: crypto.randomUUID(), place: prefix, page: lock?.page ?? '', path },
          // In the order they came in, also those of one moment.
          ...{ size: file.size, addedAt: Date.now() + added++ / 1e6 },
          ...(whereabouts && { whereabouts }),
          ...(replaces && { replaces }),
        };
        begun.push(entry.id);
        take(entry, file);
        rows.add({ id: entry.id, name: path, size: file.size, state: 'waiting', progress: 0 });
      }
      void putAndStart(begun);
    },
    pause(ids) {
      const pausing = ids.filter((id) => {
        const state = rows.get(id)?.state;
        return state !== undefined && canPause.has(state);
      });
      for (const id of pausing) {
        const upload = uploads.get(id);
        if (!upload) continue;
        upload.queue.remove(id);
        upload.controller?.abort();
        showAtRest(id, 'paused');
        // A part that was on its way may have arrived all the same.
        void upload.running?.then(() => rows.get(id)?.state === 'paused' && showKept(id));
      }
      rows.publish();
      void recordSoon(pausing);
    },
    resume: goOn,
    provide,
    cancel(ids) {
      const idle: string[] = [];
      for (const id of ids) {
        const upload = uploads.get(id);
        const state = rows.get(id)?.state;
        if (!upload || !state || ended.has(state) || state === 'cancelling') continue;
        upload.queue.remove(id);
        if (!isUntouched(upload)) {
          show(id, 'cancelling');
          void clearAway(id, upload);
          continue;
        }
        idle.push(id);
        if (upload.one.file) show(id, 'cancelled', { progress: 0 });
        else forget(id);
      }
      rows.publish();
      void recordSoon(idle);
    },
    dismiss(ids) {
      const idle: string[] = [];
      for (const id of ids) {
        const state = rows.get(id)?.state;
        if (state !== 'failed' && state !== 'stored' && state !== 'cancelled') continue;
        const upload = uploads.get(id);
        forget(id);
        if (upload && !isUntouched(upload)) void clearBehind(upload);
        else if (upload) idle.push(id);
      }
      void recordSoon(idle);
    },
    subscribe: rows.subscribe,
    snapshot: rows.snapshot,
  };
}

const wantsFile = new Set<ErrorCode>(['file-unreadable', 'file-changed']);
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
