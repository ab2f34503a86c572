/** What the library writes is read again by it and by the core alone, whatever the key and the place of the envelope. */
import { createReadStream, openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadObjectCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEnvelope, unlockEnvelope } from '../lib.ts';
import { openRig, type Rig, random } from './test-rig.ts';

const MiB = 1024 ** 2;
let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());

describe.each(['aes', 'rsa', 'kms'] as const)('with a key of %s', (kind) => {
  const context = kind === 'kms' ? { encryptionContext: { tenant: 'grün' } } : {};

  it.each([
    ['putObject', false, 0],
    ['putObject', false, 33],
    ['putObject', true, 1 * MiB + 1],
    ['uploadMultipart', false, 12 * MiB + 5],
    ['uploadMultipart', true, 10 * MiB],
    ['uploadMultipart', false, 0],
  ] as const)('%s, instruction file: %s, %i bytes', async (call, instructionFile, length) => {
    const { Bucket } = rig;
    const client = rig.ours({ keyring: rig[kind], instructionFile });
    const [Key, bytes] = [rig.newKey(), random(length)];
    const input = { Bucket, Key, Body: bytes, Metadata: { mine: 'yes' }, ...context };
    const written =
      call === 'putObject'
        ? await client.putObject(input)
        : await client.uploadMultipart({ ...input, partSize: 5 * MiB });
    expect(written.envelope).toMatchObject({ version: 3, contentAlgorithm: '115' });
    expect(written.envelope.instructionFileKey).toBe(instructionFile ? `${Key}.instruction` : undefined);

    const read = await client.getObject({ Bucket, Key, ...context });
    expect(read).toMatchObject({
      ETag: written.ETag,
      ContentLength: length,
      ContentType: 'application/octet-stream',
      Metadata: { mine: 'yes' },
      envelope: written.envelope,
      verified: true,
    });
    expect(Object.keys(read.Metadata)).toEqual(['mine']);
    expect(Buffer.compare(await read.Body.transformToByteArray(), bytes)).toBe(0);

    // The core alone, from what AWS's client sees.
    const { bytes: body, metadata } = await rig.stored(Key);
    expect(body.length).toBe(length + 16);
    const file = instructionFile ? (await rig.stored(`${Key}.instruction`)).bytes : undefined;
    const envelope = parseEnvelope(metadata, { instructionFile: file && new Uint8Array(file) });
    const unlocked = await unlockEnvelope(envelope, { keyring: rig[kind], ...context });
    const decryptor = unlocked.decryptor(body.length);
    const opened = await decryptor.open(0, new Uint8Array(body));
    await decryptor.verify();
    expect(Buffer.compare(opened, bytes)).toBe(0);
  });
});

