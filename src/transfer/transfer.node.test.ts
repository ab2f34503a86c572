/** Uploads, the list and downloads through the real store, against the local cloud over real HTTP. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../local/cloud.ts';
import { EnvelopeError } from '../core/errors.ts';
import { createKmsMessageKeyring, createRawAesKeyring } from '../core/esdk/esdk.ts';
import { createAesKeyring, importWrappingKey } from '../core/keyrings/aes-keyring.ts';
import type { Keyring } from '../core/keyrings/keyring.ts';
import { createKmsKeyring } from '../core/keyrings/kms-keyring.ts';
import { encryptObject } from '../core/s3ec/s3ec.ts';
import { createSlots } from '../core/slots.ts';
import { createGuest, createKmsClient, createS3Store, guestCredentials } from '../store/aws/aws.ts';
import type { ObjectHead, ObjectStore } from '../store/store.ts';
import { beginCourse } from './course.ts';
import { downloadObject } from './download.ts';
import { createFiles } from './files.ts';
import { type ObjectKeyring, openFile } from './objects.ts';
import type { Sink } from './sinks/sink.ts';
import { uploadObject } from './upload.ts';
import { createUploads, type UploadRow, type Uploads } from './uploads.ts';

const MiB = 1024 ** 2;
let dataDir: string;
let cloud: Cloud;
let administrator: S3Client;
let store: ObjectStore;
let personal: ObjectKeyring;
let kms: ObjectKeyring;
let prefix: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 's3-envelope-transfer-'));
  cloud = await startCloud({ dataDir, port: 0 });
  const { endpoint, region, bucket, identityPoolId, kmsKeyArn } = cloud.info;
  administrator = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: cloud.info.accessKeyId, secretAccessKey: cloud.info.secretAccessKey },
  });
  const identityId = await createGuest({ region, identityPoolId, endpoint });
  const credentials = guestCredentials({ region, identityPoolId, endpoint }, identityId);
  store = createS3Store({ bucket, region, credentials, endpoint });
  const client = createKmsClient({ region, credentials, endpoint });
  const wrappingKey = await importWrappingKey(crypto.getRandomValues(new Uint8Array(32)));
  const keyNamespace = 's3-envelope-key';
  const keyName = '0011223344556677';
  kms = {
    s3ec: createKmsKeyring({ client, keyId: kmsKeyArn }),
    esdk: async () => createKmsMessageKeyring({ client, keyId: kmsKeyArn }),
  };
  personal = {
    s3ec: createAesKeyring({ wrappingKey, materialsDescription: { [keyNamespace]: keyName } }),
    esdk: async () => createRawAesKeyring({ wrappingKey, keyNamespace, keyName }),
  };
  prefix = `files/${identityId}/`;
});
afterAll(async () => {
  await cloud.close();
  await rm(dataDir, { recursive: true, force: true });
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function collector(
  size: number,
): Sink & { readonly delivered: () => Uint8Array | undefined; discarded: boolean } {
  const bytes = new Uint8Array(size);
  let delivered: Uint8Array | undefined;
  return {
    discarded: false,
    delivered: () => delivered,
    async write(position, part) {
      bytes.set(part, position);
    },
    async deliver() {
      delivered = bytes;
    },
    async discard() {
      this.discarded = true;
    },
  };
}

async function download(key: string, keyring: ObjectKeyring) {
  const head = await store.head(key);
  const { decryptor } = await openFile(store, head, keyring);
  const sink = collector(decryptor.plaintextLength);
  const done = downloadObject({
    store,
    head,
    decryptor,
    sink,
    slots: createSlots(4),
    signal: new AbortController().signal,
    onReceived() {},
    onVerifying() {},
    onSaving() {},
    onOffline() {},
  });
  return { done, sink };
}

function settled(uploads: Uploads): Promise<readonly UploadRow[]> {
  return new Promise((resolve) => {
    const look = () => {
      const rows = uploads.snapshot();
      if (rows.length > 0 && rows.every((row) => ['stored', 'failed', 'cancelled'].includes(row.state)))
        resolve(rows);
    };
    uploads.subscribe(look);
    look();
  });
}

/** As soon as there are any. */
function rowsOf(uploads: Uploads): Promise<readonly UploadRow[]> {
  return new Promise((resolve) => {
    const look = () => uploads.snapshot().length > 0 && resolve(uploads.snapshot());
    uploads.subscribe(look);
    look();
  });
}

