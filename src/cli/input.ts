import { constants, open as openDescriptor, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError, throwIfAborted } from '../core/errors.ts';
import type { ByteRange } from '../core/object.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import { fileFailure, readFully } from './file-io.ts';
import type { LocalLocation } from './location.ts';
import { createStaging } from './staging.ts';
import { readStdin } from './stdio.ts';

/** Bytes that can be read in any order. */
export interface RandomAccess {
  readonly kind: 'file';
  readonly length: number;
  readonly modified: Date;
  read(range: ByteRange): Promise<Bytes>;
  close(): Promise<void>;
}

/** Bytes that come once, from the front. */
export interface Pipe {
  readonly kind: 'pipe';
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A named pipe or a device is a pipe, whatever its name. Rejects with `file-unreadable`. */
export async function openInput(location: LocalLocation): Promise<RandomAccess | Pipe> {
  if (location.kind === 'pipe') return pipe(readStdin(), 'standard input');
  const { path } = location;
  let file: FileHandle | undefined;
  try {
    if ((await stat(path)).isFIFO()) return pipe(await openNamedPipe(path), path);
    file = await open(path, 'r');
    const found = await file.stat();
    if (found.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (found.isFile()) return randomAccess(file, path, found);
    return pipe(file.createReadStream(), path);
  } catch (error) {
    await file?.close();
    throw fileFailure('file-unreadable', path, error);
  }
}

/**
 * Opened once: what a writer wrote is gone with the last reader. And as sockets are read, since a thread that waits for
 * a writer would keep the program from ending.
 */
async function openNamedPipe(path: string): Promise<AsyncIterable<Uint8Array>> {
  const fd = await promisify(openDescriptor)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

function randomAccess(file: FileHandle, path: string, { size, mtime }: Stats): RandomAccess {
  return {
    kind: 'file',
    length: size,
    modified: mtime,
    async read(range) {
      try {
        const bytes = await readFully(file, range);
        const now = await file.stat();
        if (now.size !== size || now.mtime.getTime() !== mtime.getTime()) {
          throw new EnvelopeError('file-changed', 'the file is another than it was');
        }
        return bytes;
      } catch (error) {
        throw error instanceof EnvelopeError ? error : fileFailure('file-unreadable', path, error);
      }
    },
    close: () => file.close(),
  };
}

function pipe(stream: AsyncIterable<Uint8Array>, name: string): Pipe {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stream) if (chunk.length > 0) yield chunk;
    } catch (error) {
      throw fileFailure('file-unreadable', name, error);
    }
  }
  return { kind: 'pipe', chunks: chunks() };
}

/** What formats need that want to know a length beforehand: all of a pipe, staged. */
export async function asRandomAccess(input: RandomAccess | Pipe, signal: AbortSignal): Promise<RandomAccess> {
  if (input.kind === 'file') return input;
  const staging = await createStaging();
  let length = 0;
  try {
    for await (const chunk of untilAborted(input.chunks, signal)) {
      await staging.write(length, chunk);
      length += chunk.length;
    }
  } catch (error) {
    await staging.close();
    throw error;
  }
  return { kind: 'file', length, modified: new Date(), read: staging.read, close: staging.close };
}

/** All of it, in order. */
export function chunksOf(input: RandomAccess | Pipe, signal: AbortSignal): AsyncIterable<Uint8Array> {
  return untilAborted(input.kind === 'pipe' ? input.chunks : chunksOfFile(input), signal);
}

const chunkBytes = 1024 ** 2;

async function* chunksOfFile({ length, read }: RandomAccess): AsyncGenerator<Bytes> {
  for (let start = 0; start < length; start += chunkBytes) {
    yield await read({ start, end: Math.min(length, start + chunkBytes) });
  }
}

/** A pipe that gives nothing must not keep an interrupt waiting. */
async function* untilAborted<T>(chunks: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = chunks[Symbol.asyncIterator]();
  for (;;) {
    throwIfAborted(signal);
    // No race with one promise for all of them: it would hold on to every chunk there ever was.
    const { done, value } = await unlessAborted(iterator.next(), signal);
    if (done) return;
    yield value;
  }
}
