import { randomBytes, toBase64Url } from '../core/bytes.ts';
import { asEnvelopeError, type EnvelopeError } from '../core/errors.ts';
import type { Keyring } from '../core/keyrings/keyring.ts';
import { encryptObject } from '../core/s3ec/s3ec.ts';
import type { ObjectHead, ObjectStore } from '../store/store.ts';
import { nameLabel, sealName } from './file-name.ts';
import { withRetry } from './retry.ts';
import { createRows } from './rows.ts';
import { createShownState } from './shown-state.ts';
import { createSlots } from './slots.ts';
import { createSpeedMeter, progressOf } from './speed.ts';
import { uploadObject } from './upload.ts';

/**
 * `waiting`: behind others. `sealing`: nothing has left yet. `sending`: bytes are on their way.
 * `finishing`: all bytes have left and S3 has not confirmed the object. `stored`: it has.
 * `offline`: goes on by itself when the network is back.
 */
export type UploadState =
  | 'waiting'
  | 'sealing'
  | 'sending'
  | 'finishing'
  | 'stored'
  | 'offline'
  | 'failed'
  | 'cancelling'
  | 'cancelled';

/** One upload as a screen shows it; a new object whenever something changed. */
export interface UploadRow {
  readonly id: string;
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
}

/** A file that was handed in, or an entry that could not be read. */
export type UploadInput = File | { readonly name: string; readonly error: EnvelopeError };

export interface Uploads {
  add(inputs: readonly UploadInput[]): void;
  /** Stops it and removes what was stored of it. */
  cancel(id: string): void;
  /** Only for `failed` and `cancelled` rows whose file is still at hand. */
  retry(id: string): void;
  /** Takes a row that has come to its end off the list. */
  dismiss(id: string): void;
  subscribe(listener: () => void): () => void;
  /** The same array until something changes. */
  snapshot(): readonly UploadRow[];
}

export interface UploadsOptions {
  readonly store: ObjectStore;
  readonly keyring: Keyring;
  /** Of the objects' keys; ends in a slash. */
  readonly prefix: string;
  readonly onStored: (head: ObjectHead, name: string) => void;
}

/** Files on their way at once; their parts share the slots below. */
const filesInFlight = 3;
/**
 * Parts in memory at once, of all files together. Each is held until S3 has it, and while it leaves, the browser
 * holds two or three copies more: with four, that is half of what a page may take.
 */
const partsInFlight = 4;
const objectIdLength = 16;

/** The queue of uploads: starts them in order, several at once, and tells how each is doing. */
export function createUploads({ store, keyring, prefix, onStored }: UploadsOptions): Uploads {
  const rows = createRows<UploadRow>();
  const files = new Map<string, { readonly file: File; controller: AbortController }>();
  const fileSlots = createSlots(filesInFlight);
  const partSlots = createSlots(partsInFlight);

  function enqueue(id: string, file: File): void {
    const controller = new AbortController();
    files.set(id, { file, controller });
    fileSlots
      .run(() => upload(id, file, controller.signal), controller.signal)
      .catch((error: unknown) => {
        const failure = asEnvelopeError(error);
        rows.update(id, (row) => ({
          ...plain(row),
          progress: 0,
          ...(failure.code === 'cancelled' ? { state: 'cancelled' } : { state: 'failed', error: failure }),
        }));
      });
  }

  async function upload(id: string, file: File, signal: AbortSignal): Promise<void> {
    const update = (change: (row: UploadRow) => UploadRow) => {
      // What still arrives after a cancel changes nothing any more.
      if (!signal.aborted) rows.update(id, change);
    };
    const shown = createShownState<UploadState>('sealing', (state) =>
      update((row) => ({ ...plain(row), state })),
    );
    const { onOffline } = shown;
    const meter = createSpeedMeter();

    const encryptor = await withRetry(() => encryptObject({ keyring, plaintextLength: file.size }), {
      signal,
      onOffline,
    });
    const head = await uploadObject({
      file,
      key: prefix + toBase64Url(randomBytes(objectIdLength)),
      encryptor,
      metadata: await sealName(await encryptor.deriveKey(nameLabel), file.name),
      store,
      slots: partSlots,
      signal,
      onSent(bytes) {
        shown.set('sending');
        update((row) => ({ ...plain(row), ...progressOf(meter, bytes, encryptor.objectLength) }));
      },
      onFinishing: () => shown.set('finishing'),
      onOffline,
    });
    files.delete(id);
    rows.update(id, (row) => ({ ...plain(row), state: 'stored', progress: 1, stored: head }));
    // Before the list has it: a screen that knows both shows one row, never two.
    rows.publish();
    onStored(head, file.name);
  }

  return {
    add(inputs) {
      for (const input of inputs) {
        const id = crypto.randomUUID();
        if (input instanceof File) {
          rows.add({ id, name: input.name, size: input.size, state: 'waiting', progress: 0 });
          enqueue(id, input);
        } else {
          rows.add({ id, name: input.name, size: 0, state: 'failed', progress: 0, error: input.error });
        }
      }
    },
    cancel(id) {
      if (!isUnderWay(rows.get(id)?.state)) return;
      rows.update(id, (row) => ({ ...plain(row), state: 'cancelling' }));
      rows.publish();
      files.get(id)?.controller.abort();
    },
    retry(id) {
      const known = files.get(id);
      if (!known || isUnderWay(rows.get(id)?.state)) return;
      rows.update(id, (row) => ({ ...plain(row), state: 'waiting', progress: 0 }));
      rows.publish();
      enqueue(id, known.file);
    },
    dismiss(id) {
      if (isUnderWay(rows.get(id)?.state)) return;
      files.delete(id);
      rows.remove(id);
    },
    subscribe: rows.subscribe,
    snapshot: rows.snapshot,
  };
}

/** A row without what only moving bytes or an end have. */
function plain({ id, name, size, state, progress }: UploadRow): UploadRow {
  return { id, name, size, state, progress };
}

function isUnderWay(state: UploadState | undefined): boolean {
  return state !== undefined && !['stored', 'failed', 'cancelled'].includes(state);
}
