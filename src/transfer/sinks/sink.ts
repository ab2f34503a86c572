import type { Bytes } from '../../core/bytes.ts';

/**
 * Where the bytes of a download end up. Nothing a person can mistake for their file exists until `deliver`
 * resolves, and nothing at all is left after `discard`.
 */
export interface Sink {
  /**
   * Any order; positions and bytes never overlap, though a write that failed may come again. The bytes are the
   * sink's until the promise settles; it may transfer their buffer away.
   */
  write(position: number, bytes: Bytes): Promise<void>;
  /** Hands the complete and verified file over. */
  deliver(): Promise<void>;
  discard(): Promise<void>;
  /** Present where what was written outlives the page. */
  readonly ledger?: Ledger;
}

/** What lies in a staged file, for a later page to go on from. No name, no key. */
export interface Ledger {
  /** What an earlier page has noted. */
  readonly found: readonly StagedRange[];
  /** From here on the file outlives the page. */
  begin(origin: Origin): Promise<void>;
  /** Notes a range that has been written. */
  note(range: StagedRange): Promise<void>;
  /** Exactly so many bytes, as they lie there: whoever relies on them must check them. */
  read(position: number, length: number): Promise<Bytes>;
}

/** What a staged file is made of. */
export interface Origin {
  /** Bytes of the whole. */
  readonly size: number;
  readonly archive: boolean;
  /** Keys of the objects, in the order of their places in the file. */
  readonly keys: readonly string[];
}

/** A range of one object's plaintext. */
export interface StagedRange {
  /** Which one of `keys`. */
  readonly object: number;
  readonly start: number;
  readonly end: number;
  /** What the range must have, in base64; see `range-mac.ts`. */
  readonly mac: string;
}

/** The ways there are, best first. */
export type DownloadWay = 'file-system-access' | 'stream' | 'staging' | 'memory';

export interface SinkRequest {
  /** Made safe already. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}
