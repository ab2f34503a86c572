import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as S from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refused, s3, startTestCloud, type TestCloud } from '../test-cloud.ts';

const Bucket = 'the-bucket';
const partSize = 5 * 1024 * 1024;
const bytes = randomBytes(2 * partSize + 3);
let cloud: TestCloud;
let client: S.S3Client;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = s3(cloud.info, cloud.administrator);
  await client.send(new S.CreateBucketCommand({ Bucket }));
});
afterAll(() => cloud.close());

const dataFiles = () => readdirSync(join(cloud.dataDir, 's3', 'data'));
async function begin(Key: string, more: Partial<S.CreateMultipartUploadCommandInput> = {}) {
  const { UploadId } = await client.send(new S.CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  return { Bucket, Key, UploadId };
}
type Upload = Awaited<ReturnType<typeof begin>>;
const send = (
  upload: Upload,
  PartNumber: number,
  Body: Uint8Array | string,
  more: Partial<S.UploadPartCommandInput> = {},
) => client.send(new S.UploadPartCommand({ ...upload, PartNumber, Body, ...more }));
const complete = (
  upload: Upload,
  Parts: S.CompletedPart[],
  more: Partial<S.CompleteMultipartUploadCommandInput> = {},
) => client.send(new S.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...more }));

test('completing copies nothing and keeps just the parts it names', async () => {
  const upload = await begin('whole', { Metadata: { a: '1' }, Tagging: 't=1' });
  const before = dataFiles();
  const sizes = [
    bytes.subarray(0, partSize),
    bytes.subarray(partSize, 2 * partSize),
    bytes.subarray(2 * partSize),
  ];
  const Parts: S.CompletedPart[] = [];
  for (const [i, body] of sizes.entries())
    Parts.push({ PartNumber: 10 * i + 10, ETag: (await send(upload, 10 * i + 10, body)).ETag });
  await send(upload, 99, 'left out');
  await send(upload, 20, sizes[1] ?? '');
  expect(dataFiles()).toHaveLength(before.length + 4);
  const { ETag } = await complete(upload, Parts);
  expect(dataFiles()).toHaveLength(before.length + 3);
  const md5s = Parts.map((part) => Buffer.from(part.ETag?.slice(1, -1) ?? '', 'hex'));
  expect(ETag).toBe(`"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-3"`);
  const object = { Bucket, Key: 'whole' };
  const { Body, Metadata } = await client.send(new S.GetObjectCommand(object));
  expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
  expect(Metadata).toEqual({ a: '1' });
  for (const [from, to] of [
    [0, 0],
    [partSize - 1, partSize],
    [partSize, partSize],
    [3, bytes.length - 1],
  ] as const) {
    const ranged = await client.send(new S.GetObjectCommand({ ...object, Range: `bytes=${from}-${to}` }));
    expect(
      Buffer.from((await ranged.Body?.transformToByteArray()) ?? []).equals(bytes.subarray(from, to + 1)),
    ).toBe(true);
  }
  const last = await client.send(new S.GetObjectCommand({ ...object, PartNumber: 3 }));
  expect([last.PartsCount, last.ContentLength, last.ContentRange]).toEqual([
    3,
    3,
    `bytes ${2 * partSize}-${2 * partSize + 2}/${bytes.length}`,
  ]);
  await refused(client.send(new S.GetObjectCommand({ ...object, PartNumber: 4 })), 'InvalidPartNumber', 416);
  await refused(complete(upload, Parts), 'NoSuchUpload', 404);
  await client.send(new S.DeleteObjectCommand(object));
  expect(dataFiles()).toHaveLength(before.length);
});

test('aborting leaves nothing', async () => {
  const before = dataFiles();
  const upload = await begin('aborted');
  await send(upload, 1, 'x');
  await client.send(new S.AbortMultipartUploadCommand(upload));
  expect(dataFiles()).toEqual(before);
  await refused(client.send(new S.ListPartsCommand(upload)), 'NoSuchUpload', 404);
});