async function openUploads(): Promise<readonly string[]> {
  const { Uploads = [] } = await administrator.send(
    new ListMultipartUploadsCommand({ Bucket: cloud.info.bucket }),
  );
  return Uploads.map(({ Key = '' }) => Key);
}

async function left(): Promise<{ objects: number; uploads: number }> {
  const Bucket = cloud.info.bucket;
  const objects = await administrator.send(new ListObjectsV2Command({ Bucket }));
  const uploads = await administrator.send(new ListMultipartUploadsCommand({ Bucket }));
  return { objects: objects.KeyCount ?? 0, uploads: uploads.Uploads?.length ?? 0 };
}

/** A file of which only its first so many bytes can be read, as of one that changed, or on a disk that is away. */
class BrokenFile extends File {
  readable = 16 * MiB;
  /** When the rest is found to be unreadable. */
  found: Promise<void> = Promise.resolve();
  override slice(start = 0, end = this.size): Blob {
    if (end <= this.readable) return super.slice(start, end);
    return Object.assign(new Blob(), {
      arrayBuffer: () =>
        this.found.then(() => Promise.reject(new DOMException('changed', 'NotReadableError'))),
    });
  }
}

describe('a file', () => {
  it.each([
    ['empty', 0],
    ['of one byte', 1],
    ['of one part', 8 * MiB],
    ['of one part and a byte', 8 * MiB + 1],
    ['of several parts', 21 * MiB + 13],
  ])('%s goes up and comes back, by either key', async (_, size) => {
    for (const keyring of [personal, kms]) {
      const content = randomBytes(size);
      const uploads = createUploads({ store, keyring, prefix, onStored() {} });
      uploads.add([new File([content], 'plan.pdf')]);
      const [row] = await settled(uploads);
      expect(row).toMatchObject({ state: 'stored', progress: 1, size });
      const { done, sink } = await download(row?.stored?.key ?? '', keyring);
      await done;
      expect(sha256(sink.delivered() ?? randomBytes(1))).toBe(sha256(content));
    }
  });

  it('is found in the list under the name that it had, whatever that was', async () => {
    const names = [
      'plan.pdf',
      '../../etc/passwd',
      'a\u0000b\u202Efdp.exe',
      '😀'.repeat(75),
      ' ',
      'ü'.repeat(255),
    ];
    const uploads = createUploads({ store, keyring: kms, prefix, onStored() {} });
    uploads.add(names.map((name) => new File(['x'], name)));
    const rows = await settled(uploads);
    const keys = new Set(rows.map((row) => row.stored?.key));
    const files = createFiles({ store, prefix, keyring: kms, lockOf: () => ({ kind: 'kms' }) });
    await files.refresh();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const mine = files.snapshot().entries.filter((entry) => keys.has(entry.key));
    expect(mine.map((entry) => entry.name).sort()).toEqual(names.sort());
    for (const key of keys) for (const name of names) if (name.trim()) expect(key).not.toContain(name);
  });

  it('that another key locked is listed with the reason and without a name', async () => {
    const uploads = createUploads({ store, keyring: personal, prefix, onStored() {} });
    uploads.add([new File(['x'], 'secret name')]);
    const [row] = await settled(uploads);
    const s3ec = createAesKeyring({
      wrappingKey: await importWrappingKey(crypto.getRandomValues(new Uint8Array(32))),
      materialsDescription: {},
    });
    const files = createFiles({ store, prefix, keyring: { s3ec }, lockOf: () => ({ kind: 'other' }) });
    await files.refresh();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const entry = files.snapshot().entries.find(({ key }) => key === row?.stored?.key);
    expect(entry?.name).toBeUndefined();
    expect(entry?.error?.code).toBe('unwrap-failed');
  });

  describe('that cannot be read to its end', () => {
    const content = randomBytes(30 * MiB);

    /** Two parts of four are there by then. Tells which are sent from then on. */
    async function halfSent(now?: (file: File) => File) {
      const sent: number[] = [];
      let tell = () => {};
      const counting: ObjectStore = {
        ...store,
        async sendPart(key, uploadId, number, body, options) {
          const part = await store.sendPart(key, uploadId, number, body, options);
          if (sent.push(number) === 2) setTimeout(tell);
          return part;
        },
      };
      const file = new BrokenFile([content], 'film');
      file.found = new Promise((resolve) => {
        tell = resolve;
      });
      const uploads = createUploads({ store: counting, keyring: personal, prefix, onStored() {} });
      const handle = { getFile: async () => now?.(file) ?? file } as unknown as FileSystemHandle;
      uploads.add([{ kind: 'file', path: 'film', file, ...(now && { whereabouts: { handle } }) }]);
      const [row] = await settled(uploads);
      if (row?.state === 'stored') return { uploads, file, id: row.id, sent };
      expect(row).toMatchObject({
        ...{ state: 'failed', error: { code: 'file-unreadable' }, need: 'file' },
        kept: 16 * MiB,
      });
      expect(sent.splice(0).sort()).toEqual([1, 2]);
      return { uploads, file, id: row?.id ?? '', sent };
    }

    async function contentOf(uploads: Uploads): Promise<string> {
      const [row] = await settled(uploads);
      expect(row).toMatchObject({ state: 'stored', progress: 1 });
      const { done, sink } = await download(row?.stored?.key ?? '', personal);
      await done;
      return sha256(sink.delivered() ?? new Uint8Array());
    }

    it('goes on from what S3 holds once it can', async () => {
      const { uploads, file, id, sent } = await halfSent();
      file.readable = content.length;
      uploads.resume([id]);
      expect(await contentOf(uploads)).toBe(sha256(content));
      expect(sent.sort()).toEqual([3, 4]);
    });

    it.each(['chosen', 'added'] as const)('goes on with the same file when it is %s again', async (how) => {
      const { uploads, id, sent } = await halfSent();
      const again = new File([content], 'film');
      if (how === 'chosen') uploads.provide(id, again);
      else uploads.add([again]);
      expect(await contentOf(uploads)).toBe(sha256(content));
      expect(uploads.snapshot()).toHaveLength(1);
      expect(sent.sort()).toEqual([3, 4]);
    });

    it.each([
      ['one bit', 9 * MiB],
      ['one bit of what had not left', 29 * MiB],
    ])('is sent anew where %s of it has changed', async (what, at) => {
      const before = await left();
      const { uploads, id } = await halfSent();
      const other = Buffer.from(content);
      other[at] = (other[at] ?? 0) ^ 1;
      uploads.provide(id, new File([other], 'film'));
      expect(await contentOf(uploads)).toBe(sha256(other));
      // Of what had not left, nobody can tell, and nothing was sealed before.
      expect(uploads.snapshot()[0]?.restarted).toBe(what === 'one bit' ? true : undefined);
      expect(await left()).toEqual({ objects: before.objects + 1, uploads: before.uploads });
    });

    it('is sent as it is now by itself, where its handle finds another', async () => {
      const before = await left();
      const other = randomBytes(content.length);
      const { uploads } = await halfSent(
        (file) => new File([other], 'film', { lastModified: file.lastModified + 1 }),
      );
      expect(await contentOf(uploads)).toBe(sha256(other));
      expect(await left()).toEqual({ objects: before.objects + 1, uploads: before.uploads });
    });

    it('is not sent anew where its handle finds the same', async () => {
      const { uploads, file, id, sent } = await halfSent((same) => same);
      file.readable = content.length;
      uploads.resume([id]);
      expect(await contentOf(uploads)).toBe(sha256(content));
      expect(sent.sort()).toEqual([3, 4]);
    });

    it('leaves nothing behind when it is given up', async () => {
      const before = await left();
      const { uploads, id } = await halfSent();
      uploads.dismiss([id]);
      await expect.poll(left).toEqual(before);
    });
  });

  it('of which a part keeps arriving damaged goes on from what S3 holds', async () => {
    let damaged = true;
    const unlucky: ObjectStore = {
      ...store,
      async sendPart(key, uploadId, number, body, options) {
        if (number < 3 || !damaged) return store.sendPart(key, uploadId, number, body, options);
        throw new EnvelopeError('checksum-mismatch', 'BadDigest', { details: { status: 400 } });
      },
    };
    const content = randomBytes(24 * MiB);
    const uploads = createUploads({ store: unlucky, keyring: personal, prefix, onStored() {} });
    uploads.add([new File([content], 'film')]);
    const [row] = await settled(uploads);
    expect(row).toMatchObject({ state: 'failed', error: { code: 'checksum-mismatch' }, kept: 16 * MiB });
    damaged = false;
    uploads.resume([row?.id ?? '']);
    expect(await settled(uploads)).toMatchObject([{ state: 'stored' }]);
  });

  it('that has become shorter is sent no further, and leaves nothing behind', async () => {
    const before = await left();
    const uploads = createUploads({ store, keyring: personal, prefix, onStored() {} });
    const file = new File([new Uint8Array(10 * MiB)], 'shrinking');
    file.slice = (start) => (start === 0 ? new Blob([new Uint8Array(8 * MiB)]) : new Blob(['short']));
    uploads.add([file]);
    const [row] = await settled(uploads);
    expect(row).toMatchObject({ state: 'failed', error: { code: 'file-changed' }, need: 'file' });
    expect(await left()).toEqual(before);
  });

  it('that is cancelled at any moment leaves nothing behind', async () => {
    const before = await left();
    for (const moment of [0, 5, 30, 80, 150, 300]) {
      const uploads = createUploads({ store, keyring: personal, prefix, onStored() {} });
      uploads.add([new File([new Uint8Array(60 * MiB)], 'cancelled')]);
      await new Promise((resolve) => setTimeout(resolve, moment));
      const id = uploads.snapshot()[0]?.id;
      if (id) uploads.cancel([id]);
      const [row] = await settled(uploads);
      if (row?.state === 'stored') await store.remove(row.stored?.key ?? '');
      else expect(row?.state).toBe('cancelled');
    }
    expect(await left()).toEqual(before);
  });

  it('does not wait for those of another size', async () => {
    const order: string[] = [];
    const onStored = (_head: ObjectHead, name: string) => order.push(name);
    const uploads = createUploads({ store, keyring: personal, prefix, onStored });
    const small = Array.from({ length: 60 }, (_, index) => new File(['x'], `small ${index}`));
    const large = ['first', 'second', 'third', 'fourth'].map(
      (name) => new File([new Uint8Array(40 * MiB)], name),
    );
    // Large ones fill every slot of theirs, with small ones behind them; then small ones with a large one behind.
    uploads.add([...large.slice(0, 3), ...small, ...large.slice(3)]);
    const firstMoves = new Promise<number>((resolve) => {
      uploads.subscribe(() => {
        const row = uploads.snapshot().find(({ name }) => name === 'first');
        if (row && row.progress > 0) resolve(order.length);
      });
    });
    expect(await firstMoves).toBeLessThan(small.length);
    await settled(uploads);
    expect(order).toHaveLength(64);
    // Behind three large ones, and stored before the fourth, which is not there before another is.
    expect(order.indexOf('small 0')).toBeLessThan(order.indexOf('fourth'));
  });

  it('is paused and goes on in any order of clicks', async () => {
    const uploads = createUploads({ store, keyring: personal, prefix, onStored() {} });
    const content = randomBytes(40 * MiB);
    uploads.add([new File([content], 'film')]);
    const id = uploads.snapshot()[0]?.id ?? (await rowsOf(uploads))[0]?.id ?? '';
    for (const moment of [0, 1, 10, 50, 100, 150]) {
      await new Promise((resolve) => setTimeout(resolve, moment));
      uploads.pause([id]);
      uploads.resume([id]);
      uploads.pause([id]);
      if (uploads.snapshot()[0]?.state === 'stored') break;
      expect(uploads.snapshot()[0]?.state).toBe('paused');
      uploads.resume([id]);
    }
    const [row] = await settled(uploads);
    expect(row).toMatchObject({ state: 'stored', progress: 1 });
    const { done, sink } = await download(row?.stored?.key ?? '', personal);
    await done;
    expect(sha256(sink.delivered() ?? randomBytes(1))).toBe(sha256(content));
    expect(await openUploads()).toEqual([]);
  });

  it('tells at rest of what S3 holds, and of no byte that has only left', async () => {
    // All but the last byte of the third part leaves.
    const moved = new Set<number>();
    let onLeft = () => {};
    const allLeft = new Promise<void>((resolve) => {
      onLeft = resolve;
    });
    const stuck: ObjectStore = {
      ...store,
      async sendPart(key, uploadId, number, body, options) {
        const sent = number < 3 && (await store.sendPart(key, uploadId, number, body, options));
        if (moved.add(number).size === 3) setTimeout(onLeft);
        if (sent) return sent;
        options.onProgress?.((body as Uint8Array).length - 1);
        return new Promise((_, reject) => {
          const abort = () => reject(new EnvelopeError('cancelled', 'no'));
          options.signal?.addEventListener('abort', abort, { once: true });
        });
      },
    };
    const uploads = createUploads({ store: stuck, keyring: personal, prefix, onStored() {} });
    uploads.add([new File([new Uint8Array(24 * MiB)], 'film')]);
    const id = (await rowsOf(uploads))[0]?.id ?? '';
    const row = () => uploads.snapshot().find((one) => one.id === id);
    await allLeft;
    uploads.pause([id]);
    expect(row()).toMatchObject({ state: 'paused', kept: 16 * MiB });
    expect(row()?.progress).toBeCloseTo((0.99 * 2) / 3);
    uploads.cancel([id]);
    await settled(uploads);
  });

  it.each(['metadata-invalid', 'length-mismatch', 'checksum-mismatch', 'cors-header-hidden'] as const)(
    'that failed with %s is sent anew from its beginning, once that is mended',
    async (code) => {
      let broken = true;
      const keys: string[] = [];
      const mended: ObjectStore = {
        ...store,
        async head(key) {
          keys.push(key);
          const head = await store.head(key);
          if (!broken) return head;
          const { 'x-amz-3': hidden = '', ...others } = head.metadata;
          if (code === 'cors-header-hidden') return { ...head, metadata: others };
          if (code === 'metadata-invalid')
            return { ...head, metadata: { ...others, 'x-amz-3': `${hidden}A` } };
          return code === 'length-mismatch' ? { ...head, size: 1 } : { ...head, sha256: 'another' };
        },
      };
      const before = await left();
      const uploads = createUploads({ store: mended, keyring: personal, prefix, onStored() {} });
      uploads.add([new File(['again'], 'again')]);
      const [failed] = await settled(uploads);
      expect(failed).toMatchObject({ state: 'failed', error: { code }, kept: 0 });
      expect(await left()).toEqual(before);
      broken = false;
      uploads.resume([failed?.id ?? '']);
      const [stored] = await settled(uploads);
      expect(stored).toMatchObject({ state: 'stored' });
      expect(stored?.stored?.key).not.toBe(keys[0]);
    },
  );

  it.each([
    ['once where the answers to PUT tell the checksum', undefined, 1],
    ['each where they tell none', { sha256: undefined }, 3],
    ['each where they tell another', { sha256: 'another' }, 3],
    ['each where they tell no ETag', { etag: undefined }, 3],
  ])('of three small ones is looked at again: %s', async (_, hidden, looks) => {
    const looked: string[] = [];
    const told: ObjectHead[] = [];
    const watched: ObjectStore = {
      ...store,
      head(key, signal) {
        looked.push(key);
        return store.head(key, signal);
      },
      async put(...request) {
        return { ...(await store.put(...request)), ...hidden };
      },
    };
    const uploads = createUploads({
      store: watched,
      keyring: personal,
      prefix,
      onStored: (head) => told.push(head),
    });
    for (let count = 1; count <= 3; count++) {
      uploads.add([new File([`file ${count}`], 'small')]);
      await expect.poll(() => told).toHaveLength(count);
    }
    expect(looked).toHaveLength(looks);
    for (const { lastModified, ...head } of told) {
      const { lastModified: there, ...stored } = await store.head(head.key);
      expect(head).toEqual(stored);
      expect(Math.abs(lastModified.getTime() - there.getTime())).toBeLessThan(60_000);
    }
  });

  it('that is stored or deleted while S3 lists is shown as it is', async () => {
    let meanwhile = async () => {};
    const slow: ObjectStore = {
      ...store,
      async list(listed, options) {
        const page = await store.list(listed, options);
        await meanwhile();
        return page;
      },
    };
    const files = createFiles({ store: slow, prefix, keyring: personal, lockOf: () => ({ kind: 'other' }) });
    const send = async (name: string) => {
      const uploads = createUploads({ store, keyring: personal, prefix, onStored() {} });
      uploads.add([new File(['x'], name)]);
      return (await settled(uploads))[0]?.stored ?? expect.fail('it is stored');
    };
    const gone = await send('gone');
    await files.refresh();
    meanwhile = async () => {
      await files.add(await send('new'), 'new');
      await files.remove(gone.key);
    };
    await files.refresh();
    const names = files.snapshot().entries.map(({ name }) => name);
    expect(names).toContain('new');
    expect(names).not.toContain('gone');
    expect(files.snapshot().entries.map(({ key }) => key)).not.toContain(gone.key);
    meanwhile = async () => {};
    await files.refresh();
    expect(files.snapshot().entries.map(({ name }) => name)).toContain('new');
  });

  it('that S3 has told of once is looked at again only when it is another', async () => {
    const looked: string[] = [];
    const watched: ObjectStore = {
      ...store,
      head(key, signal) {
        looked.push(key);
        return store.head(key, signal);
      },
    };
    const files = createFiles({
      store: watched,
      prefix,
      keyring: personal,
      lockOf: () => ({ kind: 'other' }),
    });
    const uploads = createUploads({ store, keyring: personal, prefix, onStored() {} });
    uploads.add([new File(['x'], 'listed')]);
    const [row] = await settled(uploads);
    const key = row?.stored?.key ?? '';
    const head = await store.head(key);
    await files.add({ ...head, lastModified: new Date(0) }, 'listed');
    await files.refresh();
    const entry = () => files.snapshot().entries.find((one) => one.key === key);
    const offBy = () => Math.abs((entry()?.storedAt.getTime() ?? 0) - head.lastModified.getTime());
    await expect.poll(offBy).toBeLessThan(1000);
    expect(entry()?.name).toBe('listed');
    expect(looked).not.toContain(key);
    await store.put(key, new Uint8Array(16), head.metadata, {
      sha256: new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(16))),
    });
    await files.refresh();
    await expect.poll(() => entry()?.size).toBe(0);
    expect(looked.filter((one) => one === key)).toHaveLength(1);
  });

  it('that can be retried after it failed', async () => {
    let broken = true;
    const s3ec: Keyring = {
      ...personal.s3ec,
      wrap: (request) =>
        broken ? Promise.reject(new EnvelopeError('access-denied', 'no')) : personal.s3ec.wrap(request),
    };
    const uploads = createUploads({ store, keyring: { s3ec }, prefix, onStored() {} });
    uploads.add([new File(['again'], 'again')]);
    const [failed] = await settled(uploads);
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'access-denied' } });
    broken = false;
    uploads.resume([failed?.id ?? '']);
    const [stored] = await settled(uploads);
    expect(stored).toMatchObject({ state: 'stored' });
    expect(stored?.error).toBeUndefined();
  });
});

