import { throwIfAborted } from '../core/errors.ts';
import { createFetching, type FetchRequest } from './fetching.ts';
import type { Sink } from './sinks/sink.ts';

export interface TransferRequest extends Omit<FetchRequest, 'write' | 'recall'> {
  readonly sink: Sink;
  readonly signal: AbortSignal;
  readonly onSaving: () => void;
}

/**
 * Fetches an object in ranges, several at once, opens each and writes it to the sink; delivers only what has
 * been verified to its end. When it rejects, the sink has been discarded and nothing was handed over.
 */
export async function downloadObject({ sink, signal, onSaving, ...request }: TransferRequest): Promise<void> {
  try {
    await createFetching({ ...request, write: sink.write.bind(sink) }).run(signal);
    throwIfAborted(signal);
    onSaving();
    await sink.deliver();
  } catch (error) {
    await sink.discard();
    throw error;
  }
}
