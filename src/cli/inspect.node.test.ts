/** What `inspect` says, as text and as JSON, of everything that there is to look at. */
import { createCipheriv } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3, startTestCloud, type TestCloud } from '../../local/test-cloud.ts';
import { measureFooter } from '../core/esdk/piece.ts';
import { createAesKeyring, importWrappingKey } from '../core/keyrings/aes-keyring.ts';
import { encryptObject } from '../core/s3ec/s3ec.ts';
import { encodeManifest } from '../share/encode-manifest.ts';
import { writeKeyFile } from '../vault/key-file.ts';
import { drawPersonalKey } from '../vault/personal-key.ts';
import { awsEnvironment, openShop, random, rsaPair, type Shop } from './test-rig.ts';

const javaScriptMessages = new URL('../core/esdk/vectors/clients/node-esdk.json', import.meta.url);

let cloud: TestCloud;
let shop: Shop;

beforeAll(async () => {
  cloud = await startTestCloud();
  shop = await openShop(awsEnvironment(cloud.info));
  await shop.write('plain', random(100_000));
  await shop.write('key', random(32));
  await shop.write('public', rsaPair().publicPem);
});
afterAll(async () => {
  await shop.close();
  await cloud.close();
});

async function look(args: readonly string[], input?: Uint8Array) {
  const options = input ? { input } : {};
  const text = await shop.run(['inspect', ...args], options);
  const json = await shop.run(['inspect', ...args, '--json'], options);
  expect(json.code).toBe(text.code);
  return { code: text.code, text: text.stdout.toString(), report: JSON.parse(json.stdout.toString()) };
}

describe('messages of the Encryption SDK', () => {
  it('say suite, frames, context and every wrapped key', async () => {
    const arn = cloud.info.kmsKeyArn;
    const keys = ['--key', 'key', '--name', 'ns/aes', '--key', 'public', '--name', 'ns/rsa', '--kms', arn];
    const more = ['--suite', '0578', '--frame-length', '4096', '--context', 'project=film'];
    await shop.ok(['encrypt', 'plain', 'message', ...keys, ...more]);
    const { report, text, code } = await look(['message']);
    expect(code).toBe(0);
    expect(report).toMatchObject({
      kind: 'esdk',
      version: 2,
      plaintextBytes: 100_000,
      contentAlgorithm: { id: '0578' },
      commitsToKey: true,
      signed: true,
      frames: { length: 4096, count: 25 },
      encryptionContext: { project: 'film' },
      wraps: [
        { keyKind: 'aes', provider: 'ns', key: 'aes' },
        { keyKind: 'rsa', provider: 'ns', key: 'rsa' },
        { keyKind: 'kms', provider: 'aws-kms', key: arn },
      ],
      opensWith: [expect.stringContaining('ns/aes'), expect.stringContaining('ns/rsa'), `--kms ${arn}`],
      remarks: [],
    });
    for (const words of [
      '100000 bytes of plaintext',
      'to its key',
      'project = film',
      `--kms ${arn}`,
      '25, of up to 4096',
    ])
      expect(text).toContain(words);
  });

  it('are told from a pipe as well, however long', async () => {
    const { report } = await look(['-'], await shop.read('message'));
    expect(report).toMatchObject({ kind: 'esdk', source: 'standard input', plaintextBytes: 100_000 });
    const long = await shop.ok(['encrypt', '--key', 'key'], { input: random(3_000_000) });
    const { report: endless } = await look(['-'], long);
    expect(endless).toMatchObject({ kind: 'esdk', frames: { length: 1_048_576 } });
    expect(endless.plaintextBytes).toBeUndefined();
  });

  it('of AWS, whose signatures have lengths of their own, say theirs', async () => {
    const { vectors } = JSON.parse(await readFile(javaScriptMessages, 'utf8'));
    const messages = vectors
      .filter(({ suite }: { suite: string }) => ['0214', '0346', '0378', '0578'].includes(suite))
      .map(({ ciphertext, expect }: { ciphertext: string; expect: { plaintextLength: number } }) => ({
        bytes: Buffer.from(ciphertext, 'base64'),
        plaintextLength: expect.plaintextLength,
      }));
    const names = messages.map((_: unknown, index: number) => `js${index}`);
    for (const [index, { bytes }] of messages.entries()) await shop.write(names[index], bytes);
    const { code, report } = await look(names);
    expect(code).toBe(0);
    expect(report.map(({ plaintextBytes }: { plaintextBytes?: number }) => plaintextBytes)).toEqual(
      messages.map(({ plaintextLength }: { plaintextLength: number }) => plaintextLength),
    );
    const footers = messages.map(({ bytes }: { bytes: Buffer }) => measureFooter(new Uint8Array(bytes)));
    expect(new Set(footers).size).toBeGreaterThan(1);
  });

  it('that are signed and cut end with 3', async () => {
    const content = await shop.read('message');
    await shop.write('unsigned', content.subarray(0, -1));
    expect(await look(['unsigned'])).toMatchObject({ code: 3, report: { problem: { code: 'truncated' } } });
  });

  it('of old suites are said to be so', async () => {
    await shop.ok(['encrypt', 'plain', 'uncommitted', '--key', 'key', '--suite', '0014']);
    const { report, text } = await look(['uncommitted']);
    expect(report).toMatchObject({ version: 1, commitsToKey: false, signed: false });
    expect(report.remarks.join()).toMatch(/--commitment-policy.*without a derivation/);
    expect(text).toContain('AES-128-GCM (no key derivation) [0014]');
  });

  it('that are damaged end with 3, after what can be said', async () => {
    const content = await shop.read('message');
    await shop.write('cut', content.subarray(0, 50));
    expect(await look(['cut'])).toMatchObject({ code: 3, report: { problem: { code: 'truncated' } } });
    await shop.write('zeros', Buffer.concat([content.subarray(0, 60), Buffer.alloc(1000, 0xff)]));
    const { code, text } = await look(['zeros']);
    expect(code).toBe(3);
    expect(text).toContain('PROBLEM');
  });

  it('in base64 are seen through', async () => {
    await shop.write('base64', (await shop.read('message')).toString('base64'));
    expect((await look(['base64'])).report).toMatchObject({
      kind: 'plain',
      title: 'base64 text of a message of the AWS Encryption SDK',
    });
  });
});

