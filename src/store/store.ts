import type { Bytes } from '../core/bytes.ts';
import type { ByteRange, Metadata } from '../core/object.ts';
import type { Body } from './body.ts';

/** What HEAD tells of an object. */
export interface ObjectHead {
  readonly key: string;
  /** Bytes of the stored body. */
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date;
  readonly metadata: Metadata;
  /**
   * Base64 of the body's SHA-256, as S3 was told it; of an object made of parts, S3's composite of theirs, with a
   * dash and their number. Undefined where S3 has none, or where CORS hides it.
   */
  readonly sha256?: string;
}

/** One row of a listing; S3 lists no metadata. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date;
}

export interface ReadOptions {
  /** The object must still be the one that was looked at, else `object-changed`. */
  readonly etag: string;
  readonly signal?: AbortSignal;
  /** Bytes of this range that have arrived so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** What somebody who only opens a link needs. */
export interface ReadableStore {
  head(key: string, signal?: AbortSignal): Promise<ObjectHead>;
  /** Exactly the bytes of the range, or an error; never fewer. */
  read(key: string, range: ByteRange, options: ReadOptions): Promise<Bytes>;
}

export interface SendOptions {
  /** SHA-256 of the body, 32 bytes: S3 refuses what was damaged on the way. */
  readonly sha256: Bytes;
  readonly signal?: AbortSignal;
  /** Bytes of this body that have left; starts over when the request is repeated. */
  readonly onProgress?: (bytes: number) => void;
}

/** What must hold at its key for an object to take its place, else `object-changed`. */
export type Condition =
  | { readonly kind: 'absent' }
  /** Still the one with this ETag. */
  | { readonly kind: 'unchanged'; readonly etag: string };

export interface CommitOptions {
  readonly condition?: Condition;
  readonly signal?: AbortSignal;
}

/** A part that S3 holds. */
export interface SentPart {
  /** From 1. */
  readonly number: number;
  readonly etag: string;
  readonly sha256: Bytes;
}

/** As the answer to it tells. */
export interface AnsweredPart extends SentPart {
  /** Whether the answer has the digest: a store that knows no checksums will not list it either. */
  readonly isDigestKept: boolean;
}

/** As S3 lists it. */
export interface ListedPart extends Omit<SentPart, 'sha256'> {
  /** Undefined from a store that knows no checksums. */
  readonly sha256: Bytes | undefined;
}

/** What S3 said of an object that it took; undefined where it says nothing, or where CORS hides it. */
export interface Stored {
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  /** Base64 of the SHA-256 that it has for a body, from `put` alone. */
  readonly sha256?: string | undefined;
}

/** Where objects are kept. Errors are `EnvelopeError`s of the families `access` and `configuration`. */
export interface ObjectStore extends ReadableStore {
  /** One page of what lies under the prefix, in the order of the keys; `next` asks for the page after it. */
  list(
    prefix: string,
    options?: { readonly next?: string; readonly signal?: AbortSignal },
  ): Promise<{ readonly objects: readonly ListedObject[]; readonly next?: string }>;
  put(key: string, body: Body, metadata: Metadata, options: SendOptions & CommitOptions): Promise<Stored>;
  /** Takes no signal: an upload whose id was lost on the way could not be aborted. */
  createUpload(key: string, metadata: Metadata): Promise<string>;
  sendPart(
    key: string,
    uploadId: string,
    partNumber: number,
    body: Body,
    options: SendOptions,
  ): Promise<AnsweredPart>;
  /** Every part of an unfinished upload that S3 holds, by number, those without a SHA-256 left out. */
  listParts(key: string, uploadId: string, signal?: AbortSignal): Promise<readonly ListedPart[]>;
  completeUpload(
    key: string,
    uploadId: string,
    parts: readonly SentPart[],
    options?: CommitOptions,
  ): Promise<Stored>;
  /** Leaves no part behind; an upload that is gone already is no error. */
  abortUpload(key: string, uploadId: string): Promise<void>;
  remove(key: string, signal?: AbortSignal): Promise<void>;
  /**
   * Copies inside the store, without a byte through the browser; never over an object that exists. The copy gets the
   * metadata that `source` is given with. Refuses (`object-changed`) when the source is no longer the one that `head` describes.
   */
  copy(source: ObjectHead, targetKey: string, signal?: AbortSignal): Promise<void>;
}
