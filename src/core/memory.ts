import type { Bytes } from './bytes.ts';
import { EnvelopeError } from './errors.ts';

/*
 * Memory for large buffers. A browser returns their memory to the system and takes the next one's anew, page by
 * page and zeroed: for parts of 8 MiB that costs as much processor time as sealing them. And what waits for the
 * garbage collector is memory too, as much as went by since it last came.
 */

/** Never more than were in use at once. */
let spare: ArrayBuffer[] = [];

/** Milliseconds after which memory that nobody took is let go. */
const patience = 5000;
let letGo: ReturnType<typeof setTimeout> | undefined;

/** What a sealed part may be longer than its plaintext: a header, frames' numbers and tags, 64 bytes for each MiB. */
const roomFor = (length: number) => 2048 + Math.ceil(length / 2 ** 14);

/**
 * So many bytes of any content, which nobody else holds. Their buffer is longer, and nobody else holds the rest of
 * it either: what is sealed in place grows into it.
 */
export function takeMemory(length: number): Bytes {
  for (let buffer = spare.pop(); buffer; buffer = spare.pop()) {
    if (buffer.byteLength >= length) return new Uint8Array(buffer, 0, length);
  }
  return new Uint8Array(new ArrayBuffer(length + roomFor(length)), 0, length);
}

/** The bytes and what their buffer has behind them. */
export function withRoom({ buffer, byteOffset }: Bytes): Bytes {
  return new Uint8Array(buffer, byteOffset);
}

/**
 * Leaves the whole buffer of `bytes` to whoever takes memory next. Views of it that somebody still has are empty
 * from now on, so that a mistake shows and never mixes two parts. Bytes that are lost to another thread are left alone.
 */
export function leaveMemory(bytes: Bytes): void {
  const { buffer } = whereNow(bytes);
  if (buffer.byteLength === 0) return;
  spare.push(structuredClone(buffer, { transfer: [buffer] }));
  clearTimeout(letGo);
  letGo = setTimeout(() => {
    spare = [];
  }, patience);
  // Node would wait for it.
  (letGo as { unref?: () => void }).unref?.();
}

const movedTo = new WeakMap<Bytes, Bytes>();

/** Notes that what was at `from` has gone to another thread, and come back as `to`. */
export function memoryMoved(from: Bytes, to: Bytes): void {
  movedTo.set(from, to);
}

/** Where the bytes are that were once at `bytes`. Of no length where they are lost. */
export function whereNow(bytes: Bytes): Bytes {
  const next = movedTo.get(bytes);
  return next ? whereNow(next) : bytes;
}

const { port1: nowhere, port2: end } = new MessageChannel();
end.close();

/**
 * Gives the whole buffer of `bytes` back at once: sent to where nobody listens, it is dropped on the way. (What
 * `transfer(0)` lets go of, Chromium keeps until the collector comes, and no longer counts as a reason to come,
 * where the buffer is one that WebCrypto or a FileReader made.)
 */
export function freeMemory({ buffer }: Bytes): void {
  nowhere.postMessage(null, [buffer]);
}

/**
 * A part of what is worked on while its owner could transfer it away. What was transferred has no bytes left, and must
 * not pass for an empty part: throws `bad-argument`.
 */
export function cut(bytes: Bytes, from: number, to: number): Bytes {
  if (bytes.length >= to) return bytes.subarray(from, to);
  throw new EnvelopeError('bad-argument', 'a buffer was taken away while it was in use');
}

/** Wipes the same; what was transferred is out of reach, and filling it would throw. */
export function wipe(bytes: Bytes): void {
  if (bytes.length > 0) bytes.fill(0);
}

/** Chromium (156) collects the stream of a Blob that only waits for bytes as garbage, and the wait never ends. */
const beingRead = new Set<ReadableStream>();

/**
 * Reads a stream to its end into `memory`, which the stream may move to another buffer: use what is returned,
 * the bytes that came, in the memory's beginning. Undefined when more came than there is room for. Rejects with the
 * signal's reason once that aborts.
 */
export async function readInto(
  stream: ReadableStream<Uint8Array>,
  memory: Bytes,
  onProgress?: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<Bytes | undefined> {
  const filler = fillingReader(stream);
  const reader = filler ?? stream.getReader();
  // Waiting reads end with it; not every stream is of a request that the same signal ends.
  const stop = () => void reader.cancel(signal?.reason).catch(() => {});
  beingRead.add(stream);
  signal?.addEventListener('abort', stop);
  try {
    signal?.throwIfAborted();
    const read = await (filler
      ? fill(filler, memory, onProgress)
      : copy(reader as ReadableStreamDefaultReader<Uint8Array>, memory, onProgress));
    signal?.throwIfAborted();
    return read;
  } finally {
    signal?.removeEventListener('abort', stop);
    beingRead.delete(stream);
  }
}

/** For streams that write where they are told to; undefined for others (WebKit has none). */
function fillingReader(stream: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return stream.getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}

async function fill(
  reader: ReadableStreamBYOBReader,
  { buffer, byteOffset, length }: Bytes,
  onProgress?: (bytes: number) => void,
): Promise<Bytes | undefined> {
  let filled = 0;
  try {
    let home = buffer;
    while (filled < length) {
      const { done, value } = await reader.read(new Uint8Array(home, byteOffset + filled, length - filled));
      if (!value) throw new Error('the stream was cancelled');
      home = value.buffer;
      filled += value.length;
      if (done) return new Uint8Array(home, byteOffset, filled);
      onProgress?.(filled);
    }
    const { done } = await reader.read(new Uint8Array(1));
    if (done) return new Uint8Array(home, byteOffset, filled);
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error;
  }
  await reader.cancel();
  return undefined;
}

async function copy(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  memory: Bytes,
  onProgress?: (bytes: number) => void,
): Promise<Bytes | undefined> {
  let filled = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return memory.subarray(0, filled);
      if (filled + value.length > memory.length) break;
      memory.set(value, filled);
      filled += value.length;
      onProgress?.(filled);
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error;
  }
  await reader.cancel();
  return undefined;
}
