/** Links of the app, opened from a terminal without credentials. */
import { mkdir } from 'node:fs/promises';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3, startTestCloud, type TestCloud } from '../../local/test-cloud.ts';
import { createAesKeyring, importWrappingKey } from '../core/keyrings/aes-keyring.ts';
import type { Keyring } from '../core/keyrings/keyring.ts';
import { encryptObject } from '../core/s3ec/s3ec.ts';
import { createShare } from '../share/create-share.ts';
import { deriveShareKeys } from '../share/derive.ts';
import { formatLink } from '../share/link.ts';
import { createS3StoreOver } from '../store/aws/s3-store-over.ts';
import { createPathReader } from '../store/path-reader.ts';
import { openShop, random, type Shop, sha256 } from './test-rig.ts';

let cloud: TestCloud;
let shop: Shop;
let client: S3Client;
let Bucket: string;
let keyring: Keyring;
const plaintext = random(9_000_000);

beforeAll(async () => {
  cloud = await startTestCloud();
  shop = await openShop();
  client = s3(cloud.info, cloud.administrator);
  Bucket = cloud.info.bucket;
  const wrappingKey = await importWrappingKey(new Uint8Array(random(32)));
  keyring = createAesKeyring({ wrappingKey, materialsDescription: {} });
});
afterAll(async () => {
  await shop.close();
  await cloud.close();
});

let shares = 0;
async function share(...names: readonly string[]) {
  const files = [];
  for (const name of names) {
    const Key = `files/x/${++shares}`;
    const encryptor = await encryptObject({ keyring, plaintextLength: plaintext.length });
    const Body = await encryptor.seal(0, new Uint8Array(plaintext));
    await client.send(new PutObjectCommand({ Bucket, Key, Body, Metadata: { ...encryptor.metadata } }));
    files.push({ key: Key, name });
  }
  const store = createS3StoreOver(client, Bucket);
  const reader = createPathReader(new URL('/shared/', cloud.info.appUrl));
  const secret = await createShare({ store, keyring: { s3ec: keyring }, files, prefix: 'shared/', reader });
  const { id } = await deriveShareKeys(secret);
  return { id, link: await formatLink(cloud.info.appUrl, secret) };
}

it('downloads a file under its name, the link read from standard input', async () => {
  const { link } = await share('contract ü.pdf');
  expect((await shop.ok(['open-link'], { input: `${link}\n` })).toString()).toBe('contract ü.pdf\n');
  expect(sha256(await shop.read('contract ü.pdf'))).toBe(sha256(plaintext));
  const again = await shop.run(['open-link'], { input: link });
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') });
  await shop.ok(['open-link', '--force'], { input: link });
});

it('writes to a file or a pipe of choice, the link given on the command line', async () => {
  const { link } = await share('a');
  await shop.ok(['open-link', link, 'chosen']);
  expect(sha256(await shop.read('chosen'))).toBe(sha256(plaintext));
  expect(sha256(await shop.ok(['open-link', '-', '-'], { input: link }))).toBe(sha256(plaintext));
});

it('downloads several files to a folder, never by a path, and none over another', async () => {
  const { link } = await share('../up', 'same', 'SAME');
  await mkdir(shop.path('folder'));
  const saved = (await shop.ok(['open-link', link, 'folder'])).toString();
  expect(saved).toBe('folder/_up\nfolder/same\nfolder/2 SAME\n');
  for (const name of saved.trimEnd().split('\n'))
    expect(sha256(await shop.read(name))).toBe(sha256(plaintext));
  expect((await shop.run(['open-link', link, 'one'])).code).toBe(2);
  expect((await shop.run(['open-link', link, '-'])).code).toBe(2);
});

it('downloads names as long as a file system takes, twice the same and in two spellings', async () => {
  const { link } = await share('漢'.repeat(100), '漢'.repeat(100), 'é', 'e\u0301');
  await mkdir(shop.path('long'));
  const saved = (await shop.ok(['open-link', link, 'long'])).toString().trimEnd().split('\n');
  expect(saved).toEqual([`long/${'漢'.repeat(85)}`, `long/2 ${'漢'.repeat(84)}`, 'long/é', 'long/2 e\u0301']);
  for (const name of saved) expect(sha256(await shop.read(name))).toBe(sha256(plaintext));
});

describe('is refused', () => {
  it('where the file was changed, and leaves nothing', async () => {
    const { id, link } = await share('changed');
    const Key = `shared/${id}/0`;
    const { Body, Metadata } = await client.send(new GetObjectCommand({ Bucket, Key }));
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    // Not even an administrator overwrites what is shared.
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await client.send(new PutObjectCommand({ Bucket, Key, Body: bytes, Metadata, IfNoneMatch: '*' }));
    const before = await shop.files();
    const { code, stdout } = await shop.run(['open-link', link]);
    expect({ code, bytes: stdout.length, files: await shop.files() }).toEqual({
      code: 3,
      bytes: 0,
      files: before,
    });
    expect(await shop.run(['open-link', link, '-'])).toMatchObject({ code: 3, stdout: Buffer.alloc(0) });
  });

  it('where it is gone, cut, mistyped, or no link, without repeating it', async () => {
    const { id, link } = await share('gone');
    await client.send(new DeleteObjectCommand({ Bucket, Key: `shared/${id}/manifest` }));
    const token = link.slice(link.lastIndexOf('/') + 1);
    const wrong = token.startsWith('A') ? `B${token.slice(1)}` : `A${token.slice(1)}`;
    for (const [given, expected, name] of [
      [link, 6, 'link-gone'],
      [link.slice(0, -5), 2, 'link-incomplete'],
      [link.replace(token, wrong), 2, 'link-damaged'],
      [cloud.info.appUrl, 2, 'link-missing-secret'],
      [link.replace('http://', 'ftp://'), 2, 'bad-argument'],
      [link.replace(/127\.0\.0\.1|localhost/, 'example.invalid'), 2, 'bad-argument'],
    ] as const) {
      const { code, stderr } = await shop.run(['open-link'], { input: given });
      expect({ code, stderr }).toMatchObject({
        code: expected,
        stderr: expect.stringContaining(`[${name}]`),
      });
      expect(stderr).not.toContain(token.slice(4, 20));
    }
  });
});
