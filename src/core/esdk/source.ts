import type { Bytes } from '../bytes.ts';
import { type Parsing, truncated } from './parsing.ts';

/** A stream of bytes from which pieces of known length are taken. */
export interface ByteSource {
  /** The next `length` bytes, left in place; fewer where the stream ends. A view, never written to again. */
  peek(length: number): Promise<Bytes>;
  /** Passes over bytes that were peeked at. */
  drop(length: number): void;
  cancel(reason: unknown): Promise<void>;
  /** Whether this is what the stream itself failed with, which is no error of ours. */
  failedWith(error: unknown): boolean;
}

/** Pieces are put together up to this many bytes, so that a stream of single bytes takes no more memory than others. */
const smallPiece = 4096;

/**
 * Holds what was peeked at and no more; memory grows with what arrives, never with what a length claims. Chunks are
 * kept, not copied: nobody may write to them any more.
 */
export function createByteSource(stream: ReadableStream<Bytes>): ByteSource {
  const reader = stream.getReader();
  let chunks: Bytes[] = [];
  let total = 0;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;

  async function read(): Promise<ReadableStreamReadResult<Bytes>> {
    try {
      return await reader.read();
    } catch (error) {
      failure = { error };
      throw error;
    }
  }

  async function pull(): Promise<void> {
    const { done, value: chunk } = await read();
    if (done) {
      ended = true;
      return;
    }
    if (chunk.length === 0) return;
    keep(chunk);
    total += chunk.length;
  }

  /** Joins pieces with one of their own length or less before them: no byte is copied more than a few times. */
  function keep(chunk: Bytes): void {
    let piece = chunk;
    for (let last = chunks.at(-1); last; last = chunks.at(-1)) {
      if (last.length > piece.length || last.length + piece.length > smallPiece) break;
      chunks.pop();
      piece = join([last, piece], last.length + piece.length);
    }
    chunks.push(piece);
  }

  function drop(length: number): void {
    let left = length;
    while (left > 0) {
      const [first] = chunks;
      if (!first) return;
      if (first.length > left) chunks[0] = first.subarray(left);
      else chunks.shift();
      const dropped = Math.min(left, first.length);
      total -= dropped;
      left -= dropped;
    }
  }

  return {
    async peek(length) {
      while (total < length && !ended) await pull();
      const [first] = chunks;
      if (first && first.length >= length) return first.subarray(0, length);
      const whole = join(chunks, total);
      chunks = whole.length > 0 ? [whole] : [];
      return whole.subarray(0, length);
    },
    drop,
    cancel: (reason) => reader.cancel(reason),
    failedWith: (error) => failure !== undefined && failure.error === error,
  };
}

/** A list of any length, which arguments of a call could not be. */
function join(chunks: readonly Bytes[], length: number): Bytes {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Parses what comes next; whatever was parsed stays in place. */
export async function parseNext<T>(parsing: Parsing<T>, source: ByteSource): Promise<T> {
  let bytes: Bytes = new Uint8Array();
  let step = parsing.next(bytes);
  while (!step.done) {
    bytes = await source.peek(step.value);
    if (bytes.length < step.value) throw truncated(step.value - bytes.length);
    step = parsing.next(bytes);
  }
  return step.value;
}
