import { concatBytes, toBase64 } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import type { ByteRange, Metadata, ObjectEncryptor } from '../core/object.ts';
import type { Slots } from '../core/slots.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import { canBuildLargeBodies } from '../store/large-body.ts';
import type { Condition, ObjectHead, ObjectStore, Stored } from '../store/store.ts';
import { onDisk } from './build-part.ts';
import type { Course } from './course.ts';
import { findObject } from './find-object.ts';
import { planParts } from './plan.ts';
import { withRetry } from './retry.ts';
import { inMemory } from './seal-part.ts';
import { lastPatience, sendOn } from './send.ts';
import { readRange } from './source.ts';

export interface UploadRequest {
  readonly file: Blob;
  readonly key: string;
  readonly encryptor: ObjectEncryptor;
  /** All that is stored beside the body, the encryptor's own included. */
  readonly metadata: Metadata;
  /** Bytes of plaintext in each part but the last, as `planParts` has it; stays what it was when the upload began. */
  readonly partBytes: number;
  readonly condition: Condition;
  readonly store: ObjectStore;
  readonly course: Course;
  /** Shared by all uploads: what holds a slot is in memory, so the slots bound the memory. */
  readonly slots: Slots;
  readonly signal: AbortSignal;
  /** Bytes that were sent on an earlier day and have been compared with the file by now. */
  readonly onChecked: (bytes: number) => void;
  /** Bytes of the object that have left so far. */
  readonly onSent: (bytes: number) => void;
  readonly onFinishing: () => void;
  readonly onOffline: (offline: boolean) => void;
}

/** Parts of one file on their way at once. */
const lanes = 4;

/**
 * Seals a file and stores it, from where its course stands. When it rejects, what S3 holds of it stays, for the
 * next try or for `discardObject`. The object is looked at once more at the end, unless S3 has said enough of it: what
 * HEAD tells must be what was sent.
 */
export async function uploadObject(request: UploadRequest): Promise<ObjectHead> {
  const { file, encryptor, metadata, store, key, course, signal, onOffline } = request;
  const parts = planParts(encryptor.plaintextLength, encryptor.granularity, {
    partBytes: request.partBytes,
  });
  const read = (range: ByteRange) => readRange(file, range);
  const maker = canBuildLargeBodies() ? onDisk : inMemory;
  const beforeCommit = async () => {
    if (noticesChanges || file.size <= readAtOnce) return;
    for (const range of parts) {
      const again = await maker.make({ parts, read, encryptor }, range, { signal, use: 'digested' });
      await again.leave();
    }
  };
  const stored = await sendOn({ ...request, parts, lanes, read, maker, beforeCommit }, course);
  const told = headOf(request, stored);
  if (told) return told;
  for (let look = 1; ; look++) {
    const head = await withRetry(() => store.head(key, signal), { signal, onOffline });
    try {
      checkLength(head, encryptor.objectLength);
      checkMetadata(head, metadata);
      await checkDigest(head, course, parts.length);
      shownBy(store).add(namesOf(metadata));
      return head;
    } catch (error) {
      // The answer to HEAD has no checksum of its own: what is wrong may be no more than that.
      if (look === looks) throw error;
    }
  }
}

const looks = 3;

/**
 * Whether the browser refuses to read on in a file that has become another since it was picked. Firefox (153) gives the
 * new bytes, so that an object could be half of one file and half of the other: there, all of it is read and sealed once
 * more before it takes its place, and the encryptor refuses what is not as it was.
 */
const noticesChanges = !('mozInnerScreenX' in globalThis);
/** Bytes that are read too fast for anything to come between. */
const readAtOnce = 1024 ** 2;

/** Names of metadata that HEAD has shown to a page: its CORS rule exposes them. */
const shown = new WeakMap<ObjectStore, Set<string>>();

function shownBy(store: ObjectStore): Set<string> {
  const names = shown.get(store) ?? new Set();
  shown.set(store, names);
  return names;
}

function namesOf(metadata: Metadata): string {
  return Object.keys(metadata).sort().join();
}

/**
 * What HEAD would tell, where the answer to PUT has the body's checksum and its metadata need no look: of thousands of
 * small files, each would wait for a second answer. The time is this device's, until S3 is asked for its list.
 */
function headOf(
  { store, key, encryptor, metadata, course }: UploadRequest,
  { etag, sha256 }: Stored,
): ObjectHead | undefined {
  const sent = course.digests.get(1);
  if (etag === undefined || !sent || sha256 !== toBase64(sent)) return undefined;
  if (!shownBy(store).has(namesOf(metadata))) return undefined;
  return { key, etag, sha256, size: encryptor.objectLength, lastModified: new Date(), metadata };
}

/**
 * Removes what S3 holds of an upload that is given up: its parts, and the object if that may have taken its place
 * where there was none before. What has taken another's place stays, since that one is gone: its head is returned.
 * Rejects where S3 could not be told, or asked, for half a minute: then something of it may be there.
 */
export async function discardObject({
  store,
  key,
  metadata,
  course,
  condition,
}: Pick<UploadRequest, 'store' | 'key' | 'metadata' | 'course' | 'condition'>): Promise<
  ObjectHead | undefined
> {
  const signal = AbortSignal.timeout(lastPatience);
  const { uploadId, committing } = course;
  const inTime = <T>(task: () => Promise<T>) => withRetry(() => unlessAborted(task(), signal), { signal });
  try {
    if (uploadId !== undefined) await inTime(() => store.abortUpload(key, uploadId));
    if (!committing) return undefined;
    if (condition.kind === 'unchanged') return await inTime(() => findObject(store, key, metadata, signal));
    await inTime(() => store.remove(key));
    return undefined;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new EnvelopeError('network-failed', 'S3 could not be told that an upload is given up', {
      cause: error,
    });
  }
}

function checkLength({ size }: ObjectHead, objectLength: number): void {
  if (size === objectLength) return;
  throw new EnvelopeError('length-mismatch', 'S3 holds another length than was sent', {
    details: { expected: objectLength, got: size },
  });
}

/** Every header that opens the object again must be visible to scripts. */
function checkMetadata(head: ObjectHead, metadata: Metadata): void {
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

/** Of the body, or S3's composite: the SHA-256 of the parts' digests one after the other, a dash, their number. */
async function checkDigest({ sha256 }: ObjectHead, { digests }: Course, count: number): Promise<void> {
  if (sha256 === undefined) return;
  const all = Array.from({ length: count }, (_, index) => digests.get(index + 1) ?? new Uint8Array());
  const composite = new Uint8Array(await crypto.subtle.digest('SHA-256', concatBytes(...all)));
  const [only = composite] = all;
  const expected = count === 1 ? toBase64(only) : `${toBase64(composite)}-${count}`;
  if (sha256 === expected) return;
  throw new EnvelopeError('checksum-mismatch', 'S3 holds other bytes than were sent');
}
