import type { EnvelopeError } from '../core/errors.ts';

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
  refresh(): Promise<void>;
  /** Deletes it from S3, then from the list. */
  remove(key: string): Promise<void>;
  subscribe(listener: () => void): () => void;
  snapshot(): FilesSnapshot;
}
