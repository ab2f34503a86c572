import type { Downloads } from '../transfer/downloads.ts';
import type { FileEntry, Files } from '../transfer/files.ts';
import type { Uploads } from '../transfer/uploads.ts';

/** What the screens of the person who sends work with, once it is settled who holds the key. */
export interface Session {
  readonly lock:
    | { readonly kind: 'personal'; readonly fingerprint: string }
    | { readonly kind: 'kms'; readonly label: string };
  readonly bucket: string;
  readonly region: string;
  readonly uploads: Uploads;
  readonly downloads: Downloads;
  readonly files: Files;
  /** Bytes of the largest file that can be stored, said before anything is dropped. */
  readonly largestFile: number;
  /** Days until a link's copy is deleted. */
  readonly linkDays: number;
  /** Starts the download of a stored file; call it in the click's own turn. */
  download(entry: FileEntry): void;
  /** Copies the ciphertext for the link (inside S3) and gives the link; nothing is shared if it rejects. */
  share(entry: FileEntry, signal?: AbortSignal): Promise<{ readonly url: string; readonly expires: Date }>;
  /** What the personal key's backup file was called, to look for it; undefined where KMS holds the key. */
  readonly keyFileName?: string;
}

/** A key made in this page. It is kept only once `confirm` is called, after its backup was saved. */
export interface NewKey {
  readonly fingerprint: string;
  readonly backup: { readonly fileName: string; readonly blob: Blob };
  confirm(): Promise<Session>;
}

/** A first visit: nobody has said yet who holds the key. */
export interface Welcome {
  /** Present where the deployment has a KMS key. */
  readonly kms?: { readonly label: string };
  makeKey(): Promise<NewKey>;
  useKms(): Promise<Session>;
  /** From a backup file; rejects with `key-file-invalid`. */
  restoreKey(file: Blob): Promise<Session>;
}

export type Start =
  | { readonly kind: 'first-visit'; readonly welcome: Welcome }
  | { readonly kind: 'ready'; readonly session: Session };

/** Reads config.json and what this browser keeps. Rejects with the `EnvelopeError` to show. */
export async function start(): Promise<Start> {
  throw new Error('not written yet');
}
