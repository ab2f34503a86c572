import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError, throwIfAborted } from '../core/errors.ts';
import { leaveMemory } from '../core/memory.ts';
import type { ByteRange, Metadata, ObjectEncryptor } from '../core/object.ts';
import type { ObjectStore, SendOptions, SentPart, Stored } from '../store/store.ts';
import { withRetry } from './retry.ts';
import { createSlots, type Slots } from './slots.ts';

export interface SendRequest {
  /** A range of the plaintext, into memory that is the caller's to overwrite. Asked for in order, once each. */
  readonly read: (range: ByteRange) => Promise<Bytes>;
  readonly key: string;
  readonly encryptor: ObjectEncryptor;
  /** All that is stored beside the body, the encryptor's own included. */
  readonly metadata: Metadata;
  readonly store: Pick<ObjectStore, 'put' | 'createUpload' | 'sendPart' | 'completeUpload' | 'abortUpload'>;
  /** The plaintext's ranges, one for each part; a single one is sent without parts. */
  readonly parts: readonly ByteRange[];
  /** Parts on their way at once. */
  readonly lanes: number;
  /** Shared by all uploads: what holds a slot is in memory, so the slots bound the memory. */
  readonly slots: Slots;
  readonly signal: AbortSignal;
  /** Bytes of the object that have left so far. */
  readonly onSent?: (bytes: number) => void;
  readonly onFinishing?: () => void;
  readonly onOffline?: (offline: boolean) => void;
  /** Done right before the object takes its place. */
  readonly beforeCommit?: () => Promise<void>;
}

/**
 * Seals an object and stores it, each part read, sealed, digested and sent on its own, several at once. When it
 * rejects, no part of it is left, and none is on its way any more. Undefined where S3 has finished the object
 * and its answer was lost: HEAD tells.
 */
export function sendObject(request: SendRequest): Promise<Stored | undefined> {
  const [only, ...others] = request.parts;
  return only && others.length === 0 ? sendWhole(request, only) : sendInParts(request);
}

/**
 * Parts are sealed and digested one at a time, of all uploads: the first is on its way soonest, and the others
 * follow. In turn, so an upload's last part, which waits for its others, comes after them.
 */
const sealing = createSlots(1);

function sendWhole(request: SendRequest, range: ByteRange): Promise<Stored> {
  const { store, key, metadata, slots, signal } = request;
  return slots.run(async () => {
    const { body, sha256 } = await sealPart(request, range, await request.read(range), signal);
    await request.beforeCommit?.();
    const options = { sha256, signal, onProgress: untilAllLeft(request, body.length) };
    const stored = await withRetry(() => store.put(key, body, metadata, options), retryOf(request));
    leaveMemory(body);
    return stored;
  }, signal);
}

async function sendInParts(request: SendRequest): Promise<Stored | undefined> {
  const { store, key, metadata, signal } = request;
  const retry = retryOf(request);
  const created = withRetry(() => store.createUpload(key, metadata), retry);
  try {
    // The first parts are made ready meanwhile.
    const parts = await sendParts(request, created);
    const uploadId = await created;
    await request.beforeCommit?.();
    return await withRetry(() => store.completeUpload(key, uploadId, parts, signal), retry).catch(
      (error: unknown) => {
        // The answer to a first try was lost: S3 has finished.
        if (error instanceof EnvelopeError && error.code === 'upload-gone') return undefined;
        throw error;
      },
    );
  } catch (error) {
    const uploadId = await created.catch(() => undefined);
    if (uploadId !== undefined) await atLast(() => store.abortUpload(key, uploadId));
    throw error;
  }
}

/** All parts, in the order of their numbers; when it rejects, none is on its way any more. */
async function sendParts(request: SendRequest, created: Promise<string>): Promise<readonly SentPart[]> {
  const { store, key, slots, parts: ranges, encryptor } = request;
  // One part that fails ends the others, and the last part's wait for them.
  const failure = new AbortController();
  const signal = AbortSignal.any([request.signal, failure.signal]);
  const report = untilAllLeft(request, encryptor.objectLength);
  const left = new Array<number>(ranges.length).fill(0);
  let leftInAll = 0;
  const parts: SentPart[] = [];
  // One part at a time, while the one before it is sealed.
  const reading = createSlots(1);

  async function send(index: number, range: ByteRange): Promise<void> {
    const bytes = await reading.run(() => request.read(range), signal);
    const { body, sha256 } = await sealPart(request, range, bytes, signal);
    const uploadId = await created;
    throwIfAborted(signal);
    const onProgress = (bytes: number) => {
      leftInAll += bytes - (left[index] ?? 0);
      left[index] = bytes;
      report(leftInAll);
    };
    const options: SendOptions = { sha256, signal, onProgress };
    const retry = { ...retryOf(request), signal };
    parts[index] = await withRetry(() => store.sendPart(key, uploadId, index + 1, body, options), retry);
    leaveMemory(body);
  }

  const remaining = ranges.entries();
  async function lane(): Promise<void> {
    try {
      for (const [index, range] of remaining) await slots.run(() => send(index, range), signal);
    } catch (error) {
      if (!signal.aborted) failure.abort(error);
      throw error;
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: request.lanes }, lane));
  if (failure.signal.aborted) throw failure.signal.reason;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return parts;
}

/** Cleans up without hiding why; where even this fails, the bucket's lifecycle rule does it later. */
export async function atLast(cleanUp: () => Promise<void>): Promise<void> {
  await withRetry(cleanUp, { signal: AbortSignal.timeout(30_000) }).catch(() => {});
}

function sealPart(
  { encryptor }: SendRequest,
  { start }: ByteRange,
  bytes: Bytes,
  signal: AbortSignal,
): Promise<{ body: Bytes; sha256: Bytes }> {
  return sealing.run(async () => {
    const body = await unlessAborted(encryptor.seal(start, bytes, bytes), signal);
    const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
    return { body, sha256 };
  }, signal);
}

/** The last range waits for the others inside `seal`; if they fail, it must not wait for ever. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () =>
      reject(new EnvelopeError('cancelled', 'cancelled while sealing', { cause: signal.reason }));
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function untilAllLeft({ onSent, onFinishing }: SendRequest, size: number) {
  return (bytes: number) => {
    onSent?.(bytes);
    if (bytes >= size) onFinishing?.();
  };
}

function retryOf({ signal, onOffline }: SendRequest) {
  return { signal, ...(onOffline && { onOffline }) };
}
