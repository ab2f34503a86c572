/** Uploads that stop and go on, through the real store, against the local cloud over real HTTP. */
import { createHash, randomBytes } from 'node:crypto';
import { ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3, startTestCloud, type TestCloud } from '../../local/test-cloud.ts';
import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import type { ByteRange } from '../core/object.ts';
import { createSlots } from '../core/slots.ts';
import { createGuest, createS3Store, guestCredentials } from '../store/aws/aws.ts';
import type { ObjectStore } from '../store/store.ts';
import { beginCourse, type Course } from './course.ts';
import { lockFile, relockFile } from './lock-file.ts';
import { type ObjectFormat, openFile } from './objects.ts';
import { planParts } from './plan.ts';
import { abandon, type SendRequest, sendOn } from './send.ts';
import { personalKeyring } from './test-objects.ts';

const MiB = 1024 ** 2;
const keyring = await personalKeyring();
let cloud: TestCloud;
let administrator: S3Client;
let store: ObjectStore;
let prefix: string;

beforeAll(async () => {
  cloud = await startTestCloud();
  administrator = s3(cloud.info, cloud.administrator);
  const { endpoint, region, bucket, identityPoolId } = cloud.info;
  const identityId = await createGuest({ region, identityPoolId, endpoint });
  const credentials = guestCredentials({ region, identityPoolId, endpoint }, identityId);
  store = createS3Store({ bucket, region, credentials, endpoint });
  prefix = `files/${identityId}/`;
});
afterAll(() => cloud.close());

const content = randomBytes(29 * MiB + 5);

/** What is sent where, with a note of each part that leaves. */
async function begin(format: ObjectFormat, given: Partial<SendRequest> = {}) {
  const { encryptor, metadata } = await lockFile({
    keyring,
    plaintextLength: content.length,
    name: 'a',
    format,
  });
  const key = prefix + crypto.randomUUID();
  const sent: number[] = [];
  const reads: number[] = [];
  const request: SendRequest = {
    ...{ key, encryptor, metadata, condition: { kind: 'absent' }, lanes: 2 },
    parts: planParts(content.length, encryptor.granularity),
    store: noting(store, sent),
    slots: createSlots(4),
    signal: new AbortController().signal,
    read: reader(content, reads),
    ...given,
  };
  return { request, sent, reads, key, metadata };
}

function reader(bytes: Buffer, reads: number[] = []) {
  return async ({ start, end }: ByteRange): Promise<Bytes> => {
    reads.push(start / (8 * MiB) + 1);
    return new Uint8Array(bytes.subarray(start, end));
  };
}

/** The real store, which notes the parts it is given, and fails where it is told to. */
function noting(
  real: ObjectStore,
  sent: number[],
  fails: { part?: number; complete?: boolean } = {},
): ObjectStore {
  return {
    ...real,
    async sendPart(...given) {
      if (given[2] === fails.part) throw new EnvelopeError('access-denied', 'refused for the test');
      sent.push(given[2]);
      return real.sendPart(...given);
    },
    async completeUpload(...given) {
      const stored = await real.completeUpload(...given);
      if (!fails.complete) return stored;
      fails.complete = false;
      throw new EnvelopeError('network-failed', 'the answer was lost');
    },
  };
}

async function openUploads(): Promise<number> {
  const { Uploads = [] } = await administrator.send(
    new ListMultipartUploadsCommand({ Bucket: cloud.info.bucket }),
  );
  return Uploads.length;
}

/** What S3 holds opens to what was sent. */
async function expectStored(key: string, expected = content): Promise<void> {
  const head = await store.head(key);
  const { decryptor } = await openFile(store, head, keyring);
  const hash = createHash('sha256');
  for (const range of planParts(decryptor.plaintextLength, decryptor.granularity)) {
    const body = await store.read(key, decryptor.objectRange(range), { etag: head.etag });
    hash.update(await decryptor.open(range.start, body));
  }
  await decryptor.verify();
  expect(hash.digest('hex')).toBe(createHash('sha256').update(expected).digest('hex'));
  expect(await openUploads()).toBe(0);
}

/** A run that stops at its third part. */
async function interrupted(format: ObjectFormat) {
  const begun = await begin(format);
  const course = beginCourse();
  const failing = noting(store, begun.sent, { part: 3 });
  await expect(sendOn({ ...begun.request, store: failing }, course)).rejects.toMatchObject({
    code: 'access-denied',
  });
  begun.sent.length = 0;
  begun.reads.length = 0;
  return { ...begun, course };
}