describe('completing is refused for', () => {
  test('parts out of order, twice, unknown, too small, or none', async () => {
    const upload = await begin('refused');
    const one = { PartNumber: 1, ETag: (await send(upload, 1, 'small')).ETag };
    const two = { PartNumber: 2, ETag: (await send(upload, 2, 'small too')).ETag };
    await refused(complete(upload, [two, one]), 'InvalidPartOrder', 400);
    await refused(complete(upload, [one, one]), 'InvalidPartOrder', 400);
    await refused(complete(upload, [one, { PartNumber: 3, ETag: one.ETag }]), 'InvalidPart', 400);
    await refused(complete(upload, [{ PartNumber: 1, ETag: two.ETag }]), 'InvalidPart', 400);
    await refused(complete(upload, [one, two]), 'EntityTooSmall', 400);
    await refused(complete(upload, []), 'MalformedXML', 400);
    await refused(complete({ ...upload, Key: 'another' }, [one]), 'NoSuchUpload', 404);
    await refused(complete(upload, [one], { MpuObjectSize: 99 }), 'InvalidRequest', 400);
    await complete(upload, [one], { IfNoneMatch: '*' });
    const again = await begin('refused');
    const part = { PartNumber: 1, ETag: (await send(again, 1, 'x')).ETag };
    await refused(complete(again, [part], { IfNoneMatch: '*' }), 'PreconditionFailed', 412);
    await refused(complete(again, [part], { IfMatch: '"0"' }), 'PreconditionFailed', 412);
  });

  test('part numbers beyond 10,000', async () => {
    const upload = await begin('numbers');
    await send(upload, 10_000, 'x');
    await refused(send(upload, 10_001, 'x'), 'InvalidArgument', 400);
    await refused(send(upload, 0, 'x'), 'InvalidArgument', 400);
  });
});

describe('checksums of parts', () => {
  const composite = { ChecksumAlgorithm: 'SHA256' } as const;

  test('SHA-256 makes a checksum of checksums, with parts to ask for', async () => {
    const upload = await begin('sha', composite);
    const bodies = [bytes.subarray(0, partSize), bytes.subarray(0, 9)];
    const Parts: S.CompletedPart[] = [];
    for (const [i, body] of bodies.entries()) {
      const { ETag, ChecksumSHA256 } = await send(upload, i + 1, body, composite);
      Parts.push({ PartNumber: i + 1, ETag, ChecksumSHA256 });
    }
    await refused(
      complete(
        upload,
        Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })),
      ),
      'InvalidRequest',
      400,
    );
    const wrong = [Parts[0] ?? {}, { ...Parts[1], ChecksumSHA256: Parts[0]?.ChecksumSHA256 }];
    await refused(complete(upload, wrong), 'InvalidPart', 400);
    const done = await complete(upload, Parts);
    const digests = bodies.map((body) => createHash('sha256').update(body).digest());
    const whole = createHash('sha256').update(Buffer.concat(digests)).digest('base64');
    expect([done.ChecksumSHA256, done.ChecksumType]).toEqual([`${whole}-2`, 'COMPOSITE']);
    const attributes = await client.send(
      new S.GetObjectAttributesCommand({
        Bucket,
        Key: 'sha',
        ObjectAttributes: ['ETag', 'Checksum', 'ObjectParts', 'ObjectSize'],
      }),
    );
    expect(attributes).toMatchObject({
      ObjectSize: partSize + 9,
      Checksum: { ChecksumSHA256: whole, ChecksumType: 'COMPOSITE' },
    });
    expect(attributes.ObjectParts).toMatchObject({
      TotalPartsCount: 2,
      Parts: [{ Size: partSize }, { ChecksumSHA256: digests[1]?.toString('base64') }],
    });
  });

  test('a part without the one that was declared is refused', async () => {
    const before = dataFiles();
    const upload = await begin('missing', composite);
    const plain = new S.S3Client({
      endpoint: cloud.info.endpoint,
      region: cloud.info.region,
      forcePathStyle: true,
      credentials: cloud.administrator,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    await refused(
      plain.send(new S.UploadPartCommand({ ...upload, PartNumber: 1, Body: 'x' })),
      'InvalidRequest',
      400,
    );
    expect(dataFiles()).toEqual(before);
  });

  test("CRC64NVME is the whole object's, told apart from a wrong one", async () => {
    const upload = await begin('crc', { ChecksumAlgorithm: 'CRC64NVME' });
    const { ETag } = await send(upload, 1, '123456789', { ChecksumAlgorithm: 'CRC64NVME' });
    const right = Buffer.from('ae8b14860a799888', 'hex').toString('base64');
    await refused(
      complete(upload, [{ PartNumber: 1, ETag }], { ChecksumCRC64NVME: 'AAAAAAAAAAA=' }),
      'BadDigest',
      400,
    );
    const done = await complete(upload, [{ PartNumber: 1, ETag }], { ChecksumCRC64NVME: right });
    expect([done.ChecksumCRC64NVME, done.ChecksumType]).toEqual([right, 'FULL_OBJECT']);
  });
});

