import { EnvelopeError } from '../../core/errors.ts';

/**
 * What becomes of a write to a file. Rejects with `device-full` where there is no room for it, else with
 * `device-storage-refused`.
 * @param needed bytes of the whole file
 */
export function written(work: Promise<void>, needed: number): Promise<void> {
  // Without room, Chromium (156) either tells that reason or, where the page learns first that its bytes are no longer
  // taken, an AbortError; nobody here aborts before a write has failed.
  return settled(work, needed, /^(Quota|Abort)/);
}

/** What becomes of closing it, which puts it where it belongs. Rejects as `written` does. */
export function closed(work: Promise<void>, needed: number): Promise<void> {
  // An AbortError would say that the browser takes the file for malware.
  return settled(work, needed, /^Quota/);
}

async function settled(work: Promise<void>, needed: number, noRoom: RegExp): Promise<void> {
  try {
    await work;
  } catch (cause) {
    const full = noRoom.test((cause as Error).name);
    throw new EnvelopeError(
      full ? 'device-full' : 'device-storage-refused',
      'the file could not be written',
      { cause, ...(full && { details: { needed } }) },
    );
  }
}
