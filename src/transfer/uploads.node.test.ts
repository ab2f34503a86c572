/** What becomes of uploads that are stopped late, through the real store, against the local cloud over real HTTP. */
import { randomBytes } from 'node:crypto';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { s3, startTestCloud, type TestCloud } from '../../local/test-cloud.ts';
import { EnvelopeError } from '../core/errors.ts';
import { createGuest, createS3Store, guestCredentials } from '../store/aws/aws.ts';
import type { ObjectHead, ObjectStore } from '../store/store.ts';
import type { Journal } from './journal.ts';
import type { PageLock } from './page-lock.ts';
import { personalKeyring } from './test-objects.ts';
import type { Unfinished } from './unfinished.ts';
import { createUploads, type UploadRow, type Uploads } from './uploads.ts';

const MiB = 1024 ** 2;
const keyring = await personalKeyring();
let cloud: TestCloud;
let store: ObjectStore;
let prefix: string;

beforeAll(async () => {
  cloud = await startTestCloud();
  const { endpoint, region, bucket, identityPoolId } = cloud.info;
  const identityId = await createGuest({ region, identityPoolId, endpoint });
  const credentials = guestCredentials({ region, identityPoolId, endpoint }, identityId);
  store = createS3Store({ bucket, region, credentials, endpoint });
  prefix = `files/${identityId}/`;
});
afterAll(() => cloud.close());

async function openUploads(): Promise<number> {
  const administrator = s3(cloud.info, cloud.administrator);
  const asked = new ListMultipartUploadsCommand({ Bucket: cloud.info.bucket });
  return (await administrator.send(asked)).Uploads?.length ?? 0;
}

/** The only row, once it is in this state. */
function rowAs(uploads: Uploads, state: UploadRow['state']): Promise<UploadRow> {
  return new Promise((resolve) => {
    const look = () => {
      const [row] = uploads.snapshot();
      if (row?.state === state) resolve(row);
    };
    uploads.subscribe(look);
    look();
  });
}

const film = () => new File([randomBytes(17 * MiB)], 'film');

async function storedBefore(): Promise<ObjectHead> {
  const uploads = createUploads({ store, keyring, prefix, onStored() {} });
  uploads.add([new File(['before'], 'film')]);
  const { stored } = await rowAs(uploads, 'stored');
  return stored ?? expect.fail('it is stored');
}

/** The real store, whose HEAD has no answer until `then` is its answer. */
function withSlowHead() {
  let tell = () => {};
  const asked = new Promise<void>((resolve) => {
    tell = resolve;
  });
  let answer: ObjectStore['head'] = (_, signal) => {
    tell();
    return new Promise((_, reject) => {
      const stop = () => reject(new EnvelopeError('cancelled', 'no'));
      signal?.addEventListener('abort', stop, { once: true });
    });
  };
  const slow: ObjectStore = { ...store, head: (...given) => answer(...given) };
  const then = (next: ObjectStore['head']) => {
    answer = next;
  };
  return { slow, asked, then };
}

const cutOff = () => Promise.reject(new EnvelopeError('network-failed', 'no', { details: { tries: 8 } }));

it('what has taken its place is only looked at when it goes on', async () => {
  const begun: string[] = [];
  let sent = 0;
  let broken = true;
  const watched: ObjectStore = {
    ...store,
    createUpload(key, metadata) {
      begun.push(key);
      return store.createUpload(key, metadata);
    },
    sendPart(...given) {
      sent += 1;
      return store.sendPart(...given);
    },
    async head(...given) {
      return broken ? cutOff() : store.head(...given);
    },
  };
  const uploads = createUploads({ store: watched, keyring, prefix, onStored() {} });
  uploads.add([film()]);
  const { id } = await rowAs(uploads, 'failed');
  broken = false;
  uploads.resume([id]);
  const { stored } = await rowAs(uploads, 'stored');
  expect(begun).toEqual([stored?.key]);
  expect(sent).toBe(3);
  expect(await openUploads()).toBe(0);
});

