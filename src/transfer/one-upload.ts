import { type Bytes, randomBytes, toBase64Url } from '../core/bytes.ts';
import { asEnvelopeError, EnvelopeError, type ErrorCode } from '../core/errors.ts';
import type { ObjectEncryptor } from '../core/object.ts';
import type { Slots } from '../core/slots.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import { isSameEtag } from '../store/etag.ts';
import { canBuildLargeBodies } from '../store/large-body.ts';
import { isPassing } from '../store/passing.ts';
import type { Condition, ListedPart, ObjectHead, ObjectStore } from '../store/store.ts';
import { beginCourse, type Course } from './course.ts';
import { findObject } from './find-object.ts';
import type { Journal } from './journal.ts';
import type { NotedPart } from './journal-database.ts';
import { lockFile, relockFile } from './lock-file.ts';
import type { ObjectFormat, ObjectKeyring } from './objects.ts';
import { planParts } from './plan.ts';
import { withRetry } from './retry.ts';
import type { Begun, Unfinished } from './unfinished.ts';
import { discardObject, uploadObject } from './upload.ts';
import { findFile, type Whereabouts } from './whereabouts.ts';

export interface OneUploadOptions {
  readonly store: ObjectStore;
  readonly keyring: ObjectKeyring;
  readonly format: ObjectFormat | undefined;
  /** Of the object's key; ends in a slash. */
  readonly prefix: string;
  readonly slots: Slots;
  /** Where the upload is on record; without one it ends with its page. */
  readonly journal?: Journal | undefined;
  readonly file: File | undefined;
  /** Whether others wait behind it: what is in no hurry can then be written with what is theirs. */
  readonly othersWait: () => boolean;
}

export interface Run {
  readonly signal: AbortSignal;
  /** Bytes of the file that were compared with what was sent on an earlier day, of so many. */
  readonly onChecked: (bytes: number, of: number) => void;
  /** Bytes of the object that have left so far, of so many. */
  readonly onSent: (bytes: number, of: number) => void;
  readonly onFinishing: () => void;
  readonly onOffline: (offline: boolean) => void;
  /** The file is another than it was: it is sent anew from its beginning, under a new data key. */
  readonly onRestart: () => void;
}

/** One file's way into the store, through all its tries, pauses and pages. */
export interface OneUpload {
  /** What it is on record with; without `begun` until there is a data key. */
  readonly entry: Unfinished;
  readonly file: File | undefined;
  /** Bytes of the file that S3 holds; undefined as long as S3 has not said what it has of an earlier page's. */
  readonly keptBytes: number | undefined;
  /** Whether it outlives its page. */
  readonly isOnRecord: boolean;
  /** Puts it on record, before anything else. Where that is refused, it ends with its page. */
  enrol(): Promise<void>;
  /** Asks S3 how far an earlier page has come; the object, where that is there, which its page did not hear any more. */
  look(signal: AbortSignal): Promise<ObjectHead | undefined>;
  /** From where it stands. When it rejects, it can run again, and goes on; never two at once. */
  run(run: Run): Promise<ObjectHead>;
  /** The same file, picked again or asked for by its handle; compared when the upload runs. */
  provide(file: File, whereabouts?: Whereabouts): void;
  /** Puts on record that it waits for somebody, if that can be. */
  notePaused(paused: boolean): Promise<void>;
  /**
   * Removes what S3 holds of it and what is on record. Afterwards it can run from its beginning. The object, where it
   * has taken another's place already and so stays. Where S3 could not be told, it rejects and keeps the record, for
   * somebody to decide: no page goes on with it by itself.
   */
  discard(): Promise<ObjectHead | undefined>;
}

/** What seals the object, and how far it has come. */
interface Work {
  readonly begun: Begun;
  readonly course: Course;
  /** Undefined until the envelope is opened again, where an earlier page has begun. */
  encryptor: ObjectEncryptor | undefined;
}

/** How often a file may change while it is sent. */
const restarts = 3;

/** After these, what S3 holds of the upload is of no use. */
const endsIt = new Set<ErrorCode>([
  'file-changed',
  'checksum-mismatch',
  'length-mismatch',
  'metadata-invalid',
  'cors-header-hidden',
  'too-large',
  'metadata-too-large',
  'internal-error',
]);

const objectIdLength = 16;

