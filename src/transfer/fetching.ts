import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError, throwIfAborted } from '../core/errors.ts';
import { leaveMemory } from '../core/memory.ts';
import type { ByteRange, ObjectDecryptor } from '../core/object.ts';
import type { Slots } from '../core/slots.ts';
import type { ObjectHead, ReadableStore } from '../store/store.ts';
import { inLanes } from './lanes.ts';
import { planRanges } from './plan.ts';
import { withRetry } from './retry.ts';

export interface FetchRequest {
  readonly store: Pick<ReadableStore, 'read'>;
  readonly head: ObjectHead;
  readonly decryptor: ObjectDecryptor;
  /** Takes the opened bytes of a range, which are its own then. Unverified until `run` resolves. */
  readonly write: (start: number, plaintext: Bytes) => Promise<void>;
  /**
   * The plaintext of a range that an earlier page has written already, undefined where there is none that can be
   * relied on.
   */
  readonly recall?: ((range: ByteRange) => Promise<Bytes | undefined>) | undefined;
  /** Shared by all downloads, to bound the memory. */
  readonly slots: Slots;
  /** Ranges on their way at once, 4 unless given. */
  readonly lanes?: number | undefined;
  /** Told with every range that is asked for. */
  readonly onFetching?: () => void;
  /** Bytes of the object that have arrived so far; fewer again where a request broke off. */
  readonly onReceived: (bytes: number) => void;
  readonly onVerifying: () => void;
  readonly onOffline: (offline: boolean) => void;
}

export interface Fetching {
  /**
   * Fetches every range that has not been written yet, several at once, and verifies the whole. Once it has
   * rejected it may be called again: it goes on from where it stands. What has arrived when the signal is
   * aborted is still written.
   */
  run(signal: AbortSignal): Promise<void>;
}

export const defaultLanes = 4;

/** The ranges of one object, each fetched once. */
export function createFetching(request: FetchRequest): Fetching {
  const { store, head, decryptor, slots, lanes = defaultLanes, recall, onReceived, onOffline } = request;
  const { plaintextLength, granularity, objectLength } = decryptor;
  const missing = new Set(planRanges(plaintextLength, granularity, objectLength));
  let received = 0;

  function count(bytes: number): void {
    if (bytes === 0) return;
    received += bytes;
    onReceived(received);
  }

  async function fetchRange(range: ByteRange, signal: AbortSignal): Promise<void> {
    const wanted = decryptor.objectRange(range);
    let soFar = 0;
    const onProgress = (bytes: number) => {
      count(bytes - soFar);
      soFar = bytes;
    };
    request.onFetching?.();
    try {
      const body = await withRetry(
        () => store.read(head.key, wanted, { etag: head.etag, signal, onProgress }),
        { signal, onOffline },
      );
      const plaintext = await decryptor.open(range.start, body, body);
      if (plaintext.length !== range.end - range.start) {
        throw new EnvelopeError('length-mismatch', 'a range opened to another length');
      }
      await request.write(range.start, plaintext);
      leaveMemory(plaintext);
    } catch (error) {
      count(-soFar);
      throw error;
    }
  }

  async function recalled(range: ByteRange): Promise<boolean> {
    // The end of the object brings the tag, which is nowhere else.
    if (!decryptor.recall || range.end === decryptor.plaintextLength) return false;
    const plaintext = await recall?.(range);
    if (!plaintext) return false;
    await decryptor.recall(range.start, plaintext);
    leaveMemory(plaintext);
    const { start, end } = decryptor.objectRange(range);
    count(end - start);
    return true;
  }

  return {
    async run(signal) {
      await inLanes([...missing], lanes, signal, (range, signal) =>
        slots.run(async () => {
          if (!(await recalled(range))) await fetchRange(range, signal);
          missing.delete(range);
        }, signal),
      );
      throwIfAborted(signal);
      request.onVerifying();
      await decryptor.verify();
    },
  };
}
