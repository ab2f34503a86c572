/** Objects in S3, through the real program against the local cloud. */
import { createCipheriv } from 'node:crypto';
import { appendFile, mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guest, s3, startTestCloud, type TestCloud } from '../../local/test-cloud.ts';
import { utf8 } from '../core/bytes.ts';
import { createAesKeyring } from '../core/keyrings/aes-keyring.ts';
import { encryptObject } from '../core/s3ec/s3ec.ts';
import { nameLabel, sealName } from '../transfer/file-name.ts';
import { writeKeyFile } from '../vault/key-file.ts';
import { describeKey, drawPersonalKey, type PersonalKey } from '../vault/personal-key.ts';
import { awsEnvironment, openShop, random, rsaPair, type Shop, sha256 } from './test-rig.ts';

let cloud: TestCloud;
let shop: Shop;
let plain: S3Client;
let Bucket: string;
let personal: PersonalKey;
let identityId: string;
const plaintext = random(20_000_003);
const small = plaintext.subarray(0, 100_000);
const allow = ['--commitment-policy', 'require-encrypt-allow-decrypt'];

beforeAll(async () => {
  cloud = await startTestCloud();
  Bucket = cloud.info.bucket;
  plain = s3(cloud.info, cloud.administrator);
  shop = await openShop(awsEnvironment(cloud.info));
  await shop.write('plain', plaintext);
  await shop.write('small', small);
  await shop.write('aes', random(32));
  await shop.write('other', random(32));
  const { publicPem, privatePem } = rsaPair();
  await shop.write('public', publicPem);
  await shop.write('private', privatePem);
  ({ identityId } = await guest(cloud.info));
  const { key, raw } = await drawPersonalKey();
  personal = key;
  await shop.write(
    'backup.json',
    new Uint8Array(await writeKeyFile(raw, key, identityId).blob.arrayBuffer()),
  );
});
afterAll(async () => {
  await shop.close();
  await cloud.close();
});

const address = (key: string) => `s3://${Bucket}/${key}`;
const head = (Key: string) => plain.send(new HeadObjectCommand({ Bucket, Key }));
async function stored(Key: string): Promise<Uint8Array> {
  const { Body } = await plain.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}
async function left(Prefix: string) {
  const { Contents = [] } = await plain.send(new ListObjectsV2Command({ Bucket, Prefix }));
  const { Uploads = [] } = await plain.send(new ListMultipartUploadsCommand({ Bucket }));
  return { keys: Contents.map(({ Key }) => Key), uploads: Uploads.length };
}

/** As the app stores a file. */
async function upload(Key: string, name: string, content: Uint8Array): Promise<void> {
  const { wrappingKey, fingerprint } = personal;
  const keyring = createAesKeyring({ wrappingKey, materialsDescription: describeKey(fingerprint) });
  const encryptor = await encryptObject({ keyring, plaintextLength: content.length });
  const Body = await encryptor.seal(0, new Uint8Array(content));
  const Metadata = { ...encryptor.metadata, ...(await sealName(await encryptor.deriveKey(nameLabel), name)) };
  await plain.send(new PutObjectCommand({ Bucket, Key, Body, Metadata }));
}

