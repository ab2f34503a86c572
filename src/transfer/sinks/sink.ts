/**
 * Where the bytes of a download end up. Nothing a person can mistake for their file exists until `deliver`
 * resolves, and nothing at all is left after `discard`.
 */
export interface Sink {
  /**
   * Any order; positions and bytes never overlap. The bytes are the sink's until the promise settles; it may
   * transfer their buffer away.
   */
  write(position: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Hands the complete and verified file over. */
  deliver(): Promise<void>;
  discard(): Promise<void>;
}

/** The ways there are, best first. */
export type DownloadWay = 'file-system-access' | 'staging' | 'memory';

export interface SinkRequest {
  /** Made safe already. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}
