import { type Bytes, equalBytes } from '../core/bytes.ts';
import { EnvelopeError, type ErrorCode, throwIfAborted } from '../core/errors.ts';
import type { ByteRange, Metadata, ObjectEncryptor } from '../core/object.ts';
import { createSlots, type Slots } from '../core/slots.ts';
import type { Body } from '../store/body.ts';
import { isSameEtag } from '../store/etag.ts';
import type { Condition, ObjectStore, SendOptions, SentPart, Stored } from '../store/store.ts';
import { beginCourse, type Course } from './course.ts';
import { findObject } from './find-object.ts';
import { withRetry } from './retry.ts';
import { inMemory, lengthOf, type PartMaker } from './seal-part.ts';

export interface SendRequest {
  /** A range of the plaintext, into memory that is the caller's to overwrite. */
  readonly read: (range: ByteRange) => Promise<Bytes>;
  readonly key: string;
  readonly encryptor: ObjectEncryptor;
  /** In memory unless given. */
  readonly maker?: PartMaker;
  /** All that is stored beside the body, the encryptor's own included. */
  readonly metadata: Metadata;
  readonly store: Pick<
    ObjectStore,
    'head' | 'put' | 'createUpload' | 'sendPart' | 'listParts' | 'completeUpload' | 'abortUpload'
  >;
  /** What must hold for the object to take its place. */
  readonly condition?: Condition;
  /** The plaintext's ranges, one for each part; a single one is sent without parts. */
  readonly parts: readonly ByteRange[];
  /** Parts on their way at once. */
  readonly lanes: number;
  /** Shared by all uploads: what holds a slot is in memory, so the slots bound the memory. */
  readonly slots: Slots;
  readonly signal: AbortSignal;
  /** Bytes that were sent on an earlier day and have been compared with the file by now. */
  readonly onChecked?: (bytes: number) => void;
  /** Bytes of the object that have left so far. */
  readonly onSent?: (bytes: number) => void;
  readonly onFinishing?: () => void;
  readonly onOffline?: (offline: boolean) => void;
  /** Done right before the object takes its place. */
  readonly beforeCommit?: () => Promise<void>;
}

/**
 * Seals an object and stores it, each part read once and in order, sealed, digested and sent on its own, several
 * at once. When it rejects, no part of it is left, and none is on its way any more.
 */
export async function sendObject(request: SendRequest): Promise<Stored> {
  const course = beginCourse();
  try {
    return await sendOn(request, course);
  } catch (error) {
    await abandon(request, course);
    throw error;
  }
}

/**
 * As `sendObject`, from where `course` stands; when it rejects, what S3 holds stays there and in `course`, and
 * nothing is on its way any more. Parts of earlier runs by another encryptor are sealed again first and
 * compared with what they were: `file-changed` before anything else has left. Once the object has taken its place,
 * nothing is done but to say so.
 */
export async function sendOn(request: SendRequest, course: Course): Promise<Stored> {
  if (course.stored) return course.stored;
  const [only, ...others] = request.parts;
  return only && others.length === 0 ? sendWhole(request, only, course) : sendInParts(request, course);
}

/**
 * Removes what S3 holds of an object that is not to be. Where the answer to `createUpload` was lost, or a browser sent
 * it twice, there is an upload whose id nobody knows: no part is in it, and the bucket's lifecycle rule ends it.
 */
export async function abandon(
  { store, key }: Pick<SendRequest, 'key'> & { readonly store: Pick<ObjectStore, 'abortUpload'> },
  { uploadId }: Pick<Course, 'uploadId'>,
): Promise<void> {
  if (uploadId !== undefined) await atLast(() => store.abortUpload(key, uploadId));
}

function sendWhole(request: SendRequest, range: ByteRange, course: Course): Promise<Stored> {
  const { store, key, metadata, encryptor, slots, signal, condition } = request;
  return slots.run(
    async () => {
      const part = await sealNoted(request, course, 1, range, signal);
      await request.beforeCommit?.();
      const options = {
        sha256: part.sha256,
        signal,
        onProgress: untilAllLeft(request, encryptor.objectLength),
        ...(condition && { condition }),
      };
      const stored = await commit(request, course, async () =>
        store.put(key, await part.body(), metadata, options),
      );
      await part.leave();
      return stored;
    },
    signal,
    makerOf(request).slotsOf(range, slots.count),
  );
}