it('writes V2 under the policy that forbids V3, and reads it where the policy allows', async () => {
  const { Bucket } = rig;
  const Key = rig.newKey();
  const old = rig.ours({ commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' });
  const { envelope } = await old.putObject({ Bucket, Key, Body: 'old' });
  expect(envelope).toMatchObject({ version: 2, contentAlgorithm: 'AES/GCM/NoPadding' });
  await expect(rig.ours().getObject({ Bucket, Key })).rejects.toMatchObject({ code: 'commitment-required' });
  const { Body } = await rig.ours().getObject({
    Bucket,
    Key,
    commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  });
  expect(await Body.transformToString()).toBe('old');
});

it('hands S3 its own parameters of the object, in one PUT and in parts', async () => {
  const { Bucket, plain } = rig;
  const parameters = {
    ContentType: 'text/plain; charset=utf-8',
    CacheControl: 'no-store',
    ContentDisposition: 'attachment',
    Tagging: 'team=red',
  };
  for (const Body of ['short', new Blob([random(6 * MiB)])]) {
    const Key = rig.newKey();
    await rig.ours().uploadMultipart({ Bucket, Key, Body, partSize: 5 * MiB, ...parameters });
    const head = await plain.send(new HeadObjectCommand({ Bucket, Key }));
    const { Tagging, ...visible } = parameters;
    expect(head).toMatchObject(visible);
    expect(await rig.ours().getObject({ Bucket, Key })).toMatchObject(visible);
  }
});

it('gives and takes version ids', async () => {
  const { Bucket, plain } = rig;
  const versioning = (Status: 'Enabled' | 'Suspended') =>
    plain.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  await versioning('Enabled');
  try {
    const Key = rig.newKey();
    const first = await rig.ours().putObject({ Bucket, Key, Body: 'first' });
    const second = await rig
      .ours()
      .uploadMultipart({ Bucket, Key, Body: random(6 * MiB), partSize: 5 * MiB });
    expect(new Set([first.VersionId, second.VersionId, undefined]).size).toBe(3);
    const { VersionId } = first;
    const read = await rig.ours().getObject({ Bucket, Key, ...(VersionId !== undefined && { VersionId }) });
    expect(read.VersionId).toBe(first.VersionId);
    expect(await read.Body.transformToString()).toBe('first');
    expect((await rig.ours().deleteObject({ Bucket, Key })).DeleteMarker).toBe(true);
  } finally {
    await versioning('Suspended');
  }
});

describe('a body', () => {
  const text = 'Bytes, Blobs, text and streams: ä€😀';
  const bytes = new TextEncoder().encode(text);
  const halves = () => [bytes.slice(0, 7), new Uint8Array(0), bytes.slice(7)];
  async function* generated() {
    yield* halves();
  }

  it.each([
    ['a string', () => text],
    ['an array', () => bytes],
    ['a view of a larger array', () => new Uint8Array([1, ...bytes, 2]).subarray(1, -1)],
    ['a Node Buffer', () => Buffer.from(text)],
    ['an ArrayBuffer', () => bytes.slice().buffer],
    ['a Blob', () => new Blob([bytes])],
    ['a File', () => new File([bytes], 'name')],
  ])('is %s', async (_, body) => {
    const { Bucket } = rig;
    const Key = rig.newKey();
    await rig.ours().putObject({ Bucket, Key, Body: body() });
    const { Body } = await rig.ours().getObject({ Bucket, Key });
    expect(await Body.transformToString()).toBe(text);
    expect(bytes).toEqual(new TextEncoder().encode(text));
  });

  it.each([
    ['a web stream', () => new Blob([bytes]).stream()],
    ['a generator', generated],
  ])('is %s with its length', async (_, body) => {
    const { Bucket } = rig;
    const Key = rig.newKey();
    await rig.ours().uploadMultipart({ Bucket, Key, Body: body(), ContentLength: bytes.length });
    const { Body } = await rig.ours().getObject({ Bucket, Key });
    expect(await Body.transformToString()).toBe(text);
  });

  it('is a file of Node, as a stream and as a Blob, in parts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 's3-envelope-lib-'));
    try {
      const path = join(folder, 'file');
      const content = random(17 * MiB + 3);
      await writeFile(path, content);
      const { Bucket } = rig;
      const stream = createReadStream(path);
      const inputs = [{ Body: stream, ContentLength: content.length }, { Body: await openAsBlob(path) }];
      for (const input of inputs) {
        const Key = rig.newKey();
        await rig.ours().uploadMultipart({ Bucket, Key, partSize: 5 * MiB, concurrency: 3, ...input });
        const { Body } = await rig.ours().getObject({ Bucket, Key });
        expect(Buffer.compare(await Body.transformToByteArray(), content)).toBe(0);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('what is read comes out as', () => {
  const content = random(20 * MiB + 1);
  let target: { Bucket: string; Key: string };
  beforeAll(async () => {
    target = { Bucket: rig.Bucket, Key: rig.newKey() };
    await rig.ours().uploadMultipart({ ...target, Body: content });
  });

  it('bytes, as often as they are asked for', async () => {
    const { Body } = await rig.ours().getObject(target);
    for (let time = 0; time < 2; time++) {
      expect(Buffer.compare(await Body.transformToByteArray(), content)).toBe(0);
    }
  });

  it('a Blob', async () => {
    const { Body } = await rig.ours().getObject({ ...target, concurrency: 1 });
    const blob = await Body.transformToBlob();
    expect(Buffer.compare(new Uint8Array(await blob.arrayBuffer()), content)).toBe(0);
  });

  it.each([
    ['held back whole', undefined, [20 * MiB + 1]],
    ['fetched twice', 1 * MiB, [8 * MiB, 8 * MiB, 4 * MiB + 1]],
  ])('a stream, %s', async (_, bufferSize, sizes) => {
    const seen: number[] = [];
    const onProgress = ({ loaded }: { loaded: number }) => seen.push(loaded);
    const { Body } = await rig.ours().getObject({ ...target, bufferSize, onProgress });
    const parts: Uint8Array[] = [];
    for await (const part of Body.transformToWebStream()) parts.push(part);
    expect(parts.map((part) => part.length)).toEqual(sizes);
    expect(Buffer.compare(Buffer.concat(parts), content)).toBe(0);
    expect(seen.at(-1)).toBe(content.length + 16);
  });

  it('a stream that stops fetching when nobody reads on', async () => {
    const { Body } = await rig.ours().getObject({ ...target, bufferSize: 0, concurrency: 1 });
    const reader = Body.transformToWebStream().getReader();
    expect((await reader.read()).value?.length).toBe(8 * MiB);
    await reader.cancel();
    expect((await reader.read()).done).toBe(true);
  });
});

it('tells how far an upload is, to the last byte', async () => {
  const seen: number[] = [];
  const length = 11 * MiB;
  await rig.ours().uploadMultipart({
    Bucket: rig.Bucket,
    Key: rig.newKey(),
    Body: random(length),
    partSize: 5 * MiB,
    concurrency: 2,
    onProgress: ({ loaded, total }) => {
      expect(total).toBe(length + 16);
      seen.push(loaded);
    },
  });
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.length).toBe(3);
  expect(seen.at(-1)).toBe(length + 16);
});
