import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as S from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refused, s3, startTestCloud, type TestCloud } from '../test-cloud.ts';
import { raw, targetOf } from './raw.ts';

const Bucket = 'the-bucket';
let cloud: TestCloud;
let client: S.S3Client;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = s3(cloud.info, cloud.administrator);
  await client.send(new S.CreateBucketCommand({ Bucket }));
});
afterAll(() => cloud.close());

const put = (Key: string, Body: string | Uint8Array, more: Partial<S.PutObjectCommandInput> = {}) =>
  client.send(new S.PutObjectCommand({ Bucket, Key, Body, ...more }));
const head = (Key: string) => client.send(new S.HeadObjectCommand({ Bucket, Key }));
async function read(Key: string, more: Partial<S.GetObjectCommandInput> = {}, by = client): Promise<Buffer> {
  const { Body } = await by.send(new S.GetObjectCommand({ Bucket, Key, ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}
const presign = (command: S.PutObjectCommand | S.GetObjectCommand) =>
  getSignedUrl(s3(cloud.info, cloud.administrator), command, { expiresIn: 300 });
const dataFiles = () => readdirSync(join(cloud.dataDir, 's3', 'data'));
async function eventually(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !condition(); i++) await sleep(20);
  expect(condition()).toBe(true);
}

test('everything is still there after a restart, and nothing that was not finished', async () => {
  const first = await startTestCloud();
  const data = randomBytes(100_000);
  const before = s3(first.info, first.administrator);
  const at = { Bucket: 'kept', Key: 'folder/ü' };
  await before.send(new S.CreateBucketCommand({ Bucket: 'kept' }));
  await before.send(new S.PutObjectCommand({ ...at, Body: data, Metadata: { a: '1' }, Tagging: 'x=y' }));
  const { UploadId } = await before.send(
    new S.CreateMultipartUploadCommand({ ...at, ContentType: 'text/x' }),
  );
  const part = await before.send(new S.UploadPartCommand({ ...at, UploadId, PartNumber: 7, Body: 'part' }));
  await first.stop();
  const stray = join(first.dataDir, 's3', 'data', 'of-an-upload-that-a-crash-ended');
  writeFileSync(stray, 'x');

  const second = await startTestCloud({ dataDir: first.dataDir });
  const after = s3(second.info, second.administrator);
  expect(existsSync(stray)).toBe(false);
  const { Body, Metadata, TagCount } = await after.send(new S.GetObjectCommand(at));
  expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(data)).toBe(true);
  expect([Metadata, TagCount]).toEqual([{ a: '1' }, 1]);
  const Parts = [{ PartNumber: 7, ETag: part.ETag }];
  await after.send(new S.CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
  const completed = await after.send(new S.GetObjectCommand(at));
  expect([await completed.Body?.transformToString(), completed.ContentType]).toEqual(['part', 'text/x']);
  await second.close();
});

describe('keys', () => {
  test.each([
    ['../../../outside', '/../../../outside'],
    ['..', '/..'],
    ['a/../../b', '/a/../../b'],
    ['.', '/.'],
    ['//', '///'],
    ['nul\u0000byte', '/nul%00byte'],
    ['C:\\temp\\x', '/C:%5Ctemp%5Cx'],
  ])('%j is only a name', async (Key, path) => {
    await put(Key, Key);
    expect((await read(Key)).toString()).toBe(Key);
    const url = new URL(await presign(new S.GetObjectCommand({ Bucket, Key: 'x' })));
    // The same name as the wire has it, unsigned: found as the same object, and refused as such.
    expect(await raw('GET', url.origin, `/${Bucket}${path}`)).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    });
  });

  test('leave no trace in file names', async () => {
    await put('../../../escape', 'x');
    const names = readdirSync(cloud.dataDir, { recursive: true }).map(String);
    expect(names.filter((name) => name.includes('escape') || name.includes(Bucket))).toEqual([]);
    expect(existsSync(join(cloud.dataDir, '..', 'escape'))).toBe(false);
  });

  test('of 1,024 bytes are taken, longer ones refused', async () => {
    await put('ü'.repeat(512), 'x');
    await refused(put(`${'ü'.repeat(512)}x`, 'x'), 'KeyTooLongError', 400);
  });
});

