import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import { readInto, takeMemory } from '../core/memory.ts';
import type { ByteRange } from '../core/object.ts';

/**
 * Reads one range of a picked file. Browsers other than Firefox hand out a snapshot by name, size and time of change, and
 * refuse to read once the file on disk is another; they do not tell that from one that is locked, or on a disk that is away.
 * @throws `file-unreadable` when it cannot be read, `file-changed` when it is shorter
 */
export async function readRange(file: Blob, { start, end }: ByteRange): Promise<Bytes> {
  let bytes: Bytes;
  try {
    // Of thousands of small files, even a slice is worth sparing.
    bytes = await readBlob(start === 0 && end === file.size ? file : file.slice(start, end));
  } catch (error) {
    throw new EnvelopeError('file-unreadable', 'the file could not be read', { cause: error });
  }
  if (bytes.length !== end - start) {
    throw new EnvelopeError('file-changed', 'the file is shorter than it was', {
      details: { expected: end - start, got: bytes.length },
    });
  }
  return bytes;
}

/** Into memory that was used before; where that cannot be or fails, a FileReader reads it or says why not. */
async function readBlob(blob: Blob): Promise<Bytes> {
  if (typeof FileReader === 'undefined') return new Uint8Array(await blob.arrayBuffer());
  return (await readStream(blob)) ?? new Uint8Array(await readByFileReader(blob));
}

async function readStream(blob: Blob): Promise<Bytes | undefined> {
  try {
    const bytes = await readInto(blob.stream(), takeMemory(blob.size));
    return bytes?.length === blob.size ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** In Chromium faster than `arrayBuffer()`. */
function readByFileReader(blob: Blob): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(blob);
  });
}
