import type { EnvelopeError } from '../core/errors.ts';

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

/** Something to download: `open` gives the object's reader once it is known to be there and unlocked. */
export interface DownloadRequest {
  readonly name: string;
  readonly size: number;
  readonly key: string;
}
