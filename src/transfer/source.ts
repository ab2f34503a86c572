import { EnvelopeError } from '../core/errors.ts';
import type { ByteRange } from '../core/object.ts';

/**
 * Reads one range of a picked file. The browser hands out a snapshot by name, size and time of change, and
 * refuses to read once the file on disk is another.
 * @throws `file-changed` when it is another or shorter, `file-unreadable` when it is gone or locked
 */
export async function readRange(file: Blob, { start, end }: ByteRange): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await readBlob(file.slice(start, end)));
  } catch (error) {
    const gone = error instanceof DOMException && error.name === 'NotFoundError';
    throw new EnvelopeError(gone ? 'file-unreadable' : 'file-changed', 'the file could not be read', {
      cause: error,
    });
  }
  if (bytes.length !== end - start) {
    throw new EnvelopeError('file-changed', 'the file is shorter than it was', {
      details: { expected: end - start, got: bytes.length },
    });
  }
  return bytes;
}

/** By FileReader, which gets the bytes of a file to the page faster than `arrayBuffer()`; Node has none. */
function readBlob(blob: Blob): Promise<ArrayBuffer> {
  if (typeof FileReader === 'undefined') return blob.arrayBuffer();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(blob);
  });
}
