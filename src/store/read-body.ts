import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import { readInto, takeMemory } from '../core/memory.ts';
import { underWatch } from './stall.ts';

export interface BodyOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytes: number) => void;
  /** Milliseconds without a byte after which the connection counts as dropped. */
  readonly stallsAfter?: number | undefined;
}

/**
 * Reads a response body of known length. A body that ends early or goes on is an error: a connection that was cut
 * must never look like a short file. What is returned may lie in a longer buffer.
 */
export async function readBody(
  body: ReadableStream<Uint8Array> | null | undefined,
  length: number,
  { signal, onProgress, stallsAfter }: BodyOptions,
): Promise<Bytes> {
  let bytes: Bytes | undefined;
  try {
    bytes = body
      ? await underWatch({ signal, limit: stallsAfter }, (signal, watch) => {
          watch.moved();
          const onBytes = (count: number) => {
            watch.moved();
            onProgress?.(count);
          };
          return readInto(body, takeMemory(length), onBytes, signal);
        })
      : new Uint8Array(0);
  } catch (error) {
    if (signal?.aborted) throw new EnvelopeError('cancelled', 'reading was cancelled', { cause: error });
    throw new EnvelopeError('network-failed', 'the connection dropped while reading', { cause: error });
  }
  if (bytes?.length === length) return bytes;
  throw new EnvelopeError('network-failed', 'the answer has another length than was asked for', {
    details: { expected: length, ...(bytes && { got: bytes.length }) },
  });
}

/** The total length in `Content-Range: bytes 0-7/100`; undefined where it can't be read. */
export function totalOf(contentRange: string | null | undefined): number | undefined {
  const match = /^bytes \d+-\d+\/(\d+)$/.exec(contentRange ?? '');
  return match ? Number(match[1]) : undefined;
}
