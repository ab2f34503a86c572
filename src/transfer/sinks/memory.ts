import { EnvelopeError } from '../../core/errors.ts';
import { handOver } from './hand-over.ts';
import type { Sink, SinkRequest } from './sink.ts';

/** Bytes a browser can be trusted to hold at once, phones included. */
export const memoryCeiling = 256 * 1024 ** 2;

/** Collects the file in memory: the way that works everywhere, for files below the ceiling. */
export function collectInMemory({ name, size }: SinkRequest): Sink {
  if (size > memoryCeiling) {
    throw new EnvelopeError('device-full', 'the file is too large to collect in memory', {
      details: { needed: size, available: memoryCeiling },
    });
  }
  const parts = new Map<number, Blob>();
  return {
    async write(position, bytes) {
      parts.set(position, new Blob([bytes]));
    },
    async deliver() {
      const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part);
      handOver(new Blob(inOrder, { type: 'application/octet-stream' }), name);
    },
    async discard() {
      parts.clear();
    },
  };
}
