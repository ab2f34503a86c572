import { EnvelopeError } from '../../core/errors.ts';

/**
 * What becomes of a write to a file. Rejects with `device-full` where there is no room for it, else with
 * `device-storage-refused`.
 * @param needed bytes of the whole file
 * @param noRoom names of errors that say so. Chromium (156) tells either of these: the second where the page learns
 * first that its bytes are no longer taken. Who aborts a write does not ask what became of it.
 */
export async function written(
  work: Promise<void>,
  needed: number,
  noRoom = ['QuotaExceededError', 'AbortError'],
): Promise<void> {
  try {
    await work;
  } catch (cause) {
    const full = noRoom.includes((cause as Error).name);
    throw new EnvelopeError(
      full ? 'device-full' : 'device-storage-refused',
      'the file could not be written',
      { cause, ...(full && { details: { needed } }) },
    );
  }
}

/** The same of closing it, where an AbortError says that the browser takes the file for malware. */
export function closed(work: Promise<void>, needed: number): Promise<void> {
  return written(work, needed, ['QuotaExceededError']);
}
