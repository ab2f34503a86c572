import type { Bytes } from '../core/bytes.ts';
import type { Metadata } from '../core/object.ts';
import type { Whereabouts } from './whereabouts.ts';

/**
 * Uploads that have not come to their end, on record in this browser from the moment they are asked for: after a
 * reload, a crash or a night the next page takes them up where they were. No key is in it: the data key stays
 * wrapped in the metadata. Names are sealed under a key that cannot be exported.
 */
export interface Unfinished {
  readonly id: string;
  /** Under which prefix of which bucket; only its owner's pages take it up. */
  readonly place: string;
  /** The page that works on it, see page-lock.ts. */
  readonly page: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds; the order in which they were added. */
  readonly addedAt: number;
  readonly whereabouts?: Whereabouts;
  readonly replaces?: { readonly key: string; readonly etag: string };
  /** Somebody paused it: it waits for somebody to go on. */
  readonly paused?: boolean;
  /** Once there is a data key. */
  readonly begun?: Begun;
}

/** What seals the object again as before. */
export interface Begun {
  readonly key: string;
  readonly metadata: Metadata;
  /** Of the plaintext; parts have to be cut again as they were. */
  readonly partBytes: number;
  readonly uploadId?: string;
  /** SHA-256 of the sealed file, where that is one part: there before it may leave, as the digests of parts are. */
  readonly sha256?: Bytes;
}
