/** One suite, two stores: whatever the way to the bucket, the same calls do the same. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { guest, startTestCloud, type TestCloud } from '../../local/test-cloud.ts';
import type { Bytes } from '../core/bytes.ts';
import { createGuest, createS3Store, guestCredentials } from './aws/aws.ts';
import { createAccessCode } from './presigned/access-code.ts';
import { createPresignEndpoint } from './presigned/endpoint.ts';
import { createPresignedStore } from './presigned/presigned-store.ts';
import type { ObjectStore, SentPart } from './store.ts';

let cloud: TestCloud;
beforeAll(async () => {
  // What is refused here is refused however often it is asked.
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  cloud = await startTestCloud();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud.close();
});

interface Opened {
  readonly store: ObjectStore;
  /** Of the person whose store it is. */
  readonly prefix: string;
}

const ways: Readonly<Record<string, () => Promise<Opened>>> = {
  async 'by credentials'() {
    const { region, bucket, endpoint, identityPoolId } = cloud.info;
    const pool = { region, endpoint, identityPoolId };
    const identityId = await createGuest(pool);
    const credentials = guestCredentials(pool, identityId);
    return {
      store: createS3Store({ bucket, region, endpoint, credentials }),
      prefix: `files/${identityId}/`,
    };
  },
  async 'by presigned URLs'() {
    const { region, bucket, endpoint: s3Endpoint, presignEndpoint, presignToken } = cloud.info;
    const accessCode = createAccessCode();
    accessCode.enter(presignToken);
    const endpoint = createPresignEndpoint({ address: presignEndpoint, accessCode });
    const { prefix } = await endpoint.me(presignToken);
    return { store: createPresignedStore({ endpoint, bucket, region, s3Endpoint }), prefix };
  },
};

const MiB = 1024 ** 2;
const sha256 = (bytes: Uint8Array): Bytes => new Uint8Array(createHash('sha256').update(bytes).digest());
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64');
const random = (length: number): Bytes => new Uint8Array(randomBytes(length));
/** What S3EC stores beside a body: capitals, quotes and all of ASCII's marks. */
const metadata = {
  'x-amz-c': '115',
  'x-amz-m': '{"s3-envelope-key":"0123 ~!#%&()*+,/:;=?@[]"}',
  's3-envelope-name': 'A+/=',
};
const refuses = (call: Promise<unknown>, code: string) => expect(call).rejects.toMatchObject({ code });

