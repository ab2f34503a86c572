/** Parts too large for memory, which come together on disk: real files, sent to a real server, in each engine. */
import { beforeAll, describe, expect, it } from 'vitest';
import { concatBytes, toHex } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import { createSlots } from '../core/slots.ts';
import { canBuildLargeBodies } from '../store/large-body.ts';
import { sendBytes } from '../store/send-bytes.ts';
import type { AnsweredPart } from '../store/store.ts';
import { onDisk } from './build-part.ts';
import { beginCourse, type Course } from './course.ts';
import { lockFile, relockFile } from './lock-file.ts';
import { type ObjectFormat, openFile } from './objects.ts';
import { largestInMemory, planParts, planRanges } from './plan.ts';
import { type SendRequest, sendOn } from './send.ts';
import { readRange } from './source.ts';
import { personalKeyring, storeOf } from './test-objects.ts';

const MiB = 1024 ** 2;
/** Two on disk, of five pieces each, and one in memory. */
const partBytes = largestInMemory + 8 * MiB;
const size = 2 * partBytes + 5;
const keyring = await personalKeyring();
let file: Blob;

beforeAll(() => {
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  const block = concatBytes(...Array.from({ length: 16 }, () => noise));
  const blocks = Array.from({ length: Math.ceil(size / MiB) }, (_, index) => [
    new Uint8Array([index]),
    block,
  ]);
  file = new Blob(blocks.flat()).slice(0, size);
});

/** Files that lie in the browser's storage to be sent. */
async function lying(): Promise<number> {
  if (!canBuildLargeBodies()) return 0;
  const root = await navigator.storage.getDirectory();
  const sending = await root.getDirectoryHandle('sending', { create: true });
  let files = 0;
  for await (const folder of sending.values()) {
    for await (const entry of (folder as FileSystemDirectoryHandle).keys()) if (entry === 'body') files++;
  }
  return files;
}

/** What is sent to a server, which tells the digest of each body; kept as well. */
async function begin(format: ObjectFormat, plaintext = file) {
  const { encryptor, metadata } = await lockFile({ keyring, plaintextLength: size, name: 'film', format });
  const sent = new Map<number, Blob>();
  const no = () => Promise.reject(new EnvelopeError('internal-error', 'nobody asks for it here'));
  const store: SendRequest['store'] = {
    ...{ head: no, put: no, listParts: no, abortUpload: no },
    createUpload: async () => 'upload',
    async sendPart(_key, _uploadId, number, body, { sha256, ...options }): Promise<AnsweredPart> {
      // A copy: what lies on disk is gone before long, and what is in memory goes to a worker.
      const bytes = body instanceof File ? await body.arrayBuffer() : body.slice();
      if (number < 3) sent.set(number, new Blob([bytes]));
      const answer = await sendBytes({ method: 'PUT', url: '/body', headers: {}, body, ...options });
      expect(new TextDecoder().decode(answer.body)).toBe(toHex(sha256));
      // Where the browser has no storage of files, all of them are made in memory.
      expect(body instanceof File).toBe(number < 3 && canBuildLargeBodies());
      return { number, etag: `"${number}"`, sha256, isDigestKept: true };
    },
    completeUpload: async () => ({ etag: '"x"', versionId: undefined }),
  };
  const request: SendRequest = {
    ...{ key: 'film', encryptor, metadata, store, lanes: 4, slots: createSlots(4) },
    parts: planParts(size, encryptor.granularity, { partBytes }),
    signal: new AbortController().signal,
    read: (range) => readRange(plaintext, range),
    ...(canBuildLargeBodies() && { maker: onDisk }),
  };
  return { request, metadata, sent };
}

/** What another page knows: what was on record, and that S3 holds the first part. */
function onAnotherPage({ digests }: Course): Course {
  const [first] = digests.values();
  if (!first) throw new Error('nothing is on record');
  const held = new Map([[1, { number: 1, etag: '"1"', sha256: first }]]);
  return { ...beginCourse(), uploadId: 'upload', digests: new Map(digests), held };
}

describe.each(['s3ec', 'esdk'] as const)('a large part (%s)', (format) => {
  it('is what it would be in memory, and is on disk no longer than it takes', async () => {
    const { request, metadata, sent } = await begin(format);
    const course = beginCourse();
    await sendOn(request, course);
    expect([...sent.keys()].sort()).toEqual([1, 2]);
    await expect.poll(lying).toBe(0);

    // The two open again, beside what follows them.
    const { encryptor } = request;
    const [first, second] = [sent.get(1), sent.get(2)];
    const body = new Blob([first ?? '', second ?? '']);
    expect(body.size).toBe(encryptor.objectRange({ start: 0, end: 2 * partBytes }).end);
    const { head } = storeOf({ metadata, body: new Uint8Array(0) });
    const reader = {
      read: async (_key: string, { start, end }: { start: number; end: number }) =>
        new Uint8Array(await body.slice(start, end).arrayBuffer()),
    };
    const { decryptor } = await openFile(reader, { ...head, size: encryptor.objectLength }, keyring);
    for (const range of planRanges(size, decryptor.granularity).slice(0, -1)) {
      const { start, end } = decryptor.objectRange(range);
      const sealed = new Uint8Array(await body.slice(start, end).arrayBuffer());
      const opened = new Uint8Array(await decryptor.open(range.start, sealed));
      const expected = new Uint8Array(await file.slice(range.start, range.end).arrayBuffer());
      if (opened.some((byte, index) => byte !== expected[index]))
        throw new Error(`differs at ${range.start}`);
    }
  });

  it('is compared with what was sent on an earlier day, and not sent again', async () => {
    const { request, metadata, sent } = await begin(format);
    const course = beginCourse();
    await sendOn(request, course);
    sent.clear();
    const encryptor = await relockFile({ keyring, metadata, plaintextLength: size });
    await sendOn({ ...request, encryptor }, onAnotherPage(course));
    expect([...sent.keys()]).toEqual([2]);

    sent.clear();
    const other = new Blob([file.slice(0, partBytes - 1), 'x', file.slice(partBytes)]);
    const another = await relockFile({ keyring, metadata, plaintextLength: size });
    const changed = {
      ...request,
      encryptor: another,
      read: ((range) => readRange(other, range)) as SendRequest['read'],
    };
    await expect(sendOn(changed, onAnotherPage(course))).rejects.toMatchObject({ code: 'file-changed' });
    expect(sent.size).toBe(0);
    await expect.poll(lying).toBe(0);
  });

  it('leaves nothing on disk where it cannot be read, sent or waited for', async () => {
    const { request } = await begin(format);
    const broken = {
      ...request,
      read: ((range) => {
        if (range.start > partBytes) throw new EnvelopeError('file-unreadable', 'away');
        return readRange(file, range);
      }) as SendRequest['read'],
    };
    await expect(sendOn(broken, beginCourse())).rejects.toMatchObject({ code: 'file-unreadable' });
    await expect.poll(lying).toBe(0);

    const refusing = {
      ...request.store,
      sendPart: () => Promise.reject(new EnvelopeError('access-denied', 'no')),
    };
    const next = await begin(format);
    await expect(sendOn({ ...next.request, store: refusing }, beginCourse())).rejects.toMatchObject({
      code: 'access-denied',
    });
    await expect.poll(lying).toBe(0);

    const last = await begin(format);
    const controller = new AbortController();
    const going = sendOn({ ...last.request, signal: controller.signal }, beginCourse());
    setTimeout(() => controller.abort(), 50);
    await expect(going).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(lying).toBe(0);
  });
});
