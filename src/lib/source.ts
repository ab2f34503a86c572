import { type Bytes, utf8 } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import type { ByteRange } from '../core/object.ts';
import { readRange } from '../transfer/source.ts';

/** What can be sealed. A stream (a web stream, a Node `Readable`) needs its length beside it. */
export type UploadBody =
  | Blob
  | Uint8Array
  | ArrayBuffer
  | string
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** A plaintext that is read from front to back. */
export interface Source {
  /** Bytes. */
  readonly length: number;
  /** A copy. Ranges follow each other without a gap. */
  read(range: ByteRange): Promise<Bytes>;
  /** To be called whatever became of it. */
  close(): Promise<void>;
}

/**
 * @param length of a stream, in bytes; of anything else it may be left out
 * @throws `bad-argument` for another kind of body, a stream without a length, or a length that is not the body's
 */
export function createSource(body: UploadBody, length: number | undefined): Source {
  const whole = wholeSource(body);
  if (whole) {
    if (length !== undefined && length !== whole.length) {
      throw new EnvelopeError('bad-argument', 'ContentLength is not the length of the Body', {
        details: { expected: length, got: whole.length },
      });
    }
    return whole;
  }
  if (length === undefined) {
    throw new EnvelopeError(
      'bad-argument',
      'a stream needs a ContentLength: the length is sealed before the bytes',
    );
  }
  return streamSource(chunksOf(body as AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>), length);
}

function wholeSource(body: UploadBody): Source | undefined {
  const close = async () => {};
  if (body instanceof Blob) return { length: body.size, read: (range) => readRange(body, range), close };
  const bytes =
    typeof body === 'string'
      ? utf8(body)
      : body instanceof Uint8Array
        ? body
        : body instanceof ArrayBuffer
          ? new Uint8Array(body)
          : undefined;
  if (!bytes) return undefined;
  return {
    length: bytes.length,
    read: async ({ start, end }) => new Uint8Array(bytes.subarray(start, end)),
    close,
  };
}

function chunksOf(body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
  // Not every browser iterates a ReadableStream.
  if (typeof body === 'object' && body !== null && 'getReader' in body) {
    const reader = body.getReader();
    return {
      async next() {
        const { done, value } = await reader.read();
        return done ? { done, value: undefined } : { value };
      },
      async return() {
        await reader.cancel();
        return { done: true, value: undefined };
      },
    };
  }
  const iterate = (body as Partial<AsyncIterable<Uint8Array>> | undefined)?.[Symbol.asyncIterator];
  if (!iterate) {
    throw new EnvelopeError('bad-argument', 'the Body must be a Blob, bytes, a string or a stream of bytes');
  }
  return iterate.call(body);
}

function streamSource(chunks: AsyncIterator<Uint8Array>, length: number): Source {
  let ahead: Uint8Array = new Uint8Array(0);
  let last: Promise<unknown> = Promise.resolve();
  let isWaiting = false;

  async function next(): Promise<Uint8Array | undefined> {
    let result: IteratorResult<Uint8Array>;
    isWaiting = true;
    try {
      result = await chunks.next();
    } catch (cause) {
      if (cause instanceof EnvelopeError) throw cause;
      throw new EnvelopeError('file-unreadable', 'the stream failed', { cause });
    } finally {
      isWaiting = false;
    }
    if (result.done) return undefined;
    if (result.value instanceof Uint8Array) return result.value;
    throw new EnvelopeError('bad-argument', 'the stream gave something else than bytes');
  }

  async function take({ start, end }: ByteRange): Promise<Bytes> {
    // Copied: what a stream hands out may be memory that it uses again.
    const taken = new Uint8Array(end - start);
    let filled = 0;
    while (filled < taken.length) {
      if (ahead.length === 0) {
        const chunk = await next();
        if (!chunk) throw wrongLength('ended before its ContentLength', start + filled);
        ahead = chunk;
      }
      const piece = ahead.subarray(0, taken.length - filled);
      taken.set(piece, filled);
      ahead = ahead.subarray(piece.length);
      filled += piece.length;
    }
    if (end === length) {
      const rest = ahead.length > 0 ? ahead : await nextNotEmpty();
      if (rest) throw wrongLength('goes on beyond its ContentLength', end + rest.length);
    }
    return taken;
  }

  async function nextNotEmpty(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = await next();
      if (chunk?.length !== 0) return chunk;
    }
  }

  const wrongLength = (what: string, got: number) =>
    new EnvelopeError('file-changed', `the stream ${what}`, { details: { expected: length, got } });

  return {
    length,
    read(range) {
      const taken = last.then(() => take(range));
      last = taken;
      return taken;
    },
    async close() {
      const ended = chunks.return?.()?.catch(() => {});
      // A generator, such as a Node stream's, ends behind the chunk that it owes, which may never come.
      if (!isWaiting) await ended;
    },
  };
}
