import type { EnvelopeError } from '../core/errors.ts';
import type { FileEntry } from './files.ts';

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
  readonly stored?: FileEntry;
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
