import type { FileHandle } from 'node:fs/promises';
import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError, type ErrorCode } from '../core/errors.ts';
import type { ByteRange } from '../core/object.ts';

/** Exactly the bytes of the range. Rejects with `file-changed` for a file that has become shorter. */
export async function readFully(file: FileHandle, { start, end }: ByteRange): Promise<Bytes> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) throw new EnvelopeError('file-changed', 'the file became shorter');
    filled += bytesRead;
  }
  return bytes;
}

export async function writeFully(file: FileHandle, position: number, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file
      .write(bytes, written, bytes.length - written, position + written)
      .catch((error: unknown) => {
        throw fileFailure('device-storage-refused', 'file', error);
      });
    written += bytesWritten;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
};

/** What the operating system said, in words. */
export function fileFailure(code: ErrorCode, name: string, cause: unknown): EnvelopeError {
  const { code: errno = 'error' } = cause as NodeJS.ErrnoException;
  if (errno === 'ENOSPC' || errno === 'EDQUOT') {
    return new EnvelopeError('device-full', `${name}: no space left`, { cause });
  }
  return new EnvelopeError(code, `${name}: ${reasons[errno] ?? errno}`, { cause });
}

/** Nothing is there under a name that is too long for a file, as one with a suffix of ours may be. */
export function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENAMETOOLONG';
}
