import { EnvelopeError, throwIfAborted } from '../core/errors.ts';
import type { ByteRange, Metadata, ObjectEncryptor } from '../core/object.ts';
import type { ObjectHead, ObjectStore, SendOptions, SentPart } from '../store/store.ts';
import { planParts } from './plan.ts';
import { withRetry } from './retry.ts';
import type { Slots } from './slots.ts';
import { readRange } from './source.ts';

export interface UploadRequest {
  readonly file: Blob;
  readonly key: string;
  readonly encryptor: ObjectEncryptor;
  /** Stored beside the encryptor's own. */
  readonly metadata: Metadata;
  readonly store: ObjectStore;
  /** Shared by all uploads: what holds a slot is in memory, so the slots bound the memory. */
  readonly slots: Slots;
  readonly signal: AbortSignal;
  /** Bytes of the object that have left so far. */
  readonly onSent: (bytes: number) => void;
  readonly onFinishing: () => void;
  readonly onOffline: (offline: boolean) => void;
}

/** Parts of one file on their way at once. */
const lanes = 4;

/**
 * Seals a file and stores it, each part read, sealed, digested and sent on its own, several at once. When it
 * rejects, nothing of the file is left in the store. The object is looked at once more at the end: what HEAD
 * tells must be what was sent.
 */
export async function uploadObject(request: UploadRequest): Promise<ObjectHead> {
  const { encryptor, store, key, signal, onOffline } = request;
  const metadata = { ...request.metadata, ...encryptor.metadata };
  const parts = planParts(encryptor.plaintextLength, encryptor.granularity);
  try {
    const only = parts.length === 1 ? parts[0] : undefined;
    if (only) await uploadWhole(request, only, metadata);
    else await uploadParts(request, parts, metadata);
    const head = await withRetry(() => store.head(key, signal), { signal, onOffline });
    checkStored(head, encryptor.objectLength, metadata);
    return head;
  } catch (error) {
    // A request that was given up may have been carried out all the same.
    await atLast(() => store.remove(key));
    throw error;
  }
}

async function uploadWhole(request: UploadRequest, range: ByteRange, metadata: Metadata): Promise<void> {
  const { store, key, slots, signal, onSent, onFinishing, onOffline } = request;
  await slots.run(async () => {
    const { body, sha256 } = await sealPart(request, range, signal);
    const options = { sha256, signal, onProgress: onceAllLeft(body.size, onSent, onFinishing) };
    await withRetry(() => store.put(key, body, metadata, options), { signal, onOffline });
  }, signal);
}

async function uploadParts(
  request: UploadRequest,
  ranges: readonly ByteRange[],
  metadata: Metadata,
): Promise<void> {
  const { store, key, signal, onOffline } = request;
  const retry = { signal, onOffline };
  const uploadId = await withRetry(() => store.createUpload(key, metadata), retry);
  try {
    throwIfAborted(signal);
    const parts = await sendParts(request, ranges, uploadId);
    await withRetry(() => store.completeUpload(key, uploadId, parts, signal), retry).catch(
      (error: unknown) => {
        // The answer to a first try was lost: S3 has finished, and HEAD will tell.
        if (!(error instanceof EnvelopeError && error.code === 'upload-gone')) throw error;
      },
    );
  } catch (error) {
    await atLast(() => store.abortUpload(key, uploadId));
    throw error;
  }
}

/** All parts, in the order of their numbers; when it rejects, none is on its way any more. */
async function sendParts(
  request: UploadRequest,
  ranges: readonly ByteRange[],
  uploadId: string,
): Promise<readonly SentPart[]> {
  const { store, key, slots, onOffline } = request;
  // One part that fails ends the others, and the last part's wait for them.
  const failure = new AbortController();
  const signal = AbortSignal.any([request.signal, failure.signal]);
  const report = onceAllLeft(request.encryptor.objectLength, request.onSent, request.onFinishing);
  const left = new Array<number>(ranges.length).fill(0);
  let leftInAll = 0;
  const parts: SentPart[] = [];

  async function send(index: number, range: ByteRange): Promise<void> {
    const { body, sha256 } = await sealPart(request, range, signal);
    const options: SendOptions = {
      sha256,
      signal,
      onProgress(bytes) {
        leftInAll += bytes - (left[index] ?? 0);
        left[index] = bytes;
        report(leftInAll);
      },
    };
    parts[index] = await withRetry(() => store.sendPart(key, uploadId, index + 1, body, options), {
      signal,
      onOffline,
    });
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
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  if (failure.signal.aborted) throw failure.signal.reason;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return parts;
}

/** Cleans up without hiding why; where even this fails, the bucket's lifecycle rule does it later. */
async function atLast(cleanUp: () => Promise<void>): Promise<void> {
  await withRetry(cleanUp, { signal: AbortSignal.timeout(30_000) }).catch(() => {});
}

async function sealPart(
  { file, encryptor }: UploadRequest,
  range: ByteRange,
  signal: AbortSignal,
): Promise<{ body: Blob; sha256: Uint8Array<ArrayBuffer> }> {
  throwIfAborted(signal);
  const bytes = await readRange(file, range);
  const sealed = await unlessAborted(encryptor.seal(range.start, bytes, bytes), signal);
  const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', sealed));
  return { body: new Blob([sealed]), sha256 };
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

function onceAllLeft(size: number, onSent: (bytes: number) => void, onFinishing: () => void) {
  return (bytes: number) => {
    onSent(bytes);
    if (bytes >= size) onFinishing();
  };
}

/** What is stored must be what was sent, and every header that opens it again must be visible to scripts. */
function checkStored(head: ObjectHead, objectLength: number, metadata: Metadata): void {
  if (head.size !== objectLength) {
    throw new EnvelopeError('length-mismatch', 'S3 holds another length than was sent', {
      details: { expected: objectLength, got: head.size },
    });
  }
  for (const [name, value] of Object.entries(metadata)) {
    const stored = head.metadata[name];
    if (stored === value) continue;
    const header = `x-amz-meta-${name}`;
    if (stored === undefined) {
      throw new EnvelopeError('cors-header-hidden', `the bucket's CORS rule does not expose ${header}`, {
        details: { header },
      });
    }
    throw new EnvelopeError('metadata-invalid', `S3 holds another ${header} than was sent`, {
      details: { header },
    });
  }
}
