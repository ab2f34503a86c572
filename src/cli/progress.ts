import { printable } from './printable.ts';

/** How far something is, on one line of standard error, if that is a terminal. */
export interface Progress {
  /** Bytes; the total where it is known. */
  at(done: number, total: number | undefined): void;
  /** Takes the line away. */
  end(): void;
}

const silent: Progress = { at() {}, end() {} };
const interval = 100;

export function createProgress(label: string, quiet: boolean | undefined): Progress {
  const terminal = process.stderr;
  const shown = printable(label);
  if (quiet || !terminal.isTTY) return silent;
  let last = 0;
  return {
    at(done, total) {
      const now = performance.now();
      if (now - last < interval && done !== total) return;
      last = now;
      const share = total ? ` ${Math.floor((100 * done) / total)} %` : '';
      terminal.write(`\r\u001b[K${shown}:${share} ${formatBytes(done)}`);
    },
    end: () => void terminal.write('\r\u001b[K'),
  };
}

const units = ['kB', 'MB', 'GB', 'TB'];

/** Decimal, as disks and S3's bills have it. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