describe('an object comes back as it was', () => {
  const keys: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
    aes: [
      ['--key', 'aes'],
      ['--key', 'aes'],
    ],
    rsa: [
      ['--key', 'public'],
      ['--key', 'private'],
    ],
    kms: [
      ['--kms', 'alias/documents', '--context', 'a=b'],
      ['--kms', 'alias/documents', '--context', 'a=b'],
    ],
  };
  it.each([
    ['v3', 'aes', [], []],
    ['v3', 'rsa', ['--instruction-file'], []],
    ['v3', 'kms', [], []],
    ['v2', 'aes', ['--instruction-file'], allow],
    ['v2', 'rsa', [], allow],
    ['v2', 'kms', [], allow],
    ['esdk', 'aes', [], []],
    ['esdk', 'rsa', ['--suite', '0578'], []],
    ['esdk', 'kms', [], []],
  ] as const)('%s, %s %j, in parts', async (format, kind, writing, reading) => {
    const [seal, open] = keys[kind] ?? [[], []];
    const key = `round/${format}-${kind} +ü`;
    await shop.ok(['put', 'plain', address(key), '--format', format, ...writing, ...seal]);
    expect((await head(key)).ETag).toMatch(/-\d+"$/);
    await shop.ok(['get', address(key), 'opened', '--force', ...reading, ...open]);
    expect(sha256(await shop.read('opened'))).toBe(sha256(plaintext));
    expect(sha256(await shop.ok(['get', address(key), '-', ...reading, ...open]))).toBe(sha256(plaintext));
  });

  it('from a pipe, into a pipe', async () => {
    await shop.ok(['put', '-', address('pipe'), '--key', 'aes'], { input: plaintext });
    expect(sha256(await shop.ok(['get', address('pipe'), '-', '--key', 'aes']))).toBe(sha256(plaintext));
  });

  it.each([0, 1])('of %d bytes', async (size) => {
    for (const format of ['v3', 'esdk']) {
      const args = [address(`size-${size}`), '--key', 'aes'];
      const input = small.subarray(0, size);
      await shop.ok(['put', '-', ...args, '--format', format, '--force'], { input });
      expect((await shop.ok(['get', ...args.toSpliced(1, 0, '-')])).equals(input)).toBe(true);
    }
  });
});

describe('put', () => {
  it('names an object after its file, and gives it its type', async () => {
    await shop.ok(['put', 'small', address('folder/'), '--key', 'aes', '--content-type', 'text/plain']);
    expect(await head('folder/small')).toMatchObject({ ContentType: 'text/plain' });
  });

  it('says that something is there before it does anything', async () => {
    await shop.ok(['put', 'small', address('taken'), '--key', 'aes']);
    // What would fail later, does not come to that.
    const { code, stderr } = await shop.run(['put', 'small', address('taken'), '--kms', 'alias/nothing']);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') });
  });

  it('leaves what is there, unless it is told to overwrite', async () => {
    for (const format of ['v3', 'esdk']) {
      const args = ['put', 'small', address('there'), '--key', 'aes', '--format', format];
      await shop.ok([...args, '--force']);
      const { ETag } = await head('there');
      const { code, stderr } = await shop.run(args);
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') });
      expect((await head('there')).ETag).toBe(ETag);
      await shop.ok([...args, '--force']);
    }
  });

  it('says of a file that changed while it was sent that it did', async () => {
    await shop.write('growing', plaintext);
    const front = createServer(async ({ method }, response) => {
      // The file is open by then.
      if (method === 'HEAD') await appendFile(shop.path('growing'), 'more');
      if (method !== 'POST') response.writeHead(method === 'HEAD' ? 404 : 204).end();
      else
        response.end('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>');
    });
    const AWS_ENDPOINT_URL = await listen(front);
    const args = ['put', 'growing', address('growing'), '--key', 'aes'];
    const { code, stderr } = await shop.run(args, { env: { AWS_ENDPOINT_URL } });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('[file-changed]') });
    front.closeAllConnections();
    front.close();
  });

  it('leaves no part behind when it is interrupted', async () => {
    // In front of S3, something that takes parts and never answers.
    let began: () => void = () => {};
    const hangs = new Promise<void>((resolve) => {
      began = resolve;
    });
    const upload = { Bucket, Key: 'cut' };
    const front = createServer(async ({ method, url = '' }, response) => {
      if (method === 'HEAD') response.writeHead(404).end();
      else if (method === 'POST') {
        const { UploadId } = await plain.send(new CreateMultipartUploadCommand(upload));
        const xml = `<UploadId>${UploadId}</UploadId>`;
        response.end(`<InitiateMultipartUploadResult>${xml}</InitiateMultipartUploadResult>`);
      } else if (method === 'DELETE') {
        const UploadId = new URL(url, 'http://s3').searchParams.get('uploadId') ?? '';
        await plain.send(new AbortMultipartUploadCommand({ ...upload, UploadId }));
        response.writeHead(204).end();
      } else began();
    });
    const AWS_ENDPOINT_URL = await listen(front);
    const { child, ended } = shop.start(['put', 'plain', address('cut'), '--key', 'aes'], {
      env: { AWS_ENDPOINT_URL },
    });
    await hangs;
    expect((await left('cut')).uploads).toBe(1);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(await left('cut')).toEqual({ keys: [], uploads: 0 });
    front.closeAllConnections();
    front.close();
  });
});