describe('uploads that break off', () => {
  const abort = async (headers: Record<string, string>, body: Buffer | string) => {
    const target = targetOf(
      await getSignedUrl(
        new S.S3Client({
          endpoint: cloud.info.endpoint,
          region: 'us-east-1',
          forcePathStyle: true,
          credentials: cloud.administrator,
          requestChecksumCalculation: 'WHEN_REQUIRED',
        }),
        new S.PutObjectCommand({ Bucket, Key: 'broken' }),
      ),
    );
    const { hostname, port } = new URL(cloud.info.endpoint);
    const before = dataFiles();
    const call = request({ method: 'PUT', hostname, port, path: target, headers });
    call.on('error', () => undefined);
    call.write(body);
    await eventually(() => dataFiles().length > before.length);
    call.destroy();
    await eventually(() => dataFiles().length === before.length);
    await refused(head('broken'), 'NotFound', 404);
  };

  test('leave nothing behind', () => abort({ 'content-length': '5000000' }, randomBytes(3_000_000)));

  test('with chunked transfer and no length are refused outright', async () => {
    const target = targetOf(await presign(new S.PutObjectCommand({ Bucket, Key: 'broken' })));
    const headers = { 'transfer-encoding': 'chunked' };
    const answer = await raw('PUT', cloud.info.endpoint, target, { headers, body: 'x' });
    expect(answer).toMatchObject({ status: 411, code: 'MissingContentLength' });
    await refused(head('broken'), 'NotFound', 404);
  });

  test('and refused ones', async () => {
    const before = dataFiles();
    await refused(
      put('broken', randomBytes(2_000_000), { ChecksumSHA256: Buffer.alloc(32).toString('base64') }),
      'BadDigest',
      400,
    );
    await refused(
      put('broken', randomBytes(2_000_000), { ContentMD5: Buffer.alloc(16).toString('base64') }),
      'BadDigest',
      400,
    );
    await refused(put('broken', 'x', { ContentMD5: 'no' }), 'InvalidDigest', 400);
    expect(dataFiles()).toEqual(before);
  });
});

test('a replaced object is served whole to who is still reading it', async () => {
  const [old, fresh] = [randomBytes(30_000_000), randomBytes(10)];
  await put('replaced', old);
  const { Body } = await client.send(new S.GetObjectCommand({ Bucket, Key: 'replaced' }));
  const files = dataFiles().length;
  await put('replaced', fresh);
  expect(dataFiles()).toHaveLength(files + 1);
  expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(old)).toBe(true);
  await eventually(() => dataFiles().length === files);
  expect((await read('replaced')).equals(fresh)).toBe(true);
}, 20_000);

test('nothing of an object under a key of KMS lies on the disk in clear', async () => {
  const marker = 'plaintext marker '.repeat(100);
  await put('sealed', marker, { ServerSideEncryption: 'aws:kms' });
  for (const name of dataFiles())
    expect(readFileSync(join(cloud.dataDir, 's3', 'data', name), 'latin1')).not.toContain('plaintext marker');
  expect((await read('sealed', { Range: 'bytes=17-32' })).toString()).toBe('plaintext marker');
});

