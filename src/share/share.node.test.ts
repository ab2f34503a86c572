/** Links through the real store and the real host, against the local cloud over real HTTP. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../local/cloud.ts';
import { toBase64, utf8 } from '../core/bytes.ts';
import { createRawAesKeyring } from '../core/esdk/esdk.ts';
import { createAesKeyring, importWrappingKey } from '../core/keyrings/aes-keyring.ts';
import { parseEnvelope, unlockEnvelope } from '../core/s3ec/s3ec.ts';
import { createGuest, createS3Store, guestCredentials } from '../store/aws/aws.ts';
import { createPathReader } from '../store/path-reader.ts';
import type { ObjectStore, ReadableStore } from '../store/store.ts';
import { lockFile } from '../transfer/lock-file.ts';
import { type ObjectFormat, openFile } from '../transfer/objects.ts';
import { describeKey, drawPersonalKey, nameKey, type PersonalKey } from '../vault/personal-key.ts';
import { createShare } from './create-share.ts';
import { deriveShareKeys } from './derive.ts';
import { openShare } from './open-share.ts';

const plaintext = utf8('PLAINTEXT-MARKER the quick brown fox');
let dataDir: string;
let cloud: Cloud;
let administrator: S3Client;
let store: ObjectStore;
let reader: ReadableStore;
let prefix: string;
let key: string;
let personal: PersonalKey;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 's3-envelope-share-'));
  cloud = await startCloud({ dataDir, port: 0 });
  const { endpoint, region, bucket, identityPoolId, appUrl } = cloud.info;
  administrator = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: cloud.info.accessKeyId, secretAccessKey: cloud.info.secretAccessKey },
  });
  const identityId = await createGuest({ region, identityPoolId, endpoint });
  const credentials = guestCredentials({ region, identityPoolId, endpoint }, identityId);
  store = createS3Store({ bucket, region, credentials, endpoint });
  reader = createPathReader(new URL('/shared/', appUrl));
  prefix = `files/${identityId}/`;
  key = `${prefix}contract`;
  personal = (await drawPersonalKey()).key;
  await storeFile(key, 's3ec');
});
afterAll(async () => {
  await cloud.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** As the app stores it: with its whole path as its name, and beside what another program may have noted. */
async function storeFile(key: string, format: ObjectFormat): Promise<void> {
  const name = 'private/2026/contract.pdf';
  const { encryptor, metadata } = await lockFile({
    ...{ keyring: keyring(), plaintextLength: plaintext.length, name, format },
  });
  const body = await encryptor.seal(0, plaintext.slice());
  const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
  await store.put(key, body, { ...metadata, author: 'somebody' }, { sha256 });
}

const keyring = () => ({
  s3ec: createAesKeyring({ ...personal, materialsDescription: describeKey(personal.fingerprint) }),
  esdk: async () => createRawAesKeyring({ ...personal, ...nameKey(personal.fingerprint) }),
});
const place = () => ({ store, prefix: 'shared/', reader });
const share = () => createShare({ ...place(), keyring: keyring(), files: [{ key, name: 'contract.pdf' }] });