describe.each(Object.entries(ways))('the store %s', (_, open) => {
  let store: ObjectStore;
  let prefix: string;
  let count = 0;
  const newKey = () => `${prefix}${count++}-${Date.now()}`;
  const put = async (key: string, body: Bytes) => {
    await store.put(key, body, metadata, { sha256: sha256(body) });
    return store.head(key);
  };
  const send = async (key: string, uploadId: string, number: number, body: Bytes) =>
    store.sendPart(key, uploadId, number, body, { sha256: sha256(body) });
  const readAll = async (key: string) => {
    const { size, etag } = await store.head(key);
    return store.read(key, { start: 0, end: size }, { etag });
  };

  beforeAll(async () => {
    ({ store, prefix } = await open());
  });

  it.each([0, 1, 70_003])('puts %i bytes with their metadata, and reads them back', async (length) => {
    const [key, body] = [newKey(), random(length)];
    const seen: number[] = [];
    const stored = await store.put(key, body, metadata, {
      sha256: sha256(body),
      onProgress: (bytes) => seen.push(bytes),
    });
    const head = await store.head(key);
    expect(head).toMatchObject({ key, size: length, etag: stored.etag, metadata, sha256: digest(body) });
    expect(Math.abs(head.lastModified.getTime() - Date.now())).toBeLessThan(60_000);
    expect(seen.at(-1)).toBe(length);
    expect(digest(await readAll(key))).toBe(digest(body));
  });

  it('says that metadata are too large, and keeps what fits', async () => {
    const [key, body] = [newKey(), random(10)];
    const full = { k: 'v'.repeat(2047) };
    const over = { k: 'v'.repeat(2048) };
    await store.put(key, body, full, { sha256: sha256(body) });
    expect((await store.head(key)).metadata).toEqual(full);
    await refuses(store.put(newKey(), body, over, { sha256: sha256(body) }), 'metadata-too-large');
    await refuses(store.createUpload(newKey(), over), 'metadata-too-large');
  });

  it('reads exactly a range, of the object that was looked at alone', async () => {
    const [key, body] = [newKey(), random(1000)];
    const { etag } = await put(key, body);
    expect(await store.read(key, { start: 10, end: 20 }, { etag })).toEqual(body.slice(10, 20));
    expect(await store.read(key, { start: 5, end: 5 }, { etag })).toEqual(new Uint8Array(0));
    await refuses(store.read(key, { start: 0, end: 10 }, { etag: '"another"' }), 'object-changed');
  });

  it('refuses a body that is not the one that was announced', async () => {
    const key = newKey();
    await refuses(store.put(key, random(10), {}, { sha256: sha256(random(10)) }), 'checksum-mismatch');
    const uploadId = await store.createUpload(key, {});
    await refuses(
      store.sendPart(key, uploadId, 1, random(10), { sha256: sha256(random(10)) }),
      'checksum-mismatch',
    );
    await store.abortUpload(key, uploadId);
    expect((await store.list(key)).objects).toEqual([]);
  });

  it('puts under a condition', async () => {
    const [key, body] = [newKey(), random(9)];
    const options = { sha256: sha256(body) };
    const first = await store.put(key, body, {}, { ...options, condition: { kind: 'absent' } });
    await refuses(store.put(key, body, {}, { ...options, condition: { kind: 'absent' } }), 'object-changed');
    const unchanged = { kind: 'unchanged', etag: first.etag ?? '' } as const;
    const next = random(11);
    await store.put(key, next, {}, { sha256: sha256(next), condition: unchanged });
    await refuses(store.put(key, body, {}, { ...options, condition: unchanged }), 'object-changed');
    expect(await readAll(key)).toEqual(next);
  });

  it('takes an upload in parts, and tells what it has of it', async () => {
    const key = newKey();
    const uploadId = await store.createUpload(key, metadata);
    expect(await store.listParts(key, uploadId)).toEqual([]);
    const bodies = [random(5 * MiB), random(5 * MiB), random(3)];
    // All at once, and the last first.
    const sent = await Promise.all(bodies.map((body, i) => send(key, uploadId, i + 1, body)).reverse());
    expect(sent.map(({ isDigestKept }) => isDigestKept)).toEqual([true, true, true]);
    const parts: readonly SentPart[] = sent.toReversed().map(({ isDigestKept: _, ...part }) => part);
    expect(parts.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(await store.listParts(key, uploadId)).toEqual(parts);
    const stored = await store.completeUpload(key, uploadId, parts, { condition: { kind: 'absent' } });
    const head = await store.head(key);
    expect(head).toMatchObject({ size: 10 * MiB + 3, metadata });
    expect(head.sha256).toBe(`${digest(Buffer.concat(parts.map((part) => part.sha256)))}-3`);
    expect(stored.etag ?? head.etag).toBe(head.etag);
    expect(digest(await readAll(key))).toBe(digest(Buffer.concat(bodies)));

    await refuses(store.listParts(key, uploadId), 'upload-gone');
    await refuses(store.completeUpload(key, uploadId, parts), 'upload-gone');
    await refuses(send(key, uploadId, 4, random(1)), 'upload-gone');
    await store.abortUpload(key, uploadId);
  });

  it('completes an upload under a condition', async () => {
    const [key, body] = [newKey(), random(9)];
    const { etag } = await put(key, body);
    const uploadId = await store.createUpload(key, {});
    const parts = [await send(key, uploadId, 1, body)];
    const completing = (condition: Parameters<ObjectStore['completeUpload']>[3]) =>
      store.completeUpload(key, uploadId, parts, condition);
    await refuses(completing({ condition: { kind: 'absent' } }), 'object-changed');
    await refuses(completing({ condition: { kind: 'unchanged', etag: '"another"' } }), 'object-changed');
    await completing({ condition: { kind: 'unchanged', etag } });
  });

  it('leaves no part of an upload that is given up', async () => {
    const key = newKey();
    const uploadId = await store.createUpload(key, {});
    await send(key, uploadId, 1, random(9));
    await store.abortUpload(key, uploadId);
    await store.abortUpload(key, uploadId);
    await refuses(store.listParts(key, uploadId), 'upload-gone');
  });

  it('lists what is below a prefix, and deletes it', async () => {
    const folder = `${newKey()}/`;
    for (const name of ['a', 'b c', 'ü&<>"%2F']) await put(`${folder}${name}`, random(name.length));
    const { objects, next } = await store.list(folder);
    expect(next).toBeUndefined();
    expect(objects.map(({ key, size }) => [key.slice(folder.length), size])).toEqual([
      ['a', 1],
      ['b c', 3],
      ['ü&<>"%2F', 8],
    ]);
    for (const { key } of objects) {
      expect(await readAll(key)).toHaveLength(key.length - folder.length);
      await store.remove(key);
      // S3 says "no" and not "nothing there" to whoever may list no more than a prefix.
      await refuses(store.head(key), 'access-denied');
      await store.remove(key);
    }
    expect((await store.list(folder)).objects).toEqual([]);
  });

  it('copies for a link, once, and only what was looked at', async () => {
    const [key, body] = [newKey(), random(70_003)];
    const head = await put(key, body);
    const target = `shared/${randomBytes(16).toString('hex')}`;
    await refuses(store.copy({ ...head, etag: '"another"' }, target), 'object-changed');
    await store.copy(head, target);
    await refuses(store.copy(head, target), 'object-changed');
    const response = await fetch(`${cloud.info.appUrl}${target}`);
    expect(digest(new Uint8Array(await response.arrayBuffer()))).toBe(digest(body));
    for (const [name, value] of Object.entries(metadata)) {
      expect(response.headers.get(`x-amz-meta-${name}`)).toBe(value);
    }
  });

  it('is let at nothing but its own', async () => {
    const { identityId } = await guest(cloud.info);
    const body = random(3);
    for (const elsewhere of [`files/${identityId}/x`, 'files/x', 'x', 'shared/x']) {
      await refuses(store.head(elsewhere), 'access-denied');
      await refuses(store.remove(elsewhere), 'access-denied');
      await refuses(store.read(elsewhere, { start: 0, end: 1 }, { etag: '"x"' }), 'access-denied');
      await refuses(store.put(elsewhere, body, {}, { sha256: sha256(body) }), 'access-denied');
    }
    await refuses(store.createUpload('files/x', {}), 'access-denied');
    await refuses(store.list('files/'), 'access-denied');
    await refuses(store.list(''), 'access-denied');
    await refuses(store.list('shared/'), 'access-denied');
  });

  it('never writes over what a link leads to', async () => {
    const [key, body] = [`shared/${randomBytes(16).toString('hex')}`, random(3)];
    const options = { sha256: sha256(body) };
    await store.put(key, body, {}, { ...options, condition: { kind: 'absent' } });
    await refuses(store.put(key, body, {}, { ...options, condition: { kind: 'absent' } }), 'object-changed');
    await refuses(store.put(key, body, {}, options), 'access-denied');
    const uploadId = await store.createUpload(key, {});
    const parts = [await send(key, uploadId, 1, body)];
    await refuses(store.completeUpload(key, uploadId, parts), 'access-denied');
    await store.abortUpload(key, uploadId);
  });

  it('is cancelled when asked to be', async () => {
    const [key, body] = [newKey(), random(9)];
    const { etag } = await put(key, body);
    const uploadId = await store.createUpload(key, {});
    const signal = AbortSignal.abort();
    const options = { sha256: sha256(body), signal };
    await refuses(store.head(key, signal), 'cancelled');
    await refuses(store.list(prefix, { signal }), 'cancelled');
    await refuses(store.read(key, { start: 0, end: 1 }, { etag, signal }), 'cancelled');
    await refuses(store.put(key, body, {}, options), 'cancelled');
    await refuses(store.sendPart(key, uploadId, 1, body, options), 'cancelled');
    await store.abortUpload(key, uploadId);
  });
});
