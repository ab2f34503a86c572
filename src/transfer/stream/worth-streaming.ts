import { canSaveDirectly } from '../sinks/file-system-access.ts';
import { memoryCeiling } from '../sinks/memory.ts';
import type { DownloadWay, SinkRequest } from '../sinks/sink.ts';
import { freeSpace, grantsStaging } from '../sinks/staging-space.ts';

/** Bytes of a file that may lie on the disk twice, staged and saved, without anybody minding. */
const stagedUpTo = 1024 ** 3;

/**
 * Whether a download should go through the service worker, if its object's frames verify one by one. Streaming shows
 * a file in the downloads that may still break off, so it is for files that cannot be verified as a whole first:
 * too large to be staged.
 */
export async function isWorthStreaming({ size }: SinkRequest, forced?: DownloadWay): Promise<boolean> {
  if (forced !== undefined) return forced === 'stream';
  if (canSaveDirectly() || !('serviceWorker' in navigator)) return false;
  if (size > stagedUpTo) return true;
  return size > memoryCeiling && !((await grantsStaging()) && ((await freeSpace()) ?? size) >= size);
}