async function sendInParts(request: SendRequest, course: Course): Promise<Stored> {
  const { store, key, metadata, signal, condition } = request;
  await checkSent(request, course);
  const created = course.uploadId === undefined ? create() : Promise.resolve(course.uploadId);

  async function create(): Promise<string> {
    const uploadId = await withRetry(() => store.createUpload(key, metadata), retryOf(request));
    course.uploadId = uploadId;
    await course.noteUpload(uploadId);
    return uploadId;
  }

  try {
    // The first parts are made ready meanwhile.
    await sendParts(request, course, created);
  } finally {
    // Whoever cleans up needs to know its id.
    await created.catch(() => {});
  }
  const uploadId = await created;
  const options = { signal, ...(condition && { condition }) };
  const complete = () => store.completeUpload(key, uploadId, heldOf(request, course), options);
  await request.beforeCommit?.();
  try {
    return await commit(request, course, complete);
  } catch (error) {
    const refused = error instanceof EnvelopeError && error.code === 'request-refused';
    if (!refused || !(await forgetLost(request, course, uploadId))) throw error;
    await sendParts(request, course, created);
    return commit(request, course, complete);
  }
}

/** All parts, in the order of their numbers. */
function heldOf({ parts }: SendRequest, { held }: Course): readonly SentPart[] {
  return parts.map((_, index) => {
    const part = held.get(index + 1);
    if (!part) throw new EnvelopeError('internal-error', 'a part was not sent');
    return part;
  });
}

/** Asks S3 what it holds, and forgets what it has lost; false where it has lost nothing. */
async function forgetLost(request: SendRequest, course: Course, uploadId: string): Promise<boolean> {
  const { store, key, signal } = request;
  const listed = await withRetry(() => store.listParts(key, uploadId, signal), retryOf(request));
  const etags = new Map(listed.map(({ number, etag }) => [number, etag]));
  let lost = false;
  for (const { number, etag } of course.held.values()) {
    const now = etags.get(number);
    if (now === undefined || !isSameEtag(now, etag)) lost = course.held.delete(number);
  }
  return lost;
}

/** Has the object take its place. Where the answer to an earlier try may have been lost, HEAD tells. */
async function commit(request: SendRequest, course: Course, attempt: () => Promise<Stored>): Promise<Stored> {
  let inDoubt = course.committing;
  const retry = retryOf(request);
  try {
    const stored = await withRetry(() => {
      inDoubt = course.committing;
      course.committing = true;
      return attempt();
    }, retry);
    return settle(course, stored);
  } catch (error) {
    const done = error instanceof EnvelopeError && doneAlready.has(error.code);
    // Also where it was sent once as far as we know: a browser sends it again by itself over a connection that was cut.
    const stored = done && (inDoubt || isUnmistakable(request)) ? await lookForStored(request) : undefined;
    if (!stored) throw error;
    request.onSent?.(request.encryptor.objectLength);
    return settle(course, stored);
  }
}

function settle(course: Course, stored: Stored): Stored {
  course.uploadId = undefined;
  course.stored = stored;
  return stored;
}

/** Whether nothing else has its metadata: they hold what opens the object, drawn for it alone. */
function isUnmistakable({ metadata }: SendRequest): boolean {
  return Object.keys(metadata).some((name) => name.startsWith('x-amz-') || name.startsWith('s3-envelope-'));
}

/** What S3 answers to whom it has served before: the upload is none any more, the key is taken. */
const doneAlready = new Set<ErrorCode>(['upload-gone', 'object-changed']);

/** The answer to HEAD has no checksum of its own: where it tells of another object, it may only be damaged. */
async function lookForStored(request: SendRequest): Promise<Stored | undefined> {
  for (let look = 1; look <= looks; look++) {
    const stored = await withRetry(() => findStored(request), retryOf(request));
    if (stored) return stored;
  }
  return undefined;
}

const looks = 3;

async function findStored({
  store,
  key,
  metadata,
  encryptor,
  signal,
}: SendRequest): Promise<Stored | undefined> {
  const head = await findObject(store, key, metadata, signal);
  return head?.size === encryptor.objectLength ? { etag: head.etag, versionId: undefined } : undefined;
}

/** Seals again what an earlier page has sealed, compares, and sends none of it. */
async function checkSent(request: SendRequest, course: Course): Promise<void> {
  const { parts, slots, signal, onChecked } = request;
  let checked = 0;
  for (const [index, range] of parts.entries()) {
    const number = index + 1;
    if (!course.digests.has(number) || course.sealed.has(number)) continue;
    // The end is sealed after all others: as a part that has yet to be sent.
    if (index === parts.length - 1) continue;
    await slots.run(
      async () => {
        const part = await makerOf(request).make(request, range, { signal, use: 'digested' });
        await part.leave();
        compare(course, number, part.sha256);
      },
      signal,
      makerOf(request).slotsOf(range, slots.count),
    );
    checked += range.end - range.start;
    onChecked?.(checked);
  }
}