export function createOneUpload(first: Unfinished, options: OneUploadOptions): OneUpload {
  const { store, keyring, prefix, format, slots, othersWait } = options;
  let { journal, file } = options;
  /** The file was given again: what was sealed of the one before says nothing of it. */
  let isOther = false;
  let entry = first;
  let work = first.begun && takenUp(first.begun);
  /** S3 holds what the course says. */
  let isKnown = work === undefined;
  /** It is an object by now: nothing of it is unfinished. */
  let done = false;

  const condition: Condition = entry.replaces
    ? { kind: 'unchanged', etag: entry.replaces.etag }
    : { kind: 'absent' };

  /** Where the browser refuses to keep it, the upload goes on and ends with its page. */
  async function record(write: (journal: Journal) => Promise<void>): Promise<void> {
    if (!journal || done) return;
    try {
      await write(journal);
    } catch (error) {
      // What is on record already must not be taken up without what could not be added to it.
      await journal.remove(entry.id).catch(() => {
        throw error;
      });
      journal = undefined;
    }
  }

  function change(changes: Partial<Unfinished>): Promise<void> {
    entry = { ...entry, ...changes };
    return record((kept) => kept.put(entry));
  }

  /** What does no harm where the record lacks it. */
  function changeIfPossible(changes: Partial<Unfinished>): Promise<void> {
    return change(changes).catch(() => {});
  }

  function takenUp(begun: Begun): Work {
    const course = onRecord();
    course.uploadId = begun.uploadId;
    // Nobody knows how far the page that is gone has come.
    course.committing = true;
    return { begun, course, encryptor: undefined };
  }

  function onRecord(): Course {
    return {
      ...beginCourse(),
      noteUpload: async (uploadId) => {
        if (!work) return;
        work = { ...work, begun: { ...work.begun, uploadId } };
        await change({ begun: work.begun });
      },
      notePart: (number, sha256) => record((kept) => kept.notePart(entry.id, number, sha256)),
      noteAnswer: (number, sha256, etag) => record((kept) => kept.notePart(entry.id, number, sha256, etag)),
    };
  }

  async function begin({ size }: File, retry: Parameters<typeof withRetry>[1]): Promise<Work> {
    const request = { keyring, plaintextLength: size, name: entry.path, format };
    const { encryptor, metadata } = await withRetry(
      () => unlessAborted(lockFile(request), retry.signal),
      retry,
    );
    const [firstPart, ...otherParts] = planParts(size, encryptor.granularity, {
      onDisk: canBuildLargeBodies(),
    });
    const begun: Begun = {
      key: entry.replaces?.key ?? prefix + toBase64Url(randomBytes(objectIdLength)),
      metadata,
      partBytes: firstPart ? firstPart.end - firstPart.start : size,
    };
    if (otherParts.length > 0) {
      await change({ size, begun });
      return { begun, course: onRecord(), encryptor };
    }
    // Nothing leaves before the one part is noted: one step, and one record, for both. A key that is on record alone could
    // stay so on a machine that dies, and seal another file than the one that had left.
    entry = { ...entry, size };
    const notePart: Course['notePart'] = (_, sha256) => change({ begun: { ...begun, sha256 } });
    return { begun, course: { ...onRecord(), notePart }, encryptor };
  }

  /** The object itself, where S3 has it already. */
  async function ask({ begun, course }: Work, retry: Parameters<typeof withRetry>[1]) {
    const noted = begun.sha256 ? new Map([[1, { sha256: begun.sha256 }]]) : await journal?.parts(entry.id);
    for (const [number, { sha256 }] of noted ?? []) course.digests.set(number, sha256);
    const { uploadId } = course;
    if (uploadId !== undefined) {
      try {
        for (const part of await withRetry(() => store.listParts(begun.key, uploadId, retry.signal), retry)) {
          const { number } = part;
          const sha256 = part.sha256 ?? digestOf(part, noted?.get(number));
          if (!sha256) continue;
          course.held.set(number, { ...part, sha256 });
          if (!course.digests.has(number)) course.digests.set(number, sha256);
        }
        isKnown = true;
        return undefined;
      } catch (error) {
        // It has become an object, or was swept away.
        if (asEnvelopeError(error).code !== 'upload-gone') throw error;
        forgetUpload(course);
      }
    }
    const found = await withRetry(() => findObject(store, begun.key, begun.metadata, retry.signal), retry);
    isKnown = true;
    return found;
  }

  function forgetUpload(course: Course): void {
    course.uploadId = undefined;
    course.held.clear();
  }

  async function attempt(source: File, { signal, onOffline, ...shown }: Run): Promise<ObjectHead> {
    const retry = { signal, onOffline };
    if (work && isOther) {
      work.course.sealed.clear();
      work = { ...work, encryptor: undefined };
    }
    isOther = false;
    work ??= await begin(source, retry);
    if (!work.encryptor) {
      const stored = await ask(work, retry);
      if (stored) return stored;
      const request = { keyring, metadata: work.begun.metadata, plaintextLength: source.size };
      work.encryptor = await withRetry(() => unlessAborted(relockFile(request), signal), retry);
    }
    const { begun, encryptor, course } = work;
    const [toCheck, length] = [course.digests.size * begun.partBytes, encryptor.objectLength];
    return uploadObject({
      ...{ file: source, encryptor, course, condition, store, slots, signal, onOffline },
      ...{ key: begun.key, metadata: begun.metadata, partBytes: begun.partBytes },
      onChecked: (bytes) => shown.onChecked(bytes, Math.min(toCheck, source.size)),
      onSent: (bytes) => shown.onSent(bytes, length),
      onFinishing: shown.onFinishing,
    });
  }

  /** Nobody waits for it: where the record stays, the next page finds that it is an object. */
  function finish(): void {
    done = true;
    void (othersWait() ? journal?.removeSoon(entry.id) : journal?.remove(entry.id))?.catch(() => {});
  }

  async function discard(): Promise<ObjectHead | undefined> {
    if (work) void notePaused(true);
    const taken =
      work &&
      (await discardObject({
        ...{ store, key: work.begun.key, metadata: work.begun.metadata },
        ...{ course: work.course, condition },
      }));
    await forget();
    return taken;
  }

  async function notePaused(paused: boolean): Promise<void> {
    if ((entry.paused ?? false) !== paused) await changeIfPossible({ paused });
  }

  async function forget(): Promise<void> {
    work = undefined;
    isKnown = true;
    done = false;
    const { begun: _, paused: __, ...rest } = entry;
    entry = rest;
    await journal?.remove(entry.id).catch(() => {});
  }

  /** It has no use for what S3 holds: where nobody can be asked, that stays there. */
  async function startOver(): Promise<void> {
    await discard().catch(forget);
  }

  /** The file as it is now, if it can be read at all. */
  async function freshFile(): Promise<File | undefined> {
    try {
      const fresh = entry.whereabouts ? await findFile(entry.whereabouts) : file;
      await fresh?.slice(0, 1).arrayBuffer();
      return fresh;
    } catch {
      return undefined;
    }
  }

  /** The file behind its handle, where that is another one by now. */
  async function changedFile(): Promise<File | undefined> {
    const found = entry.whereabouts && (await findFile(entry.whereabouts));
    const isSame = found?.size === file?.size && found?.lastModified === file?.lastModified;
    return isSame ? undefined : found;
  }

  function provide(given: File): void {
    isOther ||= given !== file;
    file = given;
  }

  async function run(shown: Run): Promise<ObjectHead> {
    for (let restarted = 0; ; ) {
      if (!file) throw new EnvelopeError('file-unreadable', 'the file has to be picked again');
      if (work && entry.size !== file.size) {
        await startOver();
        await record((kept) => kept.put(entry));
        shown.onRestart();
      }
      try {
        const head = await attempt(file, shown);
        finish();
        return head;
      } catch (error) {
        const failure = asEnvelopeError(error);
        if (failure.code === 'upload-gone' && work && restarted++ < restarts) {
          forgetUpload(work.course);
          continue;
        }
        if (failure.code === 'file-unreadable' && restarted++ < restarts) {
          const changed = await changedFile();
          if (changed) {
            provide(changed);
            continue;
          }
        }
        // What the network damaged, S3 did not take.
        if (!endsIt.has(failure.code) || isPassing(failure)) throw passing(failure);
        await startOver();
        const fresh =
          failure.code === 'file-changed' && restarted++ < restarts ? await freshFile() : undefined;
        if (!fresh) throw failure;
        provide(fresh);
        await record((kept) => kept.put(entry));
        shown.onRestart();
      }
    }
  }

  /** Nobody else knows a key that was drawn at random: what is there is ours, and the next try finds it. */
  function passing(failure: EnvelopeError): EnvelopeError {
    if (failure.code !== 'object-changed' || condition.kind !== 'absent') return failure;
    return new EnvelopeError('service-failed', 'S3 has the object, and did not say so', { cause: failure });
  }

  return {
    get entry() {
      return entry;
    },
    get file() {
      return file;
    },
    get keptBytes() {
      if (!work) return 0;
      if (!isKnown) return undefined;
      const { begun, course } = work;
      let bytes = 0;
      for (const number of course.held.keys()) {
        const start = (number - 1) * begun.partBytes;
        bytes += Math.max(0, Math.min(begun.partBytes, entry.size - start));
      }
      return bytes;
    },
    get isOnRecord() {
      return journal !== undefined && !journal.isClosed;
    },
    async enrol() {
      try {
        if (!done) await journal?.put(entry);
      } catch {
        journal = undefined;
      }
    },
    async look(signal) {
      const stored = work && (await ask(work, { signal }));
      if (stored) finish();
      return stored;
    },
    run,
    provide(given, whereabouts) {
      provide(given);
      if (whereabouts) void changeIfPossible({ whereabouts });
    },
    notePaused,
    discard,
  };
}

/** Of a part that is listed without one: what was noted with S3's answer, if it is still the part that S3 holds. */
function digestOf({ etag }: ListedPart, noted: NotedPart | undefined): Bytes | undefined {
  return noted?.etag !== undefined && isSameEtag(noted.etag, etag) ? noted.sha256 : undefined;
}