/** What another page knows of a course: what was on record, and what S3 lists. */
async function onAnotherPage({ uploadId, digests }: Course, key: string): Promise<Course> {
  const listed = uploadId === undefined ? [] : await store.listParts(key, uploadId);
  return {
    ...beginCourse(),
    ...{ uploadId, digests: new Map(digests), committing: true },
    held: new Map(
      listed.map(({ sha256, ...part }) => [
        part.number,
        { ...part, sha256: sha256 ?? expect.fail('no digest') },
      ]),
    ),
  };
}

describe.each(['s3ec', 'esdk'] as const)('an upload of format %s', (format) => {
  it('goes on where it stopped, reading and sending only what is missing', async () => {
    const { request, course, sent, reads, key } = await interrupted(format);
    const missing = [1, 2, 3, 4].filter((number) => !course.held.has(number));
    expect(missing).toContain(3);
    await sendOn(request, course);
    expect(sent.toSorted()).toEqual(missing);
    expect(reads.toSorted()).toEqual(missing);
    await expectStored(key);
  });

  it('goes on in another page, having compared what was sent', async () => {
    const { request, course, sent, key, metadata } = await interrupted(format);
    // Of what was on its way, S3 may have more than anybody heard of.
    const another = await onAnotherPage(course, key);
    const missing = [1, 2, 3, 4].filter((number) => !another.held.has(number));
    const encryptor = await relockFile({ keyring, metadata, plaintextLength: content.length });
    const checked: number[] = [];
    const onChecked = (bytes: number) => checked.push(bytes);
    await sendOn({ ...request, encryptor, onChecked }, another);
    expect(sent.toSorted()).toEqual(missing);
    expect(checked.at(-1)).toBe(8 * MiB * checked.length);
    await expectStored(key);
  });

  it('sends not one byte more where the file has another bit', async () => {
    const { request, course, sent, key, metadata } = await interrupted(format);
    const [held = 0] = course.held.keys();
    const changed = Buffer.from(content);
    changed[8 * MiB * held - 1] = (changed[8 * MiB * held - 1] ?? 0) ^ 1;
    const encryptor = await relockFile({ keyring, metadata, plaintextLength: content.length });
    const another = await onAnotherPage(course, key);
    const going = sendOn({ ...request, encryptor, read: reader(changed) }, another);
    await expect(going).rejects.toMatchObject({ code: 'file-changed' });
    expect(sent).toEqual([]);
    await abandon(request, another);
    expect(await openUploads()).toBe(0);
  });

  it('seals no part anew that was on its way when its page died, unless it is the same', async () => {
    const { request, course, sent, key, metadata } = await interrupted(format);
    // On record, and S3 never had it.
    expect(course.held.has(3)).toBe(false);
    expect(course.digests.has(3)).toBe(true);
    const changed = Buffer.from(content);
    changed[16 * MiB] = (changed[16 * MiB] ?? 0) ^ 1;
    const encryptor = await relockFile({ keyring, metadata, plaintextLength: content.length });
    const another = await onAnotherPage(course, key);
    const going = sendOn({ ...request, encryptor, read: reader(changed) }, another);
    await expect(going).rejects.toMatchObject({ code: 'file-changed' });
    expect(sent).toEqual([]);
    await abandon(request, another);
  });

  it('is done where S3 had finished and its answer was lost', async () => {
    const { request, sent, key } = await begin(format);
    await sendOn({ ...request, store: noting(store, sent, { complete: true }) }, beginCourse());
    expect(sent.toSorted()).toEqual([1, 2, 3, 4]);
    await expectStored(key);
  });

  it('is done where the browser sent the last request twice by itself', async () => {
    const { request, key } = await begin(format);
    const twice: ObjectStore = {
      ...store,
      async completeUpload(...given) {
        await store.completeUpload(...given);
        return store.completeUpload(...given);
      },
    };
    await sendOn({ ...request, store: twice }, beginCourse());
    await expectStored(key);
  });

  it('leaves no part in an upload of which nobody heard', async () => {
    const { request, key } = await begin(format);
    const unheard: string[] = [];
    const twice: ObjectStore = {
      ...store,
      async createUpload(...given) {
        unheard.push(await store.createUpload(...given));
        return store.createUpload(...given);
      },
    };
    await sendOn({ ...request, store: twice }, beginCourse());
    for (const uploadId of unheard) {
      expect(await store.listParts(key, uploadId)).toEqual([]);
      await store.abortUpload(key, uploadId);
    }
    await expectStored(key);
  });

  it('seals once more what was lost with the thread that sent it', async () => {
    const { request, sent, reads, key } = await begin(format);
    const dying: ObjectStore = {
      ...noting(store, sent),
      async sendPart(...given) {
        const [, , number, body] = given;
        if (reads.filter((read) => read === number).length > 1) return store.sendPart(...given);
        structuredClone(body, { transfer: [(body as Bytes).buffer] });
        throw new EnvelopeError('network-failed', 'the thread died');
      },
    };
    await sendOn({ ...request, store: dying }, beginCourse());
    expect(reads.toSorted()).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    await expectStored(key);
  });

  it('sends again what S3 has lost of it', async () => {
    const { request, sent, key } = await begin(format);
    let lost = false;
    const losing: ObjectStore = {
      ...noting(store, sent),
      async completeUpload(at, uploadId, parts, options) {
        if (lost) return store.completeUpload(at, uploadId, parts, options);
        lost = true;
        const [first, ...others] = parts;
        if (!first) throw new Error('no parts');
        // Another body in its place: S3 says InvalidPart.
        const body = new Uint8Array(6 * MiB);
        const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
        await store.sendPart(at, uploadId, 1, body, { sha256 });
        return store.completeUpload(at, uploadId, [first, ...others], options);
      },
    };
    await sendOn({ ...request, store: losing }, beginCourse());
    expect(sent.toSorted()).toEqual([1, 1, 2, 3, 4]);
    await expectStored(key);
  });
});