describe('a stored object that was touched', () => {
  async function stored(bytes: Uint8Array<ArrayBuffer>) {
    const encryptor = await encryptObject({ keyring: personal.s3ec, plaintextLength: bytes.length });
    const key = `${prefix}${crypto.randomUUID()}`;
    const request = {
      file: new Blob([bytes]),
      key,
      encryptor,
      metadata: encryptor.metadata,
      partBytes: 8 * MiB,
      condition: { kind: 'absent' } as const,
      course: beginCourse(),
      store,
      slots: createSlots(1),
      signal: new AbortController().signal,
      onChecked() {},
      onSent() {},
      onFinishing() {},
      onOffline() {},
    };
    const head = await uploadObject(request);
    const body = await store.read(key, { start: 0, end: head.size }, { etag: head.etag });
    return { key, head, body };
  }
  async function replace(key: string, body: Uint8Array<ArrayBuffer>, metadata: Record<string, string>) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
    await store.put(key, body, metadata, { sha256: digest });
  }

  it('in one bit of its body or tag delivers nothing', async () => {
    const { key, head, body } = await stored(new Uint8Array(randomBytes(40)));
    for (let bit = 0; bit < body.length * 8; bit += 37) {
      const changed = body.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await replace(key, changed, head.metadata);
      const { done, sink } = await download(key, personal);
      await expect(done).rejects.toMatchObject({ code: 'tag-mismatch' });
      expect(sink).toMatchObject({ discarded: true });
      expect(sink.delivered()).toBeUndefined();
    }
  });

  it('by a cut delivers nothing', async () => {
    const { key, head, body } = await stored(new Uint8Array(randomBytes(40)));
    for (const kept of [16, 39, 55]) {
      await replace(key, body.slice(0, kept), head.metadata);
      const { done, sink } = await download(key, personal);
      await expect(done).rejects.toMatchObject({ code: 'tag-mismatch' });
      expect(sink.delivered()).toBeUndefined();
    }
    await replace(key, body.slice(0, 15), head.metadata);
    await expect(download(key, personal)).rejects.toMatchObject({ code: 'truncated' });
  });

  it('between two reads is noticed', async () => {
    const { key, head, body } = await stored(new Uint8Array(randomBytes(40)));
    await replace(key, body.toReversed(), head.metadata);
    await expect(store.read(key, { start: 0, end: 1 }, { etag: head.etag })).rejects.toMatchObject({
      code: 'object-changed',
    });
  });

  it('so that it is not encrypted any more is never passed through', async () => {
    const { key } = await stored(new Uint8Array(40));
    await replace(key, new Uint8Array(40), {});
    await expect(download(key, personal)).rejects.toMatchObject({ code: 'not-encrypted' });
  });
});
