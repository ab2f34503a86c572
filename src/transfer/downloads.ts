import { asEnvelopeError, EnvelopeError } from '../core/errors.ts';
import type { Keyring } from '../core/keyrings/keyring.ts';
import type { ObjectDecryptor } from '../core/object.ts';
import { parseEnvelope, unlockEnvelope } from '../core/s3ec/s3ec.ts';
import type { ObjectHead, ReadableStore } from '../store/store.ts';
import { downloadObject } from './download.ts';
import { withRetry } from './retry.ts';
import { createRows } from './rows.ts';
import { safeFileName } from './safe-name.ts';
import { createShownState } from './shown-state.ts';
import { openSink } from './sinks/open-sink.ts';
import type { DownloadWay } from './sinks/sink.ts';
import { createSlots } from './slots.ts';
import { createSpeedMeter, progressOf } from './speed.ts';

/**
 * `preparing`: asking for the key and the place to save. `fetching`: bytes arrive and are unlocked.
 * `verifying`: all are here, none is delivered yet. `saving`: handed to the browser. `done`.
 */
export type DownloadState =
  | 'preparing'
  | 'fetching'
  | 'offline'
  | 'verifying'
  | 'saving'
  | 'done'
  | 'failed'
  | 'cancelled';

export interface DownloadRow {
  readonly id: string;
  /** The request's, so that a screen shows the download on the stored file's own row. */
  readonly key: string;
  readonly name: string;
  readonly size: number;
  readonly state: DownloadState;
  /** 0 to 1; 1 only once the verified file was handed over. */
  readonly progress: number;
  readonly speed?: number;
  readonly secondsLeft?: number;
  readonly error?: EnvelopeError;
}

export interface Downloads {
  /** Call it in the click's own turn: a save dialog needs the gesture. Returns the row's id. */
  start(file: DownloadRequest): string;
  cancel(id: string): void;
  dismiss(id: string): void;
  subscribe(listener: () => void): () => void;
  snapshot(): readonly DownloadRow[];
}

/** Something to download. */
export interface DownloadRequest {
  readonly key: string;
  readonly name: string;
  /** Bytes of the file as far as is known; what the object itself says must agree. */
  readonly size: number;
  readonly keyring: Keyring;
}

export interface DownloadsOptions {
  readonly store: ReadableStore;
  /** Only this way of delivery; else the best one that the browser has. */
  readonly way?: DownloadWay | undefined;
}

/** Ranges in memory at once, of all downloads together; each costs its ciphertext and its plaintext. */
const rangesInFlight = 4;

/** The downloads of a page: opens, verifies and delivers, and tells how each is doing. */
export function createDownloads({ store, way }: DownloadsOptions): Downloads {
  const rows = createRows<DownloadRow>();
  const controllers = new Map<string, AbortController>();
  const slots = createSlots(rangesInFlight);

  async function download(id: string, request: DownloadRequest, signal: AbortSignal): Promise<void> {
    // First of all: a dialog is only allowed in the click's own turn.
    const sink = await openSink({ name: safeFileName(request.name), size: request.size }, way);
    const shown = createShownState<DownloadState>('preparing', (state) =>
      rows.update(id, (row) => ({ ...plain(row), state })),
    );
    const { onOffline } = shown;
    let prepared: { head: ObjectHead; decryptor: ObjectDecryptor };
    try {
      prepared = await withRetry(() => prepare(request, signal), { signal, onOffline });
    } catch (error) {
      await sink.discard();
      throw error;
    }
    const { head, decryptor } = prepared;
    const meter = createSpeedMeter();
    shown.set('fetching');
    await downloadObject({
      store,
      head,
      decryptor,
      sink,
      slots,
      signal,
      onReceived: (bytes) =>
        rows.update(id, (row) => ({ ...plain(row), ...progressOf(meter, bytes, decryptor.objectLength) })),
      onVerifying: () => shown.set('verifying'),
      onSaving: () => shown.set('saving'),
      onOffline,
    });
    rows.update(id, (row) => ({ ...plain(row), state: 'done', progress: 1 }));
  }

  async function prepare({ key, size, keyring }: DownloadRequest, signal: AbortSignal) {
    const head = await store.head(key, signal);
    const unlocked = await unlockEnvelope(parseEnvelope(head.metadata), { keyring });
    const decryptor = unlocked.decryptor(head.size);
    if (decryptor.plaintextLength !== size) {
      throw new EnvelopeError('length-mismatch', 'the object is not as long as the file that was stored', {
        details: { expected: size, got: decryptor.plaintextLength },
      });
    }
    return { head, decryptor };
  }

  return {
    start(request) {
      const id = crypto.randomUUID();
      const controller = new AbortController();
      const { key, name, size } = request;
      controllers.set(id, controller);
      rows.add({ id, key, name, size, state: 'preparing', progress: 0 });
      download(id, request, controller.signal)
        .catch((error: unknown) => {
          const failure = asEnvelopeError(error);
          rows.update(id, (row) => ({
            ...plain(row),
            progress: 0,
            ...(failure.code === 'cancelled' ? { state: 'cancelled' } : { state: 'failed', error: failure }),
          }));
        })
        .finally(() => controllers.delete(id));
      return id;
    },
    cancel(id) {
      controllers.get(id)?.abort();
    },
    dismiss(id) {
      if (!controllers.has(id)) rows.remove(id);
    },
    subscribe: rows.subscribe,
    snapshot: rows.snapshot,
  };
}

/** A row without what only moving bytes have. */
function plain({ id, key, name, size, state, progress }: DownloadRow): DownloadRow {
  return { id, key, name, size, state, progress };
}