describe('answers', () => {
  test('bear the MD5 as ETag, sizes, dates and the default content type', async () => {
    const { ETag } = await put('facts', 'hello', { CacheControl: 'no-store', ContentEncoding: 'gzip' });
    expect(ETag).toBe(`"${createHash('md5').update('hello').digest('hex')}"`);
    const facts = await head('facts');
    expect(facts).toMatchObject({
      ETag,
      ContentLength: 5,
      CacheControl: 'no-store',
      ContentEncoding: 'gzip',
      AcceptRanges: 'bytes',
      ContentType: 'application/octet-stream',
    });
    expect(Math.abs((facts.LastModified?.getTime() ?? 0) - Date.now())).toBeLessThan(10_000);
  });

  test.each([
    ['bytes=0-0', 'h', 'bytes 0-0/5'],
    ['bytes=1-', 'ello', 'bytes 1-4/5'],
    ['bytes=-2', 'lo', 'bytes 3-4/5'],
    ['bytes=-99', 'hello', 'bytes 0-4/5'],
    ['bytes=3-99', 'lo', 'bytes 3-4/5'],
    ['bytes=3-9223372036854775807', 'lo', 'bytes 3-4/5'],
    ['bytes=3-1', 'hello', undefined],
    ['bytes=0-1,3-4', 'hello', undefined],
    ['lines=1-2', 'hello', undefined],
  ])('to range %s', async (Range, text, ContentRange) => {
    await put('range', 'hello');
    const answer = await client.send(new S.GetObjectCommand({ Bucket, Key: 'range', Range }));
    expect(await answer.Body?.transformToString()).toBe(text);
    expect(answer.ContentRange).toBe(ContentRange);
    expect(answer.$metadata.httpStatusCode).toBe(ContentRange ? 206 : 200);
  });

  test.each(['bytes=5-', 'bytes=5-9', 'bytes=-0'])('to range %s, which is not there', async (Range) => {
    await put('range', 'hello');
    await refused(read('range', { Range }), 'InvalidRange', 416);
  });

  test('of an empty object: whole, and no range of it', async () => {
    await put('empty', '');
    expect(await read('empty')).toHaveLength(0);
    await refused(read('empty', { Range: 'bytes=0-0' }), 'InvalidRange', 416);
  });

  test('by conditions', async () => {
    const { ETag } = await put('conditions', 'x');
    const past = new Date(Date.now() - 3_600_000);
    expect((await read('conditions', { IfMatch: ETag, IfUnmodifiedSince: past })).toString()).toBe('x');
    expect((await read('conditions', { IfNoneMatch: '"0"', IfModifiedSince: new Date() })).toString()).toBe(
      'x',
    );
    await refused(read('conditions', { IfUnmodifiedSince: past }), 'PreconditionFailed', 412);
    const unchanged = await read('conditions', { IfModifiedSince: new Date() }).catch(
      (error) => error.$metadata.httpStatusCode,
    );
    expect(unchanged).toBe(304);
  });

  test('with headers that a presigned URL asks for, and no header split', async () => {
    await put('download', 'x');
    const command = (ResponseContentDisposition: string) =>
      new S.GetObjectCommand({
        Bucket,
        Key: 'download',
        ResponseContentDisposition,
        ResponseContentType: 'text/plain',
      });
    const good = await raw(
      'GET',
      cloud.info.endpoint,
      targetOf(await presign(command('attachment; filename="a b"'))),
    );
    expect(good.headers).toMatchObject({
      'content-disposition': 'attachment; filename="a b"',
      'content-type': 'text/plain',
    });
    const split = await raw(
      'GET',
      cloud.info.endpoint,
      targetOf(await presign(command('a\r\nSet-Cookie: b'))),
    );
    expect(split).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });
});

describe('conditional writes', () => {
  test('of ten that create, one does', async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => put('race', `${i}`, { IfNoneMatch: '*' })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of tries)
      if (result.status === 'rejected') expect(result.reason.name).toBe('PreconditionFailed');
  });

  test('If-Match replaces what it names, and nothing that is not there', async () => {
    const { ETag } = await put('match', 'one');
    await put('match', 'two', { IfMatch: ETag });
    await refused(put('match', 'three', { IfMatch: ETag }), 'PreconditionFailed', 412);
    await refused(put('match-nothing', 'x', { IfMatch: ETag }), 'NoSuchKey', 404);
    await refused(
      client.send(new S.DeleteObjectCommand({ Bucket, Key: 'match', IfMatch: ETag })),
      'PreconditionFailed',
      412,
    );
  });
});

