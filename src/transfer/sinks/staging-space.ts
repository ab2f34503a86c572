/** What a page asks before it loads what stages: whether that can be, and whether something is there. */

/** Of the origin private file system. */
export const folder = 'staging';

export function canStage(): boolean {
  return (
    typeof Worker !== 'undefined' &&
    typeof navigator.storage?.getDirectory === 'function' &&
    typeof navigator.locks?.request === 'function'
  );
}

/** Bytes that may still be written, what is staged already taken off; undefined where the browser doesn't tell. */
export async function freeSpace(): Promise<number | undefined> {
  const { quota, usage } = (await navigator.storage.estimate?.()) ?? {};
  return quota === undefined ? undefined : Math.max(0, quota - (usage ?? 0));
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