describe('an object that is sent whole', () => {
  const small = randomBytes(1000);
  async function whole() {
    const { encryptor, metadata } = await lockFile({ keyring, plaintextLength: 1000, name: 'a' });
    const { request } = await begin('s3ec', {
      ...{ encryptor, metadata, read: reader(small), parts: planParts(1000, encryptor.granularity) },
    });
    return request;
  }

  it('is done where S3 had it and its answer was lost', async () => {
    const request = await whole();
    let first = true;
    const losing: ObjectStore = {
      ...store,
      async put(...given) {
        const stored = await store.put(...given);
        if (!first) return stored;
        first = false;
        throw new EnvelopeError('network-failed', 'the answer was lost');
      },
    };
    await sendOn({ ...request, store: losing }, beginCourse());
    await expectStored(request.key, small);
  });

  it('is sealed once more where it was lost with the thread that sent it', async () => {
    const request = await whole();
    let first = true;
    const dying: ObjectStore = {
      ...store,
      async put(...given) {
        if (!first) return store.put(...given);
        first = false;
        structuredClone(given[1], { transfer: [(given[1] as Bytes).buffer] });
        throw new EnvelopeError('network-failed', 'the thread died');
      },
    };
    await sendOn({ ...request, store: dying }, beginCourse());
    await expectStored(request.key, small);
  });

  it('is cancelled though its file never comes', async () => {
    const controller = new AbortController();
    const read = () => {
      queueMicrotask(() => controller.abort());
      return new Promise<never>(() => {});
    };
    const going = sendOn({ ...(await whole()), read, signal: controller.signal }, beginCourse());
    await expect(going).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('never takes the place of another object', async () => {
    const [request, other] = [await whole(), await whole()];
    await sendOn(request, beginCourse());
    const late = sendOn({ ...other, key: request.key }, beginCourse());
    await expect(late).rejects.toMatchObject({ code: 'object-changed' });
    // Nor for whom an earlier try may have put it there.
    const inDoubt = sendOn({ ...other, key: request.key }, { ...beginCourse(), committing: true });
    await expect(inDoubt).rejects.toMatchObject({ code: 'object-changed' });
    await expectStored(request.key, small);
  });

  it('takes the place of the one that it replaces, unless that is another by now', async () => {
    const [request, second, third] = [await whole(), await whole(), await whole()];
    const { etag } = await sendOn(request, beginCourse());
    const replaces = { kind: 'unchanged', etag: etag ?? '' } as const;
    await sendOn({ ...second, key: request.key, condition: replaces }, beginCourse());
    const late = sendOn({ ...third, key: request.key, condition: replaces }, beginCourse());
    await expect(late).rejects.toMatchObject({ code: 'object-changed' });
  });
});

it('the parts of an upload are listed to their end, whatever the pages', async () => {
  const key = prefix + crypto.randomUUID();
  const uploadId = await store.createUpload(key, {});
  const body = new Uint8Array(1);
  const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
  const numbers = Array.from({ length: 1001 }, (_, index) => index + 1);
  const slots = createSlots(20);
  await Promise.all(
    numbers.map((number) => slots.run(() => store.sendPart(key, uploadId, number, body, { sha256 }))),
  );
  const parts = await store.listParts(key, uploadId);
  expect(parts.map(({ number }) => number)).toEqual(numbers);
  expect(parts.at(-1)?.sha256).toEqual(sha256);
  await store.abortUpload(key, uploadId);
  await expect(store.listParts(key, uploadId)).rejects.toMatchObject({ code: 'upload-gone' });
});
