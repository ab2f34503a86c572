import type { Bytes } from '../../core/bytes.ts';
import { EnvelopeError } from '../../core/errors.ts';

/**
 * Writes a part of a file. Rejects with `device-full` where there is no room for it, else with
 * `device-storage-refused`.
 * @param position bytes from the file's beginning
 * @param needed bytes of the whole file
 */
export function writeTo(
  writable: FileSystemWritableFileStream,
  position: number,
  data: Bytes,
  needed: number,
): Promise<void> {
  // Without room, Chromium (156) either tells that reason or, where the page learns first that its bytes are no longer
  // taken, an AbortError; nobody here aborts before a write has failed.
  return settled(writable.write({ type: 'write', position, data }), needed, [
    'QuotaExceededError',
    'AbortError',
  ]);
}

/** Puts the file where it belongs. Rejects as `writeTo` does. */
export function closeFile(writable: FileSystemWritableFileStream, needed: number): Promise<void> {
  // An AbortError would say that the browser takes the file for malware.
  return settled(writable.close(), needed, ['QuotaExceededError']);
}

async function settled(work: Promise<void>, needed: number, noRoom: readonly string[]): Promise<void> {
  try {
    await work;
  } catch (cause) {
    const full = cause instanceof DOMException && noRoom.includes(cause.name);
    throw new EnvelopeError(
      full ? 'device-full' : 'device-storage-refused',
      'the file could not be written',
      { cause, ...(full && { details: { needed } }) },
    );
  }
}