describe('a share', () => {
  it('opens for whoever has the secret, without credentials, and holds the file', async () => {
    const [file] = await openShare(reader, await share());
    expect(file).toMatchObject({ name: 'contract.pdf', size: plaintext.length });
    const head = await reader.head(file?.key ?? '');
    const { decryptor } = await openFile(reader, head, file?.keyring ?? keyring());
    const body = await reader.read(head.key, { start: 0, end: head.size }, { etag: head.etag });
    expect(await decryptor.open(0, body)).toEqual(plaintext);
    await decryptor.verify();
  });

  it('names neither the owner nor the file anywhere that can be read without the secret', async () => {
    const secret = await share();
    const { id } = await deriveShareKeys(secret);
    const Bucket = cloud.info.bucket;
    const listed = await administrator.send(new ListObjectsV2Command({ Bucket, Prefix: `shared/${id}/` }));
    expect(listed.Contents?.map((object) => object.Key)).toEqual([`shared/${id}/0`, `shared/${id}/manifest`]);
    const guest = prefix.split('/')[1] ?? '';
    for (const { Key } of listed.Contents ?? []) {
      const object = await administrator.send(new GetObjectCommand({ Bucket, Key }));
      const text = `${Key}${JSON.stringify(object.Metadata)}${await object.Body?.transformToString('latin1')}`;
      for (const marker of ['PLAINTEXT-MARKER', 'contract.pdf', guest, toBase64(secret)]) {
        expect(text).not.toContain(marker);
      }
    }
  });

  it.each(['s3ec', 'esdk'] as const)(
    'has nothing beside a copy (%s) that tells its reader more than the file',
    async (format) => {
      const spare = `${prefix}${format}`;
      await storeFile(spare, format);
      const original = (await store.head(spare)).metadata;
      const files = [{ key: spare, name: 'contract.pdf' }];
      const secret = await createShare({ ...place(), keyring: keyring(), files });
      const [file] = await openShare(reader, secret);
      const { metadata } = await reader.head(file?.key ?? '');
      // The sealed name is the path that the file has with its owner, and the link's data key would open it.
      expect(Object.keys(original)).toEqual(expect.arrayContaining(['author', 's3-envelope-name']));
      if (format === 'esdk') return expect(Object.keys(metadata)).toEqual(['s3-envelope-header']);
      expect(Object.keys(metadata).every((name) => name.startsWith('x-amz-'))).toBe(true);
      expect(JSON.stringify(metadata)).not.toContain(personal.fingerprint);
      // It is an object of the link's key, as the manifest is.
      const { wrappingKey } = await deriveShareKeys(secret);
      const ofLink = createAesKeyring({ wrappingKey, materialsDescription: {} });
      const unlocked = await unlockEnvelope(parseEnvelope(metadata), { keyring: ofLink });
      expect(unlocked.decryptor(plaintext.length + 16).plaintextLength).toBe(plaintext.length);
      const owners = unlockEnvelope(parseEnvelope(metadata), { keyring: keyring().s3ec });
      await expect(owners).rejects.toMatchObject({ code: 'unwrap-failed' });
    },
  );

  it('is not made of another object than was looked at', async () => {
    const files = [{ key, name: 'contract.pdf', etag: '"another"' }];
    const made = createShare({ ...place(), keyring: keyring(), files });
    await expect(made).rejects.toMatchObject({ code: 'object-changed' });
  });

  it('is gone with its objects, and never was there for another secret', async () => {
    const secret = await share();
    const { id } = await deriveShareKeys(secret);
    const Bucket = cloud.info.bucket;
    await administrator.send(new DeleteObjectCommand({ Bucket, Key: `shared/${id}/manifest` }));
    await expect(openShare(reader, secret)).rejects.toMatchObject({ code: 'link-gone' });
    await expect(openShare(reader, new Uint8Array(32))).rejects.toMatchObject({ code: 'link-gone' });
  });

  it('outlives the file that it was made of', async () => {
    const spare = `${prefix}spare`;
    await store.copy(await store.head(key), spare);
    const files = [{ key: spare, name: 'spare' }];
    const secret = await createShare({ ...place(), keyring: keyring(), files });
    await store.remove(spare);
    const [file] = await openShare(reader, secret);
    expect((await reader.head(file?.key ?? '')).size).toBe(plaintext.length + 16);
  });

  it('is refused in every bit of its manifest that was changed, with no name delivered', async () => {
    const secret = await share();
    const { id } = await deriveShareKeys(secret);
    const head = await reader.head(`${id}/manifest`);
    const body = await reader.read(head.key, { start: 0, end: head.size }, { etag: head.etag });
    for (let bit = 0; bit < body.length * 8; bit += 61) {
      const changed = body.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const touched: ReadableStore = { ...reader, read: async () => changed.slice() };
      await expect(openShare(touched, secret)).rejects.toMatchObject({ code: 'tag-mismatch' });
    }
  });

  it('is not made of a file that this key does not open', async () => {
    const s3ec = createAesKeyring({
      wrappingKey: await importWrappingKey(crypto.getRandomValues(new Uint8Array(32))),
      materialsDescription: {},
    });
    const made = createShare({ ...place(), keyring: { s3ec }, files: [{ key, name: 'x' }] });
    await expect(made).rejects.toMatchObject({ code: 'unwrap-failed' });
  });

  it('cannot be overwritten by a guest', async () => {
    const { id } = await deriveShareKeys(await share());
    const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(1)));
    const body = new Uint8Array(1);
    await expect(store.put(`shared/${id}/manifest`, body, {}, { sha256 })).rejects.toMatchObject({
      code: 'access-denied',
    });
    await expect(
      store.put(`shared/${id}/manifest`, body, {}, { sha256, condition: { kind: 'absent' } }),
    ).rejects.toMatchObject({ code: 'object-changed' });
    await expect(store.remove(`shared/${id}/manifest`)).rejects.toMatchObject({ code: 'access-denied' });
  });
});