describe('get', () => {
  it('calls the file as it was called before it was encrypted, and never by a path', async () => {
    await upload('files/1', 'report ü.pdf', small);
    expect((await shop.ok(['get', address('files/1'), '--key', 'backup.json'])).toString()).toBe(
      'report ü.pdf\n',
    );
    expect(sha256(await shop.read('report ü.pdf'))).toBe(sha256(small));

    await mkdir(shop.path('folder'));
    await upload('files/2', '../../evil', small);
    const saved = await shop.ok(['get', address('files/2'), 'folder', '--key', 'backup.json']);
    expect(saved.toString()).toBe('folder/_.._evil\n');
    expect(sha256(await shop.read('folder/_.._evil'))).toBe(sha256(small));
    const again = await shop.run(['get', address('files/2'), 'folder', '--key', 'backup.json']);
    expect(again.code).toBe(2);
  });

  it('calls it after the key where it has no name', async () => {
    await shop.ok(['put', 'small', address('a/b/named'), '--key', 'aes']);
    expect((await shop.ok(['get', address('a/b/named'), 'folder', '--key', 'aes'])).toString()).toBe(
      'folder/named\n',
    );
  });

  it.each([
    ['v3', []],
    ['v2', allow],
    ['esdk', []],
  ] as const)('leaves nothing of what was tampered with (%s)', async (format, reading) => {
    const key = `tampered-${format}`;
    await shop.ok(['put', 'small', address(key), '--key', 'aes', '--format', format]);
    const { Metadata } = await head(key);
    const Body = await stored(key);
    Body[50_000] = (Body[50_000] ?? 0) ^ 1;
    await plain.send(new PutObjectCommand({ Bucket, Key: key, Body, Metadata }));
    const before = await shop.files();
    const { code, stderr } = await shop.run(['get', address(key), 'out', '--key', 'aes', ...reading]);
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('[tag-mismatch]') });
    expect(await shop.files()).toEqual(before);
    const piped = await shop.run(['get', address(key), '-', '--key', 'aes', ...reading]);
    expect({ code: piped.code, bytes: piped.stdout.length }).toEqual({ code: 3, bytes: 0 });
  });

  it.each([
    ['0-0', 0, 1],
    ['99-1048600', 99, 1_048_601],
    ['bytes=9000000-19999999', 9_000_000, 20_000_000],
    ['19999990-', 19_999_990, 20_000_003],
    ['20000002-30000000', 20_000_002, 20_000_003],
  ])('hands over the range %s, verified', async (range, start, end) => {
    for (const format of ['v3', 'esdk']) {
      const key = `ranges-${format}`;
      if (!(await left(key)).keys.includes(key)) {
        await shop.ok(['put', 'plain', address(key), '--key', 'aes', '--format', format]);
      }
      const args = ['get', address(key), '-', '--key', 'aes', '--range', range];
      expect((await shop.ok(args)).equals(plaintext.subarray(start, end)), format).toBe(true);
    }
  });

  it('verifies all of an object of S3EC for a range of it, unless it is told not to', async () => {
    await shop.ok(['put', 'small', address('changed'), '--key', 'aes']);
    const { Metadata } = await head('changed');
    const Body = await stored('changed');
    Body[90_000] = (Body[90_000] ?? 0) ^ 1;
    await plain.send(new PutObjectCommand({ Bucket, Key: 'changed', Body, Metadata }));
    const args = ['get', address('changed'), '-', '--key', 'aes', '--range', '10-19'];
    expect((await shop.run(args)).code).toBe(3);
    const unverified = await shop.ok([...args, '--allow-unverified-range']);
    expect(unverified.equals(small.subarray(10, 20))).toBe(true);
  });

  it('refuses a range that begins after the end', async () => {
    for (const range of ['20000003-', '5-4', 'x', '-5']) {
      const { code } = await shop.run(['get', address('ranges-v3'), '-', '--key', 'aes', '--range', range]);
      expect(code, range).toBe(2);
    }
  });

  it('opens the files of a guest with nothing but the key file', async () => {
    await upload(`files/${identityId}/x`, 'mine.txt', utf8('mine'));
    const own = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    const as = ['--guest', 'backup.json', '--key', 'backup.json'];
    const opened = await shop.ok(['get', address(`files/${identityId}/x`), '-', ...as], { env: own });
    expect(opened.toString()).toBe('mine');
    const listed = await shop.ok(['ls', address(`files/${identityId}/`), ...as], { env: own });
    expect(listed.toString()).toContain('mine.txt');
    const others = await shop.run(['get', address('files/1'), '-', ...as], { env: own });
    expect(others.code).toBe(6);
  });

  it('says so when the pool does not know the identity of the key file', async () => {
    const { key, raw } = await drawPersonalKey();
    const stranger = await writeKeyFile(raw, key, `us-east-1:${crypto.randomUUID()}`).blob.arrayBuffer();
    await shop.write('stranger.json', new Uint8Array(stranger));
    const as = ['--guest', 'stranger.json', '--key', 'stranger.json'];
    const own = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    const { code, stderr } = await shop.run(['ls', address(`files/${identityId}/`), ...as], { env: own });
    expect(code).toBe(6);
    expect(stderr).toContain('identity-unknown');
  });
});

