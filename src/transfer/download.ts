import { EnvelopeError, throwIfAborted } from '../core/errors.ts';
import { leaveMemory } from '../core/memory.ts';
import type { ByteRange, ObjectDecryptor } from '../core/object.ts';
import type { ObjectHead, ReadableStore } from '../store/store.ts';
import { planParts } from './plan.ts';
import { withRetry } from './retry.ts';
import type { Sink } from './sinks/sink.ts';
import type { Slots } from './slots.ts';

export interface TransferRequest {
  readonly store: Pick<ReadableStore, 'read'>;
  readonly head: ObjectHead;
  readonly decryptor: ObjectDecryptor;
  readonly sink: Sink;
  /** Shared by all downloads, to bound the memory. */
  readonly slots: Slots;
  /** Ranges on their way at once, 4 unless given. */
  readonly lanes?: number;
  readonly signal: AbortSignal;
  /** Bytes of the object that have arrived so far. */
  readonly onReceived: (bytes: number) => void;
  readonly onVerifying: () => void;
  readonly onSaving: () => void;
  readonly onOffline: (offline: boolean) => void;
}

const defaultLanes = 4;

/**
 * Fetches an object in ranges, several at once, opens each and writes it to the sink; delivers only what has
 * been verified to its end. When it rejects, the sink has been discarded and nothing was handed over.
 */
export async function downloadObject(request: TransferRequest): Promise<void> {
  const { decryptor, sink, signal } = request;
  try {
    await fetchAll(request, planParts(decryptor.plaintextLength, decryptor.granularity));
    throwIfAborted(signal);
    request.onVerifying();
    await decryptor.verify();
    throwIfAborted(signal);
    request.onSaving();
    await sink.deliver();
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

async function fetchAll(request: TransferRequest, ranges: readonly ByteRange[]): Promise<void> {
  const { store, head, decryptor, sink, slots, lanes = defaultLanes, onReceived, onOffline } = request;
  const failure = new AbortController();
  const signal = AbortSignal.any([request.signal, failure.signal]);
  let received = 0;

  async function fetchRange(range: ByteRange): Promise<void> {
    const wanted = decryptor.objectRange(range);
    let soFar = 0;
    const onProgress = (bytes: number) => {
      received += bytes - soFar;
      soFar = bytes;
      onReceived(received);
    };
    const body = await withRetry(
      () => store.read(head.key, wanted, { etag: head.etag, signal, onProgress }),
      {
        signal,
        onOffline,
      },
    );
    const plaintext = await decryptor.open(range.start, body, body);
    if (plaintext.length !== range.end - range.start) {
      throw new EnvelopeError('length-mismatch', 'a range opened to another length');
    }
    throwIfAborted(signal);
    await sink.write(range.start, plaintext);
    leaveMemory(plaintext);
  }

  const remaining = ranges.values();
  async function lane(): Promise<void> {
    try {
      for (const range of remaining) await slots.run(() => fetchRange(range), signal);
    } catch (error) {
      if (!signal.aborted) failure.abort(error);
      throw error;
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  if (failure.signal.aborted) throw failure.signal.reason;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
