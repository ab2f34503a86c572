import type { Bytes } from '../core/bytes.ts';
import type { SentPart, Stored } from '../store/store.ts';

/**
 * How far an upload has come: a run of it goes on from here, adds to it, and leaves it to the next run, which may
 * be another page's on another day.
 */
export interface Course {
  /** S3's id of the upload from when it was begun until it is an object; never for one that is sent whole. */
  uploadId: string | undefined;
  /** What S3 holds, by the parts' numbers (from 1). */
  readonly held: Map<number, SentPart>;
  /**
   * SHA-256 of each sealed part that may have left, whether it arrived or not. A part that comes out otherwise
   * when it is sealed again is of another plaintext, and must never follow its predecessor.
   */
  readonly digests: Map<number, Bytes>;
  /** Numbers of the parts that the encryptor at hand has sealed, which knows them from then on. */
  readonly sealed: Set<number>;
  /** Whether S3 may have been asked already to let the object take its place, without our knowing how it ended. */
  committing: boolean;
  /** What S3 said when the object took its place: from then on it is looked at, and nothing of it leaves again. */
  stored: Stored | undefined;
  /** Puts on record what S3 called the upload, before any part leaves. */
  noteUpload(uploadId: string): Promise<void>;
  /** Puts on record what a part will be, before it leaves. */
  notePart(number: number, sha256: Bytes): Promise<void>;
  /** Puts on record what S3 called a part of which it will not list the digest. */
  noteAnswer(number: number, sha256: Bytes, etag: string): Promise<void>;
}

/** An upload that begins, on record nowhere: it ends with whoever runs it. */
export function beginCourse(): Course {
  return {
    uploadId: undefined,
    held: new Map(),
    digests: new Map(),
    sealed: new Set(),
    committing: false,
    stored: undefined,
    async noteUpload() {},
    async notePart() {},
    async noteAnswer() {},
  };
}
