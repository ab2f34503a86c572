import type { Bytes } from '../core/bytes.ts';
import { asEnvelopeError, EnvelopeError } from '../core/errors.ts';
import type { ByteRange, ObjectDecryptor } from '../core/object.ts';
import type { UnauthenticatedDecryptor } from '../core/s3ec/s3ec.ts';
import { createSlots } from '../core/slots.ts';
import type { ObjectHead, ReadableStore } from '../store/store.ts';
import { downloadObject } from '../transfer/download.ts';
import { planRanges } from '../transfer/plan.ts';
import { withRetry } from '../transfer/retry.ts';
import type { Sink } from '../transfer/sinks/sink.ts';

/**
 * The plaintext, fetched when it is asked for and anew each time. Names and forms are those of the AWS SDK's
 * bodies. Where the object can be verified, no byte comes out before the whole of it has been.
 */
export interface DecryptedBody {
  /** Takes the plaintext's length of memory. */
  transformToByteArray(): Promise<Bytes>;
  /** As UTF-8. */
  transformToString(): Promise<string>;
  /** Takes the plaintext's length of memory, or of what the browser keeps large Blobs in. */
  transformToBlob(): Promise<Blob>;
  /**
   * Takes up to `bufferSize` of memory: a longer object is fetched twice, once to verify it, keeping a digest of
   * each range, and once to hand over what has these digests.
   */
  transformToWebStream(): ReadableStream<Bytes>;
}

export interface BodyRequest {
  readonly store: Pick<ReadableStore, 'read'>;
  readonly head: ObjectHead;
  readonly signal: AbortSignal;
  /** Ranges of 8 MiB on their way at once. */
  readonly concurrency: number;
  readonly bufferSize: number;
  /** Bytes of the object that have arrived so far. */
  readonly onReceived: (bytes: number) => void;
}

/** @param newDecryptor one for each time that the object is read */
export function createVerifiedBody(request: BodyRequest, newDecryptor: () => ObjectDecryptor): DecryptedBody {
  const { store, head, signal, concurrency, bufferSize } = request;
  const { plaintextLength, granularity, objectLength } = newDecryptor();
  const ranges = planRanges(plaintextLength, granularity, objectLength);
  const slots = createSlots(concurrency);
  const nothing = () => {};

  const readInto = (sink: Sink, within: AbortSignal) =>
    downloadObject({
      ...{ store, head, sink, slots, signal: within, lanes: concurrency },
      decryptor: newDecryptor(),
      onReceived: request.onReceived,
      onVerifying: nothing,
      onSaving: nothing,
      onOffline: nothing,
    });

  async function bytes(within = signal): Promise<Bytes> {
    const whole = allocate(plaintextLength);
    await readInto(
      {
        async write(position, part) {
          whole.set(part, position);
        },
        async deliver() {},
        async discard() {
          whole.fill(0);
        },
      },
      within,
    );
    return whole;
  }

  async function blob(): Promise<Blob> {
    const parts = new Map<number, Blob>();
    await readInto(
      {
        async write(position, part) {
          parts.set(position, new Blob([part]));
        },
        async deliver() {},
        async discard() {
          parts.clear();
        },
      },
      signal,
    );
    return new Blob([...parts].sort(([a], [b]) => a - b).map(([, part]) => part));
  }

  /** What verified plaintext looks like, range by range. */
  async function digests(within: AbortSignal): Promise<ReadonlyMap<number, string>> {
    const found = new Map<number, string>();
    const write = async (position: number, part: Bytes) => {
      found.set(position, await digestOf(part));
    };
    await readInto({ write, async deliver() {}, discard: async () => found.clear() }, within);
    return found;
  }

  async function* twice(within: AbortSignal): AsyncGenerator<Bytes> {
    const verified = await digests(within);
    const again = newDecryptor();
    yield* inOrder(ranges, concurrency, async (range) => {
      const body = await withRetry(
        () => store.read(head.key, again.objectRange(range), { etag: head.etag, signal: within }),
        { signal: within },
      );
      const plaintext = await again.open(range.start, body, body);
      if ((await digestOf(plaintext)) === verified.get(range.start)) return plaintext;
      plaintext.fill(0);
      throw new EnvelopeError('tag-mismatch', 'the object came out otherwise than when it was verified');
    });
  }

  async function* once(within: AbortSignal): AsyncGenerator<Bytes> {
    yield await bytes(within);
  }

  return {
    transformToByteArray: () => bytes(),
    transformToString: async () => new TextDecoder().decode(await bytes()),
    transformToBlob: blob,
    transformToWebStream: () => streamOf(plaintextLength > bufferSize ? twice : once, signal),
  };
}

/** What nothing verifies, now or later. */
export function createUnverifiedBody(
  { store, head, signal, concurrency, onReceived }: BodyRequest,
  decryptor: UnauthenticatedDecryptor,
  wanted: ByteRange,
): DecryptedBody {
  const ranges = planRanges(wanted.end - wanted.start, 1).map(({ start, end }) => ({
    start: wanted.start + start,
    end: wanted.start + end,
  }));

  function chunks(within: AbortSignal): AsyncGenerator<Bytes> {
    let received = 0;
    return inOrder(ranges, concurrency, async (range) => {
      const body = await withRetry(
        () => store.read(head.key, decryptor.objectRange(range), { etag: head.etag, signal: within }),
        { signal: within },
      );
      received += body.length;
      onReceived(received);
      return decryptor.open(range, body);
    });
  }

  async function blob(): Promise<Blob> {
    const parts: Bytes[] = [];
    for await (const part of chunks(signal)) parts.push(part);
    return new Blob(parts);
  }
  const bytes = async () => new Uint8Array(await (await blob()).arrayBuffer());

  return {
    transformToByteArray: bytes,
    transformToString: async () => new TextDecoder().decode(await bytes()),
    transformToBlob: blob,
    transformToWebStream: () => streamOf(chunks, signal),
  };
}

/** Reads ahead, and gives the ranges in their order. */
export async function* inOrder(
  ranges: readonly ByteRange[],
  ahead: number,
  open: (range: ByteRange) => Promise<Bytes>,
): AsyncGenerator<Bytes> {
  const running: Promise<Bytes>[] = [];
  for (const range of ranges) {
    const opened = open(range);
    // Looked at when its turn comes, or never where one before it has failed.
    opened.catch(() => {});
    running.push(opened);
    if (running.length < ahead) continue;
    const next = await running.shift();
    if (next) yield next;
  }
  for (const last of running) yield await last;
}

/** Nothing is fetched before somebody reads; whoever stops reading stops the fetching. */
function streamOf(
  chunks: (signal: AbortSignal) => AsyncGenerator<Bytes>,
  signal: AbortSignal,
): ReadableStream<Bytes> {
  const stop = new AbortController();
  const iterator = chunks(AbortSignal.any([signal, stop.signal]));
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        try {
          const { done, value } = await iterator.next();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          stop.abort();
          throw asEnvelopeError(error);
        }
      },
      cancel() {
        stop.abort();
      },
    },
    { highWaterMark: 0 },
  );
}

function allocate(length: number): Bytes {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new EnvelopeError('device-full', 'the plaintext does not fit in memory; read it as a stream', {
      cause,
      details: { needed: length },
    });
  }
}

async function digestOf(bytes: Bytes): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).join();
}