describe('checksums', () => {
  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    '%s is verified, kept and given back',
    async (ChecksumAlgorithm) => {
      const { [`Checksum${ChecksumAlgorithm}` as const]: sum } = await put('sum', 'hello', {
        ChecksumAlgorithm,
      });
      expect(sum).toBeTruthy();
      const answer = await client.send(
        new S.GetObjectCommand({ Bucket, Key: 'sum', ChecksumMode: 'ENABLED' }),
      );
      expect([answer[`Checksum${ChecksumAlgorithm}`], answer.ChecksumType]).toEqual([sum, 'FULL_OBJECT']);
      const ranged = await client.send(
        new S.GetObjectCommand({ Bucket, Key: 'sum', ChecksumMode: 'ENABLED', Range: 'bytes=0-1' }),
      );
      expect(ranged[`Checksum${ChecksumAlgorithm}`]).toBeUndefined();
      const wrong = Buffer.from(sum ?? '', 'base64')
        .reverse()
        .toString('base64');
      await refused(put('sum2', 'hello', { [`Checksum${ChecksumAlgorithm}`]: wrong }), 'BadDigest', 400);
      await refused(
        put('sum2', 'hello', { [`Checksum${ChecksumAlgorithm}`]: 'AAA=' }),
        'InvalidRequest',
        400,
      );
    },
  );
});

describe('what a client says', () => {
  test('metadata up to 2 KB', async () => {
    const taken = await put('meta', 'x', { Metadata: { a: 'x'.repeat(2047) } });
    expect(taken.ETag).toBeTruthy();
    await refused(put('meta', 'x', { Metadata: { a: 'x'.repeat(2048) } }), 'MetadataTooLarge', 400);
  });

  test('tags: ten at most, each key once', async () => {
    const tags = (n: number) => Array.from({ length: n }, (_, i) => `k${i}=v`).join('&');
    await put('tags', 'x', { Tagging: tags(10) });
    expect((await client.send(new S.GetObjectTaggingCommand({ Bucket, Key: 'tags' }))).TagSet).toHaveLength(
      10,
    );
    await refused(put('tags', 'x', { Tagging: tags(11) }), 'InvalidTag', 400);
    await refused(put('tags', 'x', { Tagging: 'a=1&a=2' }), 'InvalidTag', 400);
    await client.send(new S.DeleteObjectTaggingCommand({ Bucket, Key: 'tags' }));
    expect((await client.send(new S.GetObjectTaggingCommand({ Bucket, Key: 'tags' }))).TagSet).toEqual([]);
  });

  test('public ACLs are refused, not overlooked', async () => {
    await refused(put('acl', 'x', { ACL: 'public-read' }), 'AccessControlListNotSupported', 400);
  });

  test.each(['acl', 'retention', 'legal-hold', 'torrent'])(
    '?%s is not implemented, and says so',
    async (name) => {
      expect(await raw('GET', cloud.info.endpoint, `/${Bucket}/facts?${name}`)).toMatchObject({
        status: 501,
        code: 'NotImplemented',
      });
    },
  );
});

