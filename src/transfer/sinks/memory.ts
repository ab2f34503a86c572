import type { Bytes } from '../../core/bytes.ts';
import { EnvelopeError } from '../../core/errors.ts';
import { handOver } from './hand-over.ts';
import type { Sink, SinkRequest } from './sink.ts';

/** Bytes a browser can be trusted to hold at once, phones included. */
export const memoryCeiling = 256 * 1024 ** 2;

/** Collects the file in memory: the way that works everywhere, for files below the ceiling. */
export function collectInMemory({ name, size }: SinkRequest): Sink {
  if (size > memoryCeiling) {
    throw new EnvelopeError('device-full', 'too large for memory', {
      details: { needed: size, inMemory: memoryCeiling },
    });
  }
  const parts = new Map<number, Blob>();
  return {
    async write(position, bytes) {
      parts.set(position, await toBlob(bytes));
    },
    async deliver() {
      const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part);
      handOver(new Blob(inOrder), name);
    },
    async discard() {
      parts.clear();
    },
  };
}

/**
 * A Blob of a copy of these bytes. Made through a stream, whose bytes go to where the browser keeps blobs at
 * once: `new Blob` copies them into memory of the page first, at more than twice the processor time in Chromium.
 */
function toBlob(bytes: Bytes): Promise<Blob> {
  const stream = new ReadableStream<Bytes>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  return new Response(stream).blob();
}
