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

/** As `canStage`, and whether the browser grants it to this window, which private ones often are refused. */
export async function grantsStaging(): Promise<boolean> {
  if (!canStage()) return false;
  return navigator.storage.getDirectory().then(
    () => true,
    () => false,
  );
}

/** What Chromium (138 and later) says is free where it grants that or more, so that no page learns how much more. */
const leastOfChromium = 10 * 1024 ** 3;

/**
 * Bytes that may still be written, what is staged already taken off; undefined where the browser doesn't tell.
 * @param given bytes that are staged and as good as free
 */
export async function freeSpace(given = 0): Promise<number | undefined> {
  const { quota, usage = 0 } = (await navigator.storage.estimate?.()) ?? {};
  if (quota === undefined) return undefined;
  if ('userAgentData' in navigator && quota - usage === leastOfChromium) return undefined;
  return Math.max(0, quota - usage + given);
}

/** What a person is told of too little room, as far as it is known. */
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
