import type { Bytes } from '../core/bytes.ts';
import type { Metadata } from '../core/object.ts';
import type { ObjectHead, ReadableStore } from '../store/store.ts';

/** Stored bytes, in a file or in S3, and what lies beside them. */
export interface SealedSource {
  /** As the user named it. */
  readonly name: string;
  readonly head: ObjectHead;
  readonly store: Pick<ReadableStore, 'read'>;
  /** The instruction file of this suffix; null where there is none. */
  instructionFile(suffix: string): Promise<{ readonly name: string; readonly body: Bytes } | null>;
  /** What S3 says of the object beside, such as its own encryption. */
  readonly storage?: Storage;
  close(): Promise<void>;
}

export interface Storage {
  readonly contentType?: string | undefined;
  readonly storageClass?: string | undefined;
  readonly serverSideEncryption?: string | undefined;
  readonly versionId?: string | undefined;
}

/** The first bytes, as many as there are. */
export async function peek(
  { head, store }: SealedSource,
  length: number,
  signal: AbortSignal,
): Promise<Bytes> {
  return store.read(head.key, { start: 0, end: Math.min(head.size, length) }, { etag: head.etag, signal });
}

/** More than any signature takes. */
const longestFooter = 256;

/** The last bytes, among which a signed message has its signature. */
export async function peekFooter({ head, store }: SealedSource, signal?: AbortSignal): Promise<Bytes> {
  const range = { start: Math.max(0, head.size - longestFooter), end: head.size };
  return store.read(head.key, range, { etag: head.etag, ...(signal && { signal }) });
}

export const noMetadata: Metadata = {};