describe('objects of S3EC', () => {
  const address = (key: string) => `s3://${cloud.info.bucket}/${key}`;

  it.each([
    [
      'v3',
      ['--key', 'key'],
      { version: 3, commitsToKey: true, wraps: [{ algorithm: 'AES/GCM', keyKind: 'aes' }] },
    ],
    [
      'v3',
      ['--key', 'public', '--description', 'team=a'],
      { materialsDescription: { team: 'a' }, wraps: [{ algorithm: 'RSA-OAEP-SHA1', keyKind: 'rsa' }] },
    ],
    [
      'v2',
      ['--kms', 'alias/documents', '--context', 'a=b'],
      {
        version: 2,
        commitsToKey: false,
        encryptionContext: { a: 'b', 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' },
        wraps: [{ algorithm: 'kms+context', keyKind: 'kms' }],
      },
    ],
  ] as const)('%s %j, in a file and in S3', async (format, key, expected) => {
    await shop.ok(['encrypt', 'plain', 'object', '--force', '--format', format, ...key]);
    await shop.ok(['put', 'plain', address('object'), '--force', '--format', format, ...key]);
    for (const source of ['object', address('object')]) {
      const { report, text } = await look([source]);
      expect(report).toMatchObject({
        ...expected,
        source,
        kind: 's3ec',
        storedBytes: 100_016,
        plaintextBytes: 100_000,
        envelopeIn: 'metadata',
      });
      expect(text).toContain(`format V${report.version}`);
      expect(text).toContain(report.opensWith[0]);
    }
    expect((await look([address('object')])).report.storage).toMatchObject({
      contentType: 'application/octet-stream',
    });
  });

  it('with an instruction file, which is told for what it is', async () => {
    await shop.ok(['put', 'plain', address('with'), '--instruction-file', '--key', 'key']);
    expect((await look([address('with')])).report).toMatchObject({ envelopeIn: address('with.instruction') });
    expect((await look([address('with.instruction')])).report).toMatchObject({
      kind: 's3ec-instruction-file',
      version: 3,
    });
    await shop.ok(['encrypt', 'plain', 'with', '--format', 'v3', '--instruction-file', '--key', 'key']);
    expect((await look(['with.metadata.json'])).report).toMatchObject({ kind: 's3ec-metadata' });
    expect((await look(['with.instruction'])).report).toMatchObject({ kind: 's3ec-instruction-file' });
  });

  it('of format V1, with what reading it takes', async () => {
    const ecb = createCipheriv('aes-256-ecb', random(32), null);
    const wrapped = Buffer.concat([ecb.update(random(32)), ecb.final()]);
    await shop.write('v1', random(112));
    const metadata = {
      'x-amz-key': wrapped.toString('base64'),
      'x-amz-iv': random(16).toString('base64'),
      'x-amz-matdesc': '{}',
    };
    await shop.write('v1.metadata.json', JSON.stringify(metadata));
    const { report, text } = await look(['v1']);
    expect(report).toMatchObject({ version: 1, contentAlgorithm: { id: 'AES/CBC/PKCS5Padding' } });
    expect(report.wraps[0].legacy).toBe('--allow-legacy-weak-wrapping');
    for (const option of [
      '--allow-legacy-unauthenticated-content',
      '--allow-legacy-weak-wrapping',
      '--commitment-policy',
    ])
      expect(text).toContain(option);
    expect(text).toContain('96 to 111 bytes');
  });

  it('that are damaged end with 3', async () => {
    await shop.write('damaged', 'x');
    await shop.write('damaged.metadata.json', JSON.stringify({ 'x-amz-c': '115', 'x-amz-d': 'x' }));
    const { code, report } = await look(['damaged']);
    expect({ code, report }).toMatchObject({ code: 3, report: { problem: { code: 'metadata-incomplete' } } });
  });

  it('that are the list of a share link are said to be', async () => {
    const wrappingKey = await importWrappingKey(new Uint8Array(random(32)));
    const keyring = createAesKeyring({ wrappingKey, materialsDescription: {} });
    const manifest = encodeManifest({ files: [{ name: 'a', size: 1, dataKey: new Uint8Array(random(32)) }] });
    const encryptor = await encryptObject({ keyring, plaintextLength: manifest.length });
    const Body = await encryptor.seal(0, manifest.slice());
    const Key = 'copied/AbCdEfGhIjKlMnOpQrStUv/manifest';
    const put = new PutObjectCommand({
      Bucket: cloud.info.bucket,
      Key,
      Body,
      Metadata: { ...encryptor.metadata },
    });
    await s3(cloud.info, cloud.administrator).send(put);
    expect((await look([address(Key)])).report).toMatchObject({
      kind: 'share-manifest',
      opensWith: ['the link alone ("s3-envelope open-link")'],
    });
    await shop.write('manifest.json', manifest);
    const { report, text } = await look(['manifest.json']);
    expect(report).toMatchObject({ kind: 'share-manifest', title: expect.stringContaining('in the clear') });
    expect(text).not.toContain(JSON.parse(Buffer.from(manifest).toString()).files[0].dataKey);
  });
});

describe('everything else', () => {
  it('a key file of the app is told, and its key is not', async () => {
    const { key, raw } = await drawPersonalKey();
    const secret = Buffer.from(raw).toString('base64');
    const identityId = 'us-east-1:01234567-89ab-cdef-0123-456789abcdef';
    await shop.write('backup.json', Buffer.from(await writeKeyFile(raw, key, identityId).blob.arrayBuffer()));
    const { report, text } = await look(['backup.json']);
    expect(report).toMatchObject({ kind: 'key-file', fingerprint: key.fingerprint, identityId });
    expect(text + JSON.stringify(report)).not.toContain(secret);
  });

  it('files, an empty one and PEM are what they are', async () => {
    await shop.write('empty', '');
    await shop.write('private.pem', rsaPair().privatePem);
    const { text } = await look(['plain', 'empty', 'private.pem'].slice(0, 1));
    expect(text).toContain('not encrypted in any format known here');
    const { report } = await look(['plain', 'empty', 'private.pem', 'public']);
    expect(report).toMatchObject([{ kind: 'plain' }, { kind: 'plain' }, { kind: 'pem' }, { kind: 'pem' }]);
  });

  it('what cannot be read hides nothing of the others', async () => {
    await mkdir(shop.path('folder'));
    const { code, text, report } = await look(['folder', 'plain', 'missing']);
    expect(code).toBe(6);
    expect(text).toContain('folder: it is a folder [file-unreadable]');
    expect(text).toContain('plain: not encrypted');
    expect(report).toMatchObject([{ kind: 'unreadable' }, { kind: 'plain' }, { kind: 'unreadable' }]);
  });

  it('what others chose is printed without control characters', async () => {
    await shop.ok(['encrypt', 'plain', 'evil', '--key', 'key', '--context', 'a=\u001b[2Jb\u202e']);
    const { text, report } = await look(['evil']);
    expect(text).toContain('a = \\u{1b}[2Jb\\u{202e}');
    expect(report.encryptionContext).toEqual({ a: '\u001b[2Jb\u202e' });
  });
});