it('a replacement that is cancelled once it is there ends as stored, and is in the list', async () => {
  const before = await storedBefore();
  const told: ObjectHead[] = [];
  const { slow, asked, then } = withSlowHead();
  const uploads = createUploads({ store: slow, keyring, prefix, onStored: (head) => told.push(head) });
  uploads.add([{ kind: 'file', path: 'film', file: film(), replaces: before }]);
  await asked;
  then(store.head);
  uploads.cancel(uploads.snapshot().map(({ id }) => id));
  const { stored } = await rowAs(uploads, 'stored');
  expect(stored?.etag).not.toBe(before.etag);
  expect(stored).toEqual(await store.head(before.key));
  await expect.poll(() => told).toEqual([stored]);
});

it('a replacement of which nobody can tell is not said to be cancelled', async () => {
  const before = await storedBefore();
  const { slow, asked, then } = withSlowHead();
  const uploads = createUploads({ store: slow, keyring, prefix, onStored() {} });
  uploads.add([{ kind: 'file', path: 'film', file: film(), replaces: before }]);
  await asked;
  then(cutOff);
  uploads.cancel(uploads.snapshot().map(({ id }) => id));
  const { id, error } = await rowAs(uploads, 'failed');
  expect(error?.code).toBe('network-failed');
  then(store.head);
  uploads.resume([id]);
  const { stored } = await rowAs(uploads, 'stored');
  expect(stored).toEqual(await store.head(before.key));
});

it('a replacement that is cancelled before it is there leaves what was there', async () => {
  const before = await storedBefore();
  let tell = () => {};
  const sending = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const slow: ObjectStore = {
    ...store,
    sendPart(...given) {
      tell();
      return store.sendPart(...given);
    },
  };
  const uploads = createUploads({ store: slow, keyring, prefix, onStored() {} });
  uploads.add([{ kind: 'file', path: 'film', file: film(), replaces: before }]);
  await sending;
  uploads.cancel(uploads.snapshot().map(({ id }) => id));
  await rowAs(uploads, 'cancelled');
  expect((await store.head(before.key)).etag).toBe(before.etag);
  expect(await openUploads()).toBe(0);
});

/** A browser that refuses to keep anything from some moment on, and what it was asked to keep. */
function refusingRecord() {
  const told: Unfinished[] = [];
  const state = { refuses: true };
  const answer = async () => {
    if (state.refuses) throw new EnvelopeError('device-storage-refused', 'no');
  };
  const journal: Journal = {
    isClosed: false,
    async put(...entries) {
      told.push(...entries);
      await answer();
    },
    ...{ notePart: answer, remove: answer, removeSoon: answer },
    ...{ list: async () => [], idsOf: async () => [], pages: async () => [], claim: async () => [] },
    parts: async () => new Map(),
  };
  const lock: PageLock = {
    page: 'mine',
    living: async () => new Set(['mine']),
    gone: () => new Promise(() => {}),
  };
  return { record: { journal, lock }, told, state };
}

it('what S3 could not be told is given up is not said to be, and waits for somebody', async () => {
  const { record, told, state } = refusingRecord();
  state.refuses = false;
  let isAway = true;
  let tell = () => {};
  const held = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const cut: ObjectStore = {
    ...store,
    async sendPart(key, uploadId, number, body, options) {
      if (number > 1) return held.then(cutOff);
      const part = await store.sendPart(key, uploadId, number, body, options);
      setTimeout(tell);
      return part;
    },
    abortUpload: (...given) => (isAway ? cutOff() : store.abortUpload(...given)),
  };
  const uploads = createUploads({ store: cut, keyring, prefix, onStored() {}, record });
  uploads.add([film()]);
  const { id } = await rowAs(uploads, 'failed');
  uploads.cancel([id]);
  await rowAs(uploads, 'cancelling');
  expect((await rowAs(uploads, 'failed')).error?.code).toBe('network-failed');
  expect(told.at(-1)).toMatchObject({ id, paused: true, begun: { uploadId: expect.any(String) } });
  expect(await openUploads()).toBe(1);
  isAway = false;
  uploads.cancel([id]);
  await rowAs(uploads, 'cancelled');
  expect(await openUploads()).toBe(0);
});

it('what cannot be put on record is stored all the same, and does not outlive its page', async () => {
  const { record } = refusingRecord();
  const uploads = createUploads({ store, keyring, prefix, onStored() {}, record });
  expect(uploads.survives).toBe(true);
  uploads.add([film()]);
  await rowAs(uploads, 'sending');
  expect(uploads.survives).toBe(false);
  await rowAs(uploads, 'stored');
  expect(uploads.survives).toBe(true);
});