describe('lists', () => {
  test('of parts, by pages', async () => {
    const upload = await begin('parts');
    for (const number of [3, 1, 7, 5]) await send(upload, number, `${number}`);
    const first = await client.send(new S.ListPartsCommand({ ...upload, MaxParts: 3 }));
    expect([
      first.Parts?.map((part) => part.PartNumber),
      first.IsTruncated,
      first.NextPartNumberMarker,
    ]).toEqual([[1, 3, 5], true, '5']);
    const second = await client.send(new S.ListPartsCommand({ ...upload, PartNumberMarker: '5' }));
    expect([second.Parts?.map((part) => part.PartNumber), second.IsTruncated]).toEqual([[7], false]);
  });

  test('of uploads, by prefix, delimiter and pages', async () => {
    for (const Key of ['u/a', 'u/a', 'u/b/1', 'u/b/2', 'u/c', 'v']) await begin(Key);
    const seen: (string | undefined)[] = [];
    let markers: Partial<S.ListMultipartUploadsCommandInput> = {};
    for (let i = 0; i < 10; i++) {
      const page = await client.send(
        new S.ListMultipartUploadsCommand({
          Bucket,
          Prefix: 'u/',
          Delimiter: '/',
          MaxUploads: 1,
          ...markers,
        }),
      );
      seen.push(
        ...(page.Uploads ?? []).map(({ Key }) => Key),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
      );
      if (!page.IsTruncated) break;
      markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
    expect(seen).toEqual(['u/a', 'u/a', 'u/b/', 'u/c']);
  });

  test('of objects: order, prefix, delimiter, start, pages, odd keys', async () => {
    const list = { Bucket: 'lists' };
    await client.send(new S.CreateBucketCommand(list));
    const keys = ['a', 'b/1', 'b/2', 'b/3/x', 'c d+e&f<g>', 'd\u0001', '\uffee', '💥'];
    for (const Key of keys) await client.send(new S.PutObjectCommand({ ...list, Key, Body: Key }));
    const all = async (more: Partial<S.ListObjectsV2CommandInput>) => {
      const seen: (string | undefined)[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await client.send(new S.ListObjectsV2Command({ ...list, ...more, ContinuationToken }));
        seen.push(
          ...(page.Contents ?? []).map(({ Key }) => Key),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        );
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken);
      return seen;
    };
    const encoded = ['a', 'b/1', 'b/2', 'b/3/x', 'c+d%2Be%26f%3Cg%3E', 'd%01', '%EF%BF%AE', '%F0%9F%92%A5'];
    expect(await all({ EncodingType: 'url', MaxKeys: 3 })).toEqual(encoded);
    expect(await all({ Prefix: 'b/', MaxKeys: 1 })).toEqual(['b/1', 'b/2', 'b/3/x']);
    expect(await all({ Prefix: 'b/', Delimiter: '/', MaxKeys: 1 })).toEqual(['b/1', 'b/2', 'b/3/']);
    expect(await all({ Delimiter: '/', MaxKeys: 1, EncodingType: 'url' })).toEqual([
      'a',
      'b/',
      ...encoded.slice(4),
    ]);
    expect(await all({ StartAfter: 'b/2', Prefix: 'b' })).toEqual(['b/3/x']);
    expect(await all({ Prefix: 'nothing' })).toEqual([]);
    const old = await client.send(new S.ListObjectsCommand({ ...list, Delimiter: '/', MaxKeys: 2 }));
    expect([old.IsTruncated, old.NextMarker]).toEqual([true, 'b/']);
    await refused(
      client.send(new S.ListObjectsV2Command({ ...list, ContinuationToken: 'made up' })),
      'InvalidArgument',
      400,
    );
    await refused(client.send(new S.DeleteBucketCommand(list)), 'BucketNotEmpty', 409);
  });
});
