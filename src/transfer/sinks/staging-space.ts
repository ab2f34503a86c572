/** What a page asks before it loads what stages: whether that can be, and whether something is there. */
import type { ErrorDetails } from '../../core/errors.ts';

/** Of the origin private file system. */
export const folder = 'staging';

export function canStage(): boolean {
  return (
    typeof Worker !== 'undefined' &&
    typeof navigator.storage?.getDirectory === 'function' &&
    typeof navigator.locks?.request === 'function'
  );
}

/**
 * Bytes that may still be written, what is staged already taken off; undefined where the browser doesn't tell.
 * @param given bytes that are staged and as good as free
 */
export async function freeSpace(given = 0): Promise<number | undefined> {
  const { quota, usage = 0 } = (await navigator.storage.estimate?.()) ?? {};
  return quota === undefined ? undefined : Math.max(0, quota - usage + given);
}

/** What a person is told of too little room, as far as it is known: Chromium promises 10 GiB whatever there is. */
export function roomDetails(needed: number, available: number | undefined): ErrorDetails {
  return available === undefined || available >= needed ? { needed } : { needed, available };
}

/** False as well where nobody can tell. */
export async function isAnythingStaged(): Promise<boolean> {
  try {
    await (await navigator.storage.getDirectory()).getDirectoryHandle(folder);
    return true;
  } catch {
    return false;
  }
}