it('a pause that could not be put on record keeps no later one from it', async () => {
  const { record, told, state } = refusingRecord();
  state.refuses = false;
  const stuck: ObjectStore = {
    ...store,
    sendPart: (_key, _uploadId, _number, _body, { signal }) =>
      new Promise((_, reject) => {
        const stop = () => reject(new EnvelopeError('cancelled', 'no'));
        signal?.addEventListener('abort', stop, { once: true });
      }),
  };
  const uploads = createUploads({ store: stuck, keyring, prefix, onStored() {}, record });
  uploads.add([film()]);
  await expect.poll(() => told.at(-1)?.begun?.uploadId).toBeDefined();
  const [row] = uploads.snapshot();
  const id = row?.id ?? '';
  state.refuses = true;
  uploads.pause([id]);
  await expect.poll(() => told.at(-1)?.paused).toBe(true);
  uploads.resume([id]);
  await expect.poll(() => told.at(-1)?.paused).toBe(false);
  uploads.cancel([id]);
  await rowAs(uploads, 'cancelled');
});

/** One that takes its time to be read. */
class SlowFile extends File {
  ready: Promise<void> = Promise.resolve();
  override async arrayBuffer() {
    await this.ready;
    return super.arrayBuffer();
  }
}

function slowFile(content: string, name: string, ready: Promise<void>): File {
  return Object.assign(new SlowFile([content], name), { ready });
}

it('of a file of one part no key is on record before its digest is', async () => {
  const { record, told, state } = refusingRecord();
  state.refuses = false;
  let read = () => {};
  const ready = new Promise<void>((resolve) => {
    read = resolve;
  });
  const uploads = createUploads({ store, keyring, prefix, onStored() {}, record });
  uploads.add([slowFile('note', 'note', ready)]);
  const { id } = await rowAs(uploads, 'sealing');
  // By then it waits for the file.
  await new Promise((resolve) => setTimeout(resolve, 200));
  uploads.pause([id]);
  await expect.poll(() => told.at(-1)?.paused).toBe(true);
  expect(told.at(-1)?.begun).toBeUndefined();
  read();
  uploads.resume([id]);
  await rowAs(uploads, 'stored');
  expect(told.at(-1)?.begun?.sha256).toHaveLength(32);
});

/** A browser that keeps what it is asked to, and what an earlier page has left there. */
function keepingRecord(...left: readonly Unfinished[]) {
  const { record } = refusingRecord();
  const kept = new Map<string, Unfinished>();
  const leftOnce = [left];
  const remove = async (...ids: readonly string[]) => {
    for (const id of ids) kept.delete(id);
  };
  const journal: Journal = {
    ...record.journal,
    async put(...entries) {
      for (const entry of entries) kept.set(entry.id, entry);
    },
    ...{ notePart: async () => {}, remove, removeSoon: remove },
    pages: async () => ['gone'],
    claim: async () => leftOnce.shift() ?? [],
  };
  return { record: { ...record, journal }, kept };
}

it('what is gone on with after it was cancelled outlives its page again, also while it waits', async () => {
  const { record, kept } = keepingRecord();
  const never = new Promise<void>(() => {});
  const uploads = createUploads({ store, keyring, prefix, onStored() {}, record });
  uploads.add(Array.from({ length: 13 }, (_, index) => slowFile('note', `note ${index}`, never)));
  await expect.poll(() => [kept.size, uploads.snapshot().length]).toEqual([13, 13]);
  const { id, state } = uploads.snapshot().at(-1) ?? expect.fail('it is there');
  expect(state).toBe('waiting');
  uploads.cancel([id]);
  await expect.poll(() => kept.has(id)).toBe(false);
  uploads.resume([id]);
  await expect.poll(() => kept.get(id)?.path).toBe('note 12');
  expect(uploads.survives).toBe(true);
  uploads.cancel(uploads.snapshot().map((row) => row.id));
  await expect.poll(() => kept.size).toBe(0);
});