describe('copies', () => {
  test('keep or replace what is said of an object, and its checksum algorithm', async () => {
    await put('source', 'copied', {
      Metadata: { a: '1' },
      Tagging: 't=1',
      ContentType: 'text/x',
      ChecksumAlgorithm: 'SHA256',
    });
    const CopySource = `${Bucket}/source`;
    await client.send(new S.CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
    const kept = await client.send(new S.GetObjectCommand({ Bucket, Key: 'copy', ChecksumMode: 'ENABLED' }));
    expect(kept).toMatchObject({ Metadata: { a: '1' }, TagCount: 1, ContentType: 'text/x' });
    expect(kept.ChecksumSHA256).toBe(createHash('sha256').update('copied').digest('base64'));
    await client.send(
      new S.CopyObjectCommand({
        Bucket,
        Key: 'copy',
        CopySource,
        MetadataDirective: 'REPLACE',
        TaggingDirective: 'REPLACE',
        Metadata: { b: '2' },
      }),
    );
    const replaced = await head('copy');
    expect([replaced.Metadata, replaced.ContentType, replaced.ETag]).toEqual([
      { b: '2' },
      'binary/octet-stream',
      kept.ETag,
    ]);
  });

  test('of what is not there', async () => {
    const copy = (CopySource: string) =>
      client.send(new S.CopyObjectCommand({ Bucket, Key: 'c', CopySource }));
    await refused(copy(`${Bucket}/nothing`), 'NoSuchKey', 404);
    await refused(copy('no-such-bucket/x'), 'NoSuchBucket', 404);
    await refused(copy('nonsense'), 'InvalidArgument', 400);
  });
});

describe('versions', () => {
  const versions = { Bucket: 'versions' };
  beforeAll(async () => {
    await client.send(new S.CreateBucketCommand(versions));
    await client.send(new S.PutObjectCommand({ ...versions, Key: 'k', Body: 'before' }));
    await client.send(
      new S.PutBucketVersioningCommand({ ...versions, VersioningConfiguration: { Status: 'Enabled' } }),
    );
  });
  const at = { ...versions, Key: 'k' };

  test('pile up, are hidden by a marker, and go one by one', async () => {
    const second = await client.send(new S.PutObjectCommand({ ...at, Body: 'second' }));
    const marker = await client.send(new S.DeleteObjectCommand(at));
    expect(marker.DeleteMarker).toBe(true);
    await refused(client.send(new S.GetObjectCommand(at)), 'NoSuchKey', 404);
    const answer = await client
      .send(new S.GetObjectCommand({ ...at, VersionId: marker.VersionId }))
      .catch((error) => error);
    expect(answer.$metadata.httpStatusCode).toBe(405);
    const old = await client.send(new S.GetObjectCommand({ ...at, VersionId: 'null' }));
    expect(await old.Body?.transformToString()).toBe('before');
    const list = await client.send(new S.ListObjectVersionsCommand(versions));
    expect(list.Versions?.map(({ VersionId }) => VersionId)).toEqual([second.VersionId, 'null']);
    expect(list.DeleteMarkers).toMatchObject([{ VersionId: marker.VersionId, IsLatest: true }]);
    await client.send(new S.DeleteObjectCommand({ ...at, VersionId: marker.VersionId }));
    const now = await client.send(new S.GetObjectCommand(at));
    expect([await now.Body?.transformToString(), now.VersionId]).toEqual(['second', second.VersionId]);
    await refused(client.send(new S.GetObjectCommand({ ...at, VersionId: 'none' })), 'NoSuchVersion', 404);
  });

  test('page by key and version', async () => {
    for (let i = 0; i < 3; i++)
      await client.send(new S.PutObjectCommand({ ...versions, Key: 'paged', Body: `${i}` }));
    const seen: (string | undefined)[] = [];
    let markers: Pick<S.ListObjectVersionsCommandInput, 'KeyMarker' | 'VersionIdMarker'> = {};
    for (let page = 0; page < 10; page++) {
      const list = await client.send(
        new S.ListObjectVersionsCommand({ ...versions, Prefix: 'paged', MaxKeys: 2, ...markers }),
      );
      seen.push(...(list.Versions ?? []).map(({ VersionId }) => VersionId));
      if (!list.IsTruncated) break;
      markers = { KeyMarker: list.NextKeyMarker, VersionIdMarker: list.NextVersionIdMarker };
    }
    expect(new Set(seen).size).toBe(3);
    expect(seen).toHaveLength(3);
  });
});

describe('requests that make no sense', () => {
  test.each([
    ['GET', '/%ZZ', 400],
    ['GET', `/${Bucket}/%E0%A4`, 400],
    ['POST', '/', 405],
    ['PATCH', `/${Bucket}/x`, 405],
    ['GET', `/${Bucket}?list-type=2&max-keys=lots`, 403],
    ['PUT', '/..', 400],
    ['PUT', '/UPPER', 400],
  ])('%s %s is refused', async (method, target, status) => {
    expect((await raw(method, cloud.info.endpoint, target)).status).toBe(status);
  });

  test('a document that is none', async () => {
    const send = (Body: string) => {
      const by = s3(cloud.info, cloud.administrator);
      by.middlewareStack.add(
        (next) => (args) => next({ ...args, request: { ...(args.request as object), body: Body } }),
        { step: 'build', priority: 'high' },
      );
      return by.send(
        new S.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
      );
    };
    await refused(send('<a'), 'MalformedXML', 400);
    await refused(send('<!DOCTYPE a><a/>'), 'MalformedXML', 400);
    await refused(send(`<a>${'x'.repeat(70_000)}</a>`), 'MaxMessageLengthExceeded', 400);
  });
});
