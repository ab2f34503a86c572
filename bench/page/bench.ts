import type { CloudInfo } from '../../local/cloud.ts';
import type { DownloadWay } from '../../src/transfer/sinks/sink.ts';
import type { Formats, Written } from './formats.ts';

/** What the page offers to `run.ts`, as `globalThis.bench`. Seconds are of the work alone, preparation left out. */
export interface Bench {
  /** Draws so many random bytes for the measurements in memory. */
  prepareMemory(bytes: number): Promise<void>;
  sealRaw(chunkBytes: number, inFlight: number): Promise<number>;
  sealOurs(): Promise<number>;
  openOurs(): Promise<number>;
  sealPeer(peer: PeerName): Promise<number>;

  /** Draws so many random bytes for the measurements of the formats, and loads their peer. */
  prepareFormats(bytes: number): Promise<void>;
  rawFrames: Formats['raw'];
  sealFormat(written: Written): Promise<number>;
  openFormat(written: Written): Promise<number>;
  sealPeerMessage(written: Written): Promise<number>;
  openPeerMessage(written: Written): Promise<number>;

  /**
   * As a new guest of this cloud, or as one that was made before; resolves with who it is. Everything below works on
   * the file in the page's input.
   */
  connect(info: CloudInfo, guest?: string): Promise<string>;
  uploadOurs(): Promise<number>;
  uploadPlain(): Promise<number>;
  uploadUnsealed(): Promise<number>;
  /** Bytes; lib-storage's own unless given. */
  uploadLibStorage(partSize?: number): Promise<number>;
  /** Bytes; Uppy's own unless given. */
  uploadUppy(partSize?: number): Promise<number>;
  uploadPeer(peer: PeerName): Promise<number>;
  removeUploaded(): Promise<void>;

  /** All picked files, which are small, by our queue, with its journal or without. */
  storeFiles(journal: boolean): Promise<number>;
  /** The same in plaintext. */
  putFiles(): Promise<number>;

  /** Calls `tellBench` before each part that it sends. */
  beginUpload(): Promise<void>;
  /** Goes on with what a page has begun that is gone, and tells as well. */
  resumeUpload(): Promise<void>;

  /** Bytes that this browser lets the page stage; undefined where it doesn't tell. */
  freeSpace(): Promise<number | undefined>;
  storeForDownload(): Promise<void>;
  downloadOurs(way: DownloadWay): Promise<number>;
  downloadUnopened(way: DownloadWay): Promise<number>;
  downloadPlain(): Promise<number>;
  fetchPlain(): Promise<number>;

  watchLongTasks(): Promise<void>;
  longestTask(): Promise<number>;
}

export const peerNames = ['client-browser', 'secretstream', 'age'] as const;
export type PeerName = (typeof peerNames)[number];