it('what begins anew with a file of another size outlives its page while that is read', async () => {
  const begun = { key: `${prefix}never`, metadata: {}, partBytes: 3, sha256: new Uint8Array(32) };
  const left = { id: 'left', place: prefix, page: 'gone', path: 'note', size: 3, addedAt: 1, begun };
  const { record, kept } = keepingRecord(left);
  const uploads = createUploads({ store, keyring, prefix, onStored() {}, record });
  await rowAs(uploads, 'needs-you');
  uploads.provide('left', slowFile('longer', 'note', new Promise(() => {})));
  await expect.poll(() => uploads.snapshot()[0]?.restarted).toBe(true);
  await expect.poll(() => kept.get('left')?.path).toBe('note');
  expect(kept.get('left')?.begun).toBeUndefined();
  uploads.cancel(['left']);
  await rowAs(uploads, 'cancelled');
});

it('an upload that waits for its key is cancelled at once', async () => {
  const s3ec = { ...keyring.s3ec, wrap: () => new Promise<never>(() => {}) };
  const uploads = createUploads({ store, keyring: { ...keyring, s3ec }, prefix, onStored() {} });
  uploads.add([new File(['note'], 'note')]);
  const { id } = await rowAs(uploads, 'sealing');
  await new Promise((resolve) => setTimeout(resolve, 50));
  uploads.cancel([id]);
  await rowAs(uploads, 'cancelled');
});

it('a cancel that nobody answers is given up after its time', async () => {
  const never = () => new Promise<never>(() => {});
  for (const silent of [
    { sendPart: cutOff, abortUpload: never },
    { head: cutOff, remove: never },
  ] satisfies Partial<ObjectStore>[]) {
    const uploads = createUploads({ store: { ...store, ...silent }, keyring, prefix, onStored() {} });
    uploads.add([film()]);
    const { id } = await rowAs(uploads, 'failed');
    const short = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort());
    uploads.cancel([id]);
    await rowAs(uploads, 'cancelling');
    expect((await rowAs(uploads, 'failed')).error?.code).toBe('network-failed');
    short.mockRestore();
  }
});

it('a leftover that is cancelled takes the object with it that its page did not hear of', async () => {
  const { key, metadata } = await storedBefore();
  const begun = { key, metadata, partBytes: 6 };
  const left = { id: 'left', place: prefix, page: 'gone', path: 'film', size: 6, addedAt: 1, begun };
  const { record, kept } = keepingRecord(left);
  const { slow, asked } = withSlowHead();
  const uploads = createUploads({ store: slow, keyring, prefix, onStored() {}, record });
  await asked;
  uploads.cancel(['left']);
  await expect.poll(() => uploads.snapshot()).toEqual([]);
  await expect(store.head(key)).rejects.toBeInstanceOf(EnvelopeError);
  expect(kept.size).toBe(0);
});

it('an unfinished upload takes its file in whatever way its name is written', async () => {
  for (const [before, again] of [
    ['Mu\u0308ll.txt', 'M\u00fcll.txt'],
    ['M\u00fcll.txt', 'Mu\u0308ll.txt'],
  ] as const) {
    for (const way of ['add', 'provide'] as const) {
      const id = crypto.randomUUID();
      const left = { id, place: prefix, page: 'gone', path: before, size: 4, addedAt: 1 };
      const { record } = keepingRecord(left);
      const uploads = createUploads({ store, keyring, prefix, onStored() {}, record });
      await rowAs(uploads, 'needs-you');
      const file = new File(['note'], again);
      if (way === 'provide') expect(uploads.provide(id, file)).toBe(true);
      else uploads.add([file]);
      await expect.poll(() => uploads.snapshot().map((row) => [row.id, row.state])).toEqual([[id, 'stored']]);
    }
  }
});

it('what is cancelled when it is there already, and nobody knows yet, is not in the list', async () => {
  const told: ObjectHead[] = [];
  const quick: ObjectStore = {
    ...store,
    async head(...given) {
      const head = await store.head(...given);
      setTimeout(() => uploads.cancel(uploads.snapshot().map(({ id }) => id)));
      return head;
    },
  };
  const uploads: Uploads = createUploads({
    ...{ store: quick, keyring, prefix },
    onStored: (head) => told.push(head),
  });
  const { digest } = crypto.subtle;
  const slowly = vi.spyOn(crypto.subtle, 'digest').mockImplementation(async (...given) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return digest.apply(crypto.subtle, given);
  });
  try {
    uploads.add([new File(['note'], 'note')]);
    await rowAs(uploads, 'cancelled');
  } finally {
    slowly.mockRestore();
  }
  expect(told).toEqual([]);
});
