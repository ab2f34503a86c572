/**
 * An encrypted object is a mapping between two byte ranges: those of the plaintext and those of the stored
 * body. Both formats lay the body out as a pure function of the plaintext's length, so its length and its
 * metadata are known before the first byte is read, and any aligned range is sealed or opened on its own.
 * `transfer` knows these two interfaces and never which format is behind them.
 */

/** Bytes `start` to `end`, `end` excluded. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Object metadata under its S3 names without the `x-amz-meta-` prefix, in lower case. */
export type Metadata = Readonly<Record<string, string>>;

export interface ObjectEncryptor {
  /** Bytes of plaintext, fixed beforehand. */
  readonly plaintextLength: number;
  /** Bytes of the stored body. */
  readonly objectLength: number;
  /** What must be stored with the body for anyone to open it. */
  readonly metadata: Metadata;
  /** Every range starts at a multiple of this; every range but the last ends at one. */
  readonly granularity: number;
  /** Where the plaintext range lands in the body, header and trailer included where it touches an end. */
  objectRange(plaintext: ByteRange): ByteRange;
  /**
   * Seals one range, in any order and beside others. The range that ends the plaintext carries the trailer,
   * so its promise waits until every other range has been sealed; start it last.
   *
   * A range may be sealed again (a retry), but only with the same bytes: other plaintext under the same
   * keystream would give both away, so it is refused as `file-changed` and nothing is returned.
   *
   * `into` takes the result where it has room for it, and may begin where `plaintext` does: fresh memory for each
   * part costs as much time as the sealing. After a failure it has been wiped.
   */
  seal(
    start: number,
    plaintext: Uint8Array<ArrayBuffer>,
    into?: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>>;
}

export interface ObjectDecryptor {
  readonly plaintextLength: number;
  readonly objectLength: number;
  readonly granularity: number;
  /**
   * `whole`: what `open` returns is unverified until `verify` resolves.
   * `range`: each range is verified before `open` returns it.
   */
  readonly verifies: 'whole' | 'range';
  /** The bytes of the body to fetch for a plaintext range. */
  objectRange(plaintext: ByteRange): ByteRange;
  /** Opens one range in any order; `body` holds exactly the bytes of `objectRange`; `into` as for `seal`. */
  open(
    start: number,
    body: Uint8Array<ArrayBuffer>,
    into?: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Takes a range from its plaintext, as `open` gave it earlier, perhaps to another decryptor of this object, so
   * that it need not be fetched again. Where `verifies` is `whole`, `verify` vouches for it as for what was opened;
   * where it is `range`, nothing will, so the caller must have authenticated it. Absent where only the body will
   * do. The range that ends the plaintext cannot be recalled alone: its body carries the trailer.
   */
  recall?(start: number, plaintext: Uint8Array<ArrayBuffer>): Promise<void>;
  /**
   * Resolves if the object is what was sealed; rejects with `tag-mismatch` if it is not, with `truncated`
   * while a range has not been opened.
   */
  verify(): Promise<void>;
}