/** Throws `file-changed` where the part was another before; forgets what S3 holds in its place that is not it. */
function compare(course: Course, number: number, sha256: Bytes): void {
  const before = course.digests.get(number);
  if (before && !equalBytes(before, sha256)) {
    throw new EnvelopeError('file-changed', 'a part that was sealed before has another plaintext now');
  }
  course.sealed.add(number);
  const held = course.held.get(number);
  if (held && !equalBytes(held.sha256, sha256)) course.held.delete(number);
}

async function note(course: Course, number: number, sha256: Bytes): Promise<void> {
  compare(course, number, sha256);
  if (course.digests.has(number)) return;
  await course.notePart(number, sha256);
  course.digests.set(number, sha256);
}

interface NotedPart {
  readonly sha256: Bytes;
  /** Where it is now; read and sealed once more, and compared, if a thread that had it is gone. */
  body(): Promise<Body>;
  leave(): Promise<void>;
}

/** Reads a part, seals it and puts on record what it is to be. */
async function sealNoted(
  request: SendRequest,
  course: Course,
  number: number,
  range: ByteRange,
  signal: AbortSignal,
): Promise<NotedPart> {
  async function make() {
    const made = await makerOf(request).make(request, range, { signal, use: 'kept' });
    try {
      await note(course, number, made.sha256);
    } catch (error) {
      await made.leave();
      throw error;
    }
    return made;
  }
  let part = await make();
  return {
    sha256: part.sha256,
    async body() {
      const body = part.body();
      if (body) return body;
      part = await make();
      const again = part.body();
      if (!again) throw new EnvelopeError('internal-error', 'a part was lost twice');
      return again;
    },
    leave: () => part.leave(),
  };
}

/** Sends the parts that S3 does not hold; when it rejects, none is on its way any more. */
async function sendParts(request: SendRequest, course: Course, created: Promise<string>): Promise<void> {
  const { store, key, slots, parts: ranges, encryptor } = request;
  // One part that fails ends the others, and the last part's wait for them.
  const failure = new AbortController();
  const signal = AbortSignal.any([request.signal, failure.signal]);
  // At once, not only when the first part is ready.
  created.catch((error: unknown) => failure.abort(error));
  const report = untilAllLeft(request, encryptor.objectLength);
  const missing = [...ranges.entries()].filter(
    ([index]) => !(course.held.has(index + 1) && course.sealed.has(index + 1)),
  );
  const left = new Map<number, number>();
  let leftInAll = encryptor.objectLength;
  for (const [, range] of missing) leftInAll -= lengthOf(encryptor.objectRange(range));
  if (leftInAll > 0) report(leftInAll);
  // One part at a time, while the one before it is sealed.
  const reading = createSlots(1);
  const read: SendRequest['read'] = (range) => reading.run(() => request.read(range), signal);

  async function send(index: number, range: ByteRange): Promise<void> {
    const number = index + 1;
    const part = await sealNoted({ ...request, read }, course, number, range, signal);
    try {
      const uploadId = await created;
      throwIfAborted(signal);
      const onProgress = (bytes: number) => {
        leftInAll += bytes - (left.get(index) ?? 0);
        left.set(index, bytes);
        report(leftInAll);
      };
      if (course.held.has(number)) return onProgress(lengthOf(encryptor.objectRange(range)));
      const options: SendOptions = { sha256: part.sha256, signal, onProgress };
      const retry = { ...retryOf(request), signal };
      const sent = await withRetry(
        async () => store.sendPart(key, uploadId, number, await part.body(), options),
        retry,
      );
      course.held.set(number, sent);
      if (!sent.isDigestKept) await course.noteAnswer(number, sent.sha256, sent.etag);
    } finally {
      await part.leave();
    }
  }

  const remaining = missing.values();
  async function lane(): Promise<void> {
    try {
      for (const [index, range] of remaining) {
        await slots.run(() => send(index, range), signal, makerOf(request).slotsOf(range, slots.count));
      }
    } catch (error) {
      if (!signal.aborted) failure.abort(error);
      throw error;
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: request.lanes }, lane));
  if (failure.signal.aborted) throw failure.signal.reason;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Milliseconds that are spent on what nobody waits for any more. */
export const lastPatience = 30_000;

/** Cleans up without hiding why; where even this fails, the bucket's lifecycle rule does it later. */
export async function atLast(cleanUp: () => Promise<void>): Promise<void> {
  await withRetry(cleanUp, { signal: AbortSignal.timeout(lastPatience) }).catch(() => {});
}

function untilAllLeft({ onSent, onFinishing }: SendRequest, size: number) {
  return (bytes: number) => {
    onSent?.(bytes);
    if (bytes >= size) onFinishing?.();
  };
}

const makerOf = ({ maker = inMemory }: SendRequest): PartMaker => maker;

function retryOf({ signal, onOffline }: SendRequest) {
  return { signal, ...(onOffline && { onOffline }) };
}
