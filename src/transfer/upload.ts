import { EnvelopeError } from '../core/errors.ts';
import type { Metadata, ObjectEncryptor } from '../core/object.ts';
import type { ObjectHead, ObjectStore } from '../store/store.ts';
import { planParts } from './plan.ts';
import { withRetry } from './retry.ts';
import { atLast, sendObject } from './send.ts';
import type { Slots } from './slots.ts';
import { readRange } from './source.ts';

export interface UploadRequest {
  readonly file: Blob;
  /** Of an object that nobody else has a claim to: it is removed when the upload fails. */
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
 * Seals a file and stores it under a new key. When it rejects, nothing of the file is left in the store. The
 * object is looked at once more at the end: what HEAD tells must be what was sent.
 */
export async function uploadObject(request: UploadRequest): Promise<ObjectHead> {
  const { file, encryptor, store, key, signal, onOffline } = request;
  const metadata = { ...request.metadata, ...encryptor.metadata };
  const parts = planParts(encryptor.plaintextLength, encryptor.granularity);
  try {
    await sendObject({ ...request, read: (range) => readRange(file, range), metadata, parts, lanes });
    const head = await withRetry(() => store.head(key, signal), { signal, onOffline });
    checkStored(head, encryptor.objectLength, metadata);
    return head;
  } catch (error) {
    // A request that was given up may have been carried out all the same.
    await atLast(() => store.remove(key));
    throw error;
  }
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
