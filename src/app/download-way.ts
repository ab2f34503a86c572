import type { DownloadWay } from '../transfer/sinks/sink.ts';

const ways: readonly DownloadWay[] = ['file-system-access', 'stream', 'staging', 'memory'];

/**
 * The way of delivery that this tab was told to take (session storage, `s3-envelope.download-way`), so that
 * each can be tried in any browser. Otherwise the browser's best way is taken.
 */
export function forcedDownloadWay(): DownloadWay | undefined {
  try {
    const wanted = sessionStorage.getItem('s3-envelope.download-way');
    return ways.find((way) => way === wanted);
  } catch {
    return undefined;
  }
}