describe('what old writers stored', () => {
  const dataKey = random(32);
  const iv = random(16);
  const wrappingKey = random(32);
  const wrapped = () => {
    const ecb = createCipheriv('aes-256-ecb', wrappingKey, null);
    return Buffer.concat([ecb.update(dataKey), ecb.final()]).toString('base64');
  };
  const args = ['get', '', '-', '--key', 'old', ...allow];
  beforeAll(async () => {
    await shop.write('old', wrappingKey);
    const cbc = createCipheriv('aes-256-cbc', dataKey, iv);
    const Body = Buffer.concat([cbc.update(small), cbc.final()]);
    const Metadata = { 'x-amz-key': wrapped(), 'x-amz-iv': iv.toString('base64'), 'x-amz-matdesc': '{}' };
    await plain.send(new PutObjectCommand({ Bucket, Key: 'old', Body, Metadata }));
    args[1] = address('old');
  });

  it('is read only by choices that are named after what they risk', async () => {
    const first = await shop.run(args);
    expect(first).toMatchObject({ code: 5 });
    expect(first.stderr).toContain('--allow-legacy-unauthenticated-content');
    const second = await shop.run([...args, '--allow-legacy-unauthenticated-content']);
    expect(second.code).toBe(5);
    expect(second.stderr).toContain('--allow-legacy-weak-wrapping');
    const both = ['--allow-legacy-unauthenticated-content', '--allow-legacy-weak-wrapping'];
    expect((await shop.ok([...args, ...both])).equals(small)).toBe(true);
    const range = await shop.ok([...args, ...both, '--range', '99990-200000']);
    expect(range.equals(small.subarray(99_990))).toBe(true);
  });
});

