import type { Row } from '../measure.ts';

export interface Settings {
  /** Bytes that the measurements of speed move. */
  readonly bytes: number;
  readonly rounds: number;
  /** Bytes of the files whose memory is measured. */
  readonly largeFiles: readonly [number, number];
  /** Bytes of the files whose transfers are compared. */
  readonly transferSizes: readonly number[];
  /** How many files are many small ones. */
  readonly smallFiles: number;
  /** Bytes of the file whose upload is taken up again. */
  readonly resumedBytes: number;
  /** Where the bench's page is served. */
  readonly origin: string;
  progress(text: string): void;
}

/** Some rows that belong together and are measured side by side. */
export interface Group {
  readonly name: string;
  run(settings: Settings): Promise<readonly Row[]>;
}
