/** Everything that goes wrong has its own code, hands nothing over and leaves nothing behind. */
import { Readable } from 'node:stream';
import { PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3 } from '../../local/test-cloud.ts';
import {
  createS3EncryptionClient,
  EnvelopeError,
  type ErrorCode,
  type PutObjectInput,
  type S3EncryptionClientOptions,
  type UploadMultipartInput,
} from '../lib.ts';
import { drain, openRig, type Rig, random } from './test-rig.ts';

const MiB = 1024 ** 2;
const partSize = 5 * MiB;
let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());

async function refused(call: Promise<unknown>, code: ErrorCode): Promise<EnvelopeError> {
  const error = await call.then(
    () => expect.fail(`done, where ${code} was due`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EnvelopeError);
  expect(error).toMatchObject({ code });
  return error as EnvelopeError;
}

async function written(
  input: Partial<PutObjectInput> = {},
  options: Partial<S3EncryptionClientOptions> = {},
) {
  const target = { Bucket: rig.Bucket, Key: rig.newKey() };
  await rig.ours(options).putObject({ Body: 'in the clear', ...input, ...target });
  return target;
}

describe('a client', () => {
  it('wraps no encryption client, by type and when run', () => {
    const inner = rig.ours();
    // @ts-expect-error it has no `send`
    expect(() => createS3EncryptionClient({ client: inner, keyring: rig.aes })).toThrow(
      expect.objectContaining({ code: 'bad-argument' }),
    );
  });

  it('has no policy that there is not', () => {
    // @ts-expect-error AWS has three
    expect(() => rig.ours({ commitmentPolicy: 'NONE' })).toThrow(
      expect.objectContaining({ code: 'bad-argument' }),
    );
  });
});

describe('a write', () => {
  const target = () => ({ Bucket: rig.Bucket, Key: rig.newKey() });
  const endless = async function* () {
    for (;;) yield random(1024);
  };

  it.each<[string, Partial<UploadMultipartInput>, ErrorCode]>([
    ['without a key', { Key: '' }, 'bad-argument'],
    ['of metadata that belongs to the envelope', { Metadata: { 'X-Amz-Key-V2': 'x' } }, 'bad-argument'],
    ['of a stream without its length', { Body: endless() }, 'bad-argument'],
    ['of a length that is not the body\u2019s', { Body: 'four', ContentLength: 5 }, 'bad-argument'],
    ['of something that is no body', { Body: { size: 4 } as unknown as Blob }, 'bad-argument'],
    ['of parts too small for S3', { partSize: partSize - 1 }, 'bad-argument'],
    ['of no part at once', { concurrency: 0 }, 'bad-argument'],
    ['of a stream that ends early', { Body: new Blob(['abc']).stream(), ContentLength: 4 }, 'file-changed'],
    ['of a stream that goes on', { Body: endless(), ContentLength: 11 * MiB }, 'file-changed'],
    ['under a context that a raw key binds not', { encryptionContext: { a: 'b' } }, 'bad-argument'],
    ['to another bucket than there is', { Bucket: 'no-such-bucket' }, 'bucket-not-found'],
  ])('%s is refused and leaves nothing', async (_, input, code) => {
    const to = target();
    await refused(rig.ours().uploadMultipart({ Body: 'text', partSize, ...to, ...input }), code);
    expect(await rig.left(to.Key)).toEqual({ keys: [], uploads: 0 });
  });

  it('that S3 refuses while the stream is still slow to come is refused for that', async () => {
    let resume: () => void = () => {};
    const later = new Promise<void>((resolve) => {
      resume = resolve;
    });
    const slow = async function* () {
      yield random(partSize);
      await later;
      yield random(partSize);
    };
    const upload = rig.ours().uploadMultipart({
      ...{ ...target(), Bucket: 'no-such-bucket' },
      ...{ Body: slow(), ContentLength: 2 * partSize, partSize, concurrency: 2 },
    });
    setTimeout(resume, 1000);
    await refused(upload, 'bucket-not-found');
  });

  it.each([
    ['a Node stream', () => new Readable({ read() {} })],
    [
      'a generator',
      async function* () {
        yield random(1);
        await new Promise<never>(() => {});
      },
    ],
  ])('of %s that gives nothing more is cancelled all the same', async (_, newBody) => {
    const controller = new AbortController();
    const upload = rig.ours().uploadMultipart({
      ...{ ...target(), Body: newBody(), ContentLength: 2 * partSize, partSize },
      abortSignal: controller.signal,
    });
    setTimeout(() => controller.abort(), 100);
    await refused(upload, 'cancelled');
  });

  it('that is cancelled leaves no part, and what was there before', async () => {
    const to = await written();
    const controller = new AbortController();
    const upload = rig.ours({ instructionFile: true }).uploadMultipart({
      ...to,
      Body: random(30 * MiB),
      partSize,
      concurrency: 2,
      abortSignal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await refused(upload, 'cancelled');
    expect(await rig.left(to.Key)).toEqual({ keys: [to.Key], uploads: 0 });
    expect(await (await rig.ours().getObject(to)).Body.transformToString()).toBe('in the clear');
  });

  it.each(['putObject', 'uploadMultipart'] as const)(
    '%s over an object that has changed puts the instruction file back',
    async (call) => {
      const to = await written({}, { instructionFile: true });
      const before = await rig.stored(`${to.Key}.instruction`);
      const input = { ...to, IfMatch: '"0123456789abcdef0123456789abcdef"', instructionFile: true };
      const upload =
        call === 'putObject'
          ? rig.ours().putObject({ ...input, Body: 'other' })
          : rig.ours().uploadMultipart({ ...input, Body: random(partSize + 1), partSize });
      await refused(upload, 'object-changed');
      expect(await rig.stored(`${to.Key}.instruction`)).toEqual(before);
      expect(await (await rig.ours().getObject(to)).Body.transformToString()).toBe('in the clear');
    },
  );

  it('whose listener throws ends with that, and leaves no part', async () => {
    const mistake = new Error('a mistake of the caller');
    const Key = rig.newKey();
    const upload = rig.ours().uploadMultipart({
      ...{ Bucket: rig.Bucket, Key, Body: random(3 * partSize), partSize },
      onProgress() {
        throw mistake;
      },
    });
    expect((await refused(upload, 'cancelled')).cause).toBe(mistake);
    expect(await rig.left(Key)).toEqual({ keys: [], uploads: 0 });
  });

  it('over an object, where it was to be a new one, leaves no instruction file', async () => {
    const to = await written();
    const put = rig.ours({ instructionFile: true }).putObject({ ...to, Body: 'new', IfNoneMatch: '*' });
    await refused(put, 'object-changed');
    expect((await rig.left(to.Key)).keys).toEqual([to.Key]);
  });

  /** AWS's client, and something that happens once such a command has been carried out, before its answer is seen. */
  function afterwards(command: string, happens: () => void) {
    const client = s3(rig.cloud.info, rig.cloud.administrator);
    let done = false;
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (call) => {
          const result = await next(call);
          const { Key = '' } = call.input as { Key?: string };
          if (done || commandName !== command || Key.endsWith('.instruction')) return result;
          done = true;
          happens();
          return result;
        },
      { step: 'initialize' },
    );
    return createS3EncryptionClient({ client, keyring: rig.aes, instructionFile: true });
  }

  it('whose last answer is lost is done, since the object is there', async () => {
    const to = await written({}, { instructionFile: true });
    const client = afterwards('CompleteMultipartUploadCommand', () => {
      throw Object.assign(new Error('the line was cut'), { name: 'TimeoutError' });
    });
    const content = random(partSize + 1);
    await client.uploadMultipart({ ...to, Body: content, partSize });
    const { Body } = await rig.ours().getObject(to);
    expect(Buffer.compare(await Body.transformToByteArray(), content)).toBe(0);
  });

  it('that is cancelled when it was carried out already leaves an object that opens', async () => {
    const to = await written({}, { instructionFile: true });
    const controller = new AbortController();
    const client = afterwards('PutObjectCommand', () => {
      controller.abort();
      throw new Error('the answer came too late');
    });
    await refused(client.putObject({ ...to, Body: 'later', abortSignal: controller.signal }), 'cancelled');
    expect(await (await rig.ours().getObject(to)).Body.transformToString()).toBe('later');
  });

  it('with credentials that may not', async () => {
    const client = s3(rig.cloud.info, rig.cloud.other);
    const error = await refused(
      createS3EncryptionClient({ client, keyring: rig.aes }).putObject({ ...target(), Body: '' }),
      'access-denied',
    );
    expect(error.family).toBe('access');
    expect(error.cause).toBeInstanceOf(Error);
  });
});

describe('a read', () => {
  it.each<[string, () => Promise<{ Bucket: string; Key: string }>, object, ErrorCode]>([
    ['of nothing', async () => ({ Bucket: rig.Bucket, Key: 'none' }), {}, 'object-not-found'],
    ['of another version than is there', () => written(), { IfMatch: '"0"' }, 'object-changed'],
    [
      'under a context that a raw key binds not',
      () => written(),
      { encryptionContext: { a: 'b' } },
      'context-mismatch',
    ],
    [
      'of a range, unless its risk is accepted',
      () => written(),
      { Range: 'bytes=0-3' },
      'legacy-not-allowed',
    ],
    ['of a range that is none', () => written(), { Range: 'bytes=-3' }, 'bad-argument'],
    [
      'of a range beyond the end',
      () => written(),
      { Range: 'bytes=12-', legacy: { unauthenticatedContent: true } },
      'bad-argument',
    ],
    [
      'of an instruction file of another suffix than there is',
      () => written({}, { instructionFile: true }),
      { instructionFileSuffix: '.other' },
      'not-encrypted',
    ],
  ])('%s', async (_, target, input, code) => {
    await refused(rig.ours().getObject({ ...(await target()), ...input }), code);
  });

  it('with another key', async () => {
    const target = await written();
    await refused(rig.ours({ keyring: rig.otherAes }).getObject(target), 'unwrap-failed');
    await refused(rig.ours({ keyring: rig.rsa }).getObject(target), 'wrap-unsupported');
  });

  it('under another context', async () => {
    const target = await written({ encryptionContext: { a: 'b' } }, { keyring: rig.kms });
    const other = rig.ours({ keyring: rig.kms }).getObject({ ...target, encryptionContext: { a: 'c' } });
    await refused(other, 'context-mismatch');
  });

  it('of what is not encrypted', async () => {
    const target = { Bucket: rig.Bucket, Key: rig.newKey() };
    await rig.replace(target.Key, Buffer.from('plain'), {});
    await refused(rig.ours().getObject(target), 'not-encrypted');
  });

  it('of an object that was cut to less than a tag', async () => {
    const target = await written();
    const { bytes, metadata } = await rig.stored(target.Key);
    await rig.replace(target.Key, bytes.subarray(0, 15), metadata);
    await refused(rig.ours().getObject(target), 'truncated');
  });

  it('of an object that was changed in one bit gives no byte in any form', async () => {
    const target = await written({ Body: random(9 * MiB) });
    const { bytes, metadata } = await rig.stored(target.Key);
    bytes[9 * MiB - 1] = (bytes[9 * MiB - 1] ?? 0) ^ 1;
    await rig.replace(target.Key, bytes, metadata);
    for (const bufferSize of [0, 64 * MiB]) {
      const { Body } = await rig.ours().getObject({ ...target, bufferSize });
      await refused(Body.transformToByteArray(), 'tag-mismatch');
      await refused(Body.transformToString(), 'tag-mismatch');
      await refused(Body.transformToBlob(), 'tag-mismatch');
      const drained = await drain(Body.transformToWebStream());
      expect(drained.bytes.length).toBe(0);
      expect(drained.error).toMatchObject({ name: 'EnvelopeError', code: 'tag-mismatch' });
    }
  });

  it('of an object that is replaced before its bytes are asked for', async () => {
    const target = await written();
    const { Body } = await rig.ours().getObject(target);
    await rig.ours().putObject({ ...target, Body: 'later' });
    await refused(Body.transformToByteArray(), 'object-changed');
  });

  it('whose listener throws ends with that', async () => {
    const target = await written({ Body: random(3 * MiB) });
    const mistake = new Error('a mistake of the caller');
    const { Body } = await rig.ours().getObject({
      ...target,
      onProgress() {
        throw mistake;
      },
    });
    expect((await refused(Body.transformToByteArray(), 'cancelled')).cause).toBe(mistake);
  });

  it('by a stream from a bucket that gives other bytes the second time', async () => {
    const content = random(17 * MiB);
    const target = await written({ Body: content });
    // The same ETag and other bytes: what a store could do that means harm.
    let reads = 0;
    const lying = s3(rig.cloud.info, rig.cloud.administrator);
    lying.middlewareStack.add(
      (next) => async (call) => {
        const result = await next(call);
        const output = result.output as {
          ContentRange?: string;
          Body?: { transformToWebStream(): ReadableStream };
        };
        const body = output.Body;
        if (output.ContentRange && body && ++reads > 4) {
          const bytes = new Uint8Array(await new Response(body.transformToWebStream()).arrayBuffer());
          bytes[5] = (bytes[5] ?? 0) ^ 1;
          output.Body = { transformToWebStream: () => new Blob([bytes]).stream() };
        }
        return result;
      },
      { step: 'initialize' },
    );
    const client = createS3EncryptionClient({ client: lying, keyring: rig.aes });
    const { Body } = await client.getObject({ ...target, bufferSize: 0, concurrency: 1 });
    const { bytes, error } = await drain(Body.transformToWebStream());
    expect(reads).toBeGreaterThan(4);
    expect(error).toMatchObject({ code: 'tag-mismatch' });
    expect(Buffer.compare(bytes, content.subarray(0, bytes.length))).toBe(0);
    expect(bytes.length).toBeLessThan(content.length);
  });

  it('that is cancelled', async () => {
    const target = await written({ Body: random(9 * MiB) });
    const controller = new AbortController();
    const { Body } = await rig.ours().getObject({
      ...target,
      abortSignal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await refused(Body.transformToByteArray(), 'cancelled');
    await refused(rig.ours().getObject({ ...target, abortSignal: AbortSignal.abort() }), 'cancelled');
  });
});

describe('a range', () => {
  const content = random(9 * MiB + 7);
  const legacy = { unauthenticatedContent: true };

  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=5-40', 5, 41],
    [`bytes=${8 * MiB - 1}-${8 * MiB + 20}`, 8 * MiB - 1, 8 * MiB + 21],
    [`bytes=3-`, 3, content.length],
    [`bytes=${content.length - 2}-${content.length + 90}`, content.length - 2, content.length],
  ])('%s', async (Range, start, end) => {
    const target = await written({ Body: content });
    const read = await rig.ours({ legacy }).getObject({ ...target, Range });
    expect(read).toMatchObject({
      verified: false,
      ContentLength: end - start,
      ContentRange: `bytes ${start}-${end - 1}/${content.length}`,
    });
    const expected = content.subarray(start, end);
    expect(Buffer.compare(await read.Body.transformToByteArray(), expected)).toBe(0);
    expect(Buffer.compare((await drain(read.Body.transformToWebStream())).bytes, expected)).toBe(0);
  });
});

it('reads old content that nothing verifies where its risks are accepted, and says so', async () => {
  const key = await crypto.subtle.importKey('raw', random(32), 'AES-CBC', true, ['encrypt']);
  const [iv, text] = [random(16), 'forty-one bytes, which need some padding.'];
  const body = await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, key, Buffer.from(text));
  const dataKey = Buffer.from(await crypto.subtle.exportKey('raw', key));
  const { encryptedDataKey } = await rig.aes.wrapDataKey(new Uint8Array(dataKey), {
    contentAlgorithm: 'AES/GCM/NoPadding',
  });
  const target = { Bucket: rig.Bucket, Key: rig.newKey() };
  const Metadata: PutObjectCommandInput['Metadata'] = {
    'x-amz-key-v2': Buffer.from(encryptedDataKey).toString('base64'),
    'x-amz-iv': Buffer.from(iv).toString('base64'),
    'x-amz-cek-alg': 'AES/CBC/PKCS5Padding',
    'x-amz-wrap-alg': 'AES/GCM',
    'x-amz-matdesc': '{}',
  };
  await rig.plain.send(new PutObjectCommand({ ...target, Body: new Uint8Array(body), Metadata }));
  const policy = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
  await refused(rig.ours(policy).getObject(target), 'legacy-not-allowed');
  const client = rig.ours({ ...policy, legacy: { unauthenticatedContent: true } });
  const read = await client.getObject(target);
  expect(read).toMatchObject({ verified: false, ContentLength: text.length });
  expect(await read.Body.transformToString()).toBe(text);
  const part = await client.getObject({ ...target, Range: 'bytes=30-' });
  expect(part.ContentRange).toBe(`bytes 30-40/${text.length}`);
  expect(await part.Body.transformToString()).toBe(text.slice(30));
});