describe('rewrap', () => {
  it.each([
    ['v3', [], ['--key', 'aes'], ['--new-key', 'public'], ['--key', 'private']],
    [
      'v3',
      ['--instruction-file'],
      ['--key', 'aes'],
      ['--new-kms', 'alias/documents'],
      ['--kms', 'alias/documents'],
    ],
    ['v2', [], ['--kms', 'alias/documents'], ['--new-key', 'aes'], ['--key', 'aes']],
    ['v2', ['--instruction-file'], ['--key', 'private'], ['--new-key', 'other'], ['--key', 'other']],
  ] as const)('%s %j, %j %j', async (format, writing, old, renew, open) => {
    const key = `rewrap-${format}${writing.join()}`;
    const reading = format === 'v2' ? allow : [];
    await shop.ok(['put', 'small', address(key), '--format', format, ...writing, ...old]);
    const before = await stored(key);
    await shop.ok(['rewrap', address(key), ...old, ...renew, ...reading]);
    expect(sha256(await stored(key))).toBe(sha256(before));
    expect((await shop.ok(['get', address(key), '-', ...open, ...reading])).equals(small)).toBe(true);
    expect((await shop.run(['get', address(key), '-', ...old, ...reading])).code).toBe(4);
  });

  it('into another instruction file leaves the old one', async () => {
    await shop.ok(['put', 'small', address('shared'), '--instruction-file', '--key', 'aes']);
    const suffix = ['--new-instruction-suffix', '.friend'];
    await shop.ok(['rewrap', address('shared'), '--key', 'aes', '--new-key', 'other', ...suffix]);
    expect((await shop.ok(['get', address('shared'), '-', '--key', 'aes'])).equals(small)).toBe(true);
    const friend = ['--key', 'other', '--instruction-suffix', '.friend'];
    expect((await shop.ok(['get', address('shared'), '-', ...friend])).equals(small)).toBe(true);
  });

  it('keeps what the app sealed with the object', async () => {
    await upload('renamed', 'kept.txt', small);
    await shop.ok(['rewrap', address('renamed'), '--key', 'backup.json', '--new-key', 'aes']);
    const listed = await shop.ok(['ls', address('renamed'), '--key', 'aes', '--json']);
    expect(JSON.parse(listed.toString())).toMatchObject([{ name: 'kept.txt' }]);
  });

  it('refuses the key that it has, two new ones, and messages', async () => {
    await shop.ok(['put', 'small', address('same'), '--key', 'aes']);
    const args = ['rewrap', address('same'), '--key', 'aes'];
    expect((await shop.run([...args, '--new-key', 'aes'])).code).toBe(2);
    expect((await shop.run([...args, '--new-key', 'public', '--new-key', 'other'])).code).toBe(2);
    expect((await shop.run(args)).code).toBe(2);
    await shop.ok(['put', 'small', address('message'), '--key', 'aes', '--format', 'esdk']);
    expect((await shop.run(['rewrap', address('message'), '--key', 'aes', '--new-key', 'other'])).code).toBe(
      5,
    );
  });
});

describe('ls', () => {
  it('tells size, date, format, what opens each object, and its name to whoever has the key', async () => {
    const keyId = cloud.info.kmsKeyArn;
    await upload('list/a', 'true name.txt', small);
    await shop.ok(['put', 'small', address('list/b'), '--kms', keyId, '--format', 'esdk']);
    await shop.ok([
      'put',
      'small',
      address('list/c'),
      '--key',
      'aes',
      '--format',
      'v2',
      '--instruction-file',
    ]);
    await plain.send(new PutObjectCommand({ Bucket, Key: 'list/d\u001b[31m', Body: 'plain' }));
    const rows = JSON.parse((await shop.ok(['ls', address('list/'), '--json'])).toString());
    expect(rows).toMatchObject([
      { key: 'list/a', format: 'v3', plaintextBytes: 100_000, storedBytes: 100_016 },
      { key: 'list/b', format: 'esdk', plaintextBytes: 100_000, opensWith: [`--kms ${keyId}`] },
      { key: 'list/c', format: 'v2', plaintextBytes: 100_000 },
      { key: 'list/c.instruction', format: 'instruction' },
      { key: 'list/d\u001b[31m', format: 'plain', storedBytes: 5, opensWith: [] },
    ]);
    expect(rows[0].name).toBeUndefined();
    expect(rows[0].opensWith[0]).toContain(personal.fingerprint);
    expect(Math.abs(Date.parse(rows[0].lastModified) - Date.now())).toBeLessThan(600_000);

    const text = (await shop.ok(['ls', address('list/'), '--key', 'backup.json'])).toString();
    expect(text).toContain('true name.txt (list/a)');
    expect(text).toContain('list/d\\u{1b}[31m');
    expect(text.trimEnd().split('\n').length).toBe(5);
    const other = (await shop.ok(['ls', address('list/'), '--key', 'other'])).toString();
    expect(other).not.toContain('true name.txt');
  });

  it('lists nothing where there is nothing, and a damaged object as what it is', async () => {
    expect((await shop.ok(['ls', address('nothing/'), '--json'])).toString()).toBe('[]\n');
    const Metadata = { 'x-amz-c': '115', 'x-amz-3': 'AAAA' };
    await plain.send(new PutObjectCommand({ Bucket, Key: 'bad', Body: 'x', Metadata }));
    const [row] = JSON.parse((await shop.ok(['ls', address('bad'), '--json'])).toString());
    expect(row).toMatchObject({ problem: { code: 'metadata-incomplete' } });
    await plain.send(new DeleteObjectCommand({ Bucket, Key: 'bad' }));
  });
});

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}
