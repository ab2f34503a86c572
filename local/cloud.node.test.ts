/** What the documents of `deploy/` let each party do, tried over the wire, and how the front guards itself. */
import { randomUUID } from 'node:crypto';
import { request as ask, type IncomingMessage } from 'node:http';
import * as S from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCloud } from './cloud.ts';
import { type Guest, guest, refused, s3, startTestCloud, type TestCloud } from './test-cloud.ts';

let cloud: TestCloud;
let Bucket: string;
let administrator: S.S3Client;
let visitor: Guest;
let client: S.S3Client;
let own: string;

beforeAll(async () => {
  cloud = await startTestCloud();
  Bucket = cloud.info.bucket;
  administrator = s3(cloud.info, cloud.administrator);
  visitor = await guest(cloud.info);
  client = s3(cloud.info, visitor);
  own = `files/${visitor.identityId}/`;
});
afterAll(() => cloud.close());

const put = (Key: string, by = client, more: Partial<S.PutObjectCommandInput> = {}) =>
  by.send(new S.PutObjectCommand({ Bucket, Key, Body: 'ciphertext', ...more }));

const get = (Key: string, by = client) => by.send(new S.GetObjectCommand({ Bucket, Key }));

const shared = () => `shared/${randomUUID()}/0`;

/** A share as the app makes it: the parts are copied on S3's side. */
async function share(Key: string, source: string, condition: { IfNoneMatch?: '*' } = { IfNoneMatch: '*' }) {
  const { UploadId } = await client.send(new S.CreateMultipartUploadCommand({ Bucket, Key }));
  const part = { Bucket, Key, UploadId, PartNumber: 1, CopySource: `${Bucket}/${source}` };
  const { CopyPartResult } = await client.send(new S.UploadPartCopyCommand(part));
  return client.send(
    new S.CompleteMultipartUploadCommand({
      Bucket,
      Key,
      UploadId,
      ...condition,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag: CopyPartResult?.ETag }] },
    }),
  );
}

describe('a guest, in files/ of their own', () => {
  test('puts, gets, asks about, lists and deletes', async () => {
    const Key = `${own}one`;
    await put(Key);
    expect(await (await get(Key)).Body?.transformToString()).toBe('ciphertext');
    await client.send(new S.HeadObjectCommand({ Bucket, Key }));
    const list = await client.send(new S.ListObjectsV2Command({ Bucket, Prefix: own }));
    expect(list.Contents?.map((object) => object.Key)).toEqual([Key]);
    await client.send(new S.DeleteObjectCommand({ Bucket, Key }));
    await refused(get(Key), 'AccessDenied', 403);
  });

  test('uploads in parts, looks at them, and gives up', async () => {
    const Key = `${own}parts`;
    const { UploadId } = await client.send(new S.CreateMultipartUploadCommand({ Bucket, Key }));
    const upload = { Bucket, Key, UploadId };
    await client.send(new S.UploadPartCommand({ ...upload, PartNumber: 1, Body: 'part' }));
    const { Parts } = await client.send(new S.ListPartsCommand(upload));
    expect(Parts).toHaveLength(1);
    await client.send(new S.AbortMultipartUploadCommand(upload));
    await refused(client.send(new S.ListPartsCommand(upload)), 'NoSuchUpload', 404);
  });
});

describe('a guest, elsewhere', () => {
  let theirs: string;
  beforeAll(async () => {
    const neighbour = await guest(cloud.info);
    theirs = `files/${neighbour.identityId}/secret`;
    await put(theirs, s3(cloud.info, neighbour));
  });

  test("reaches nothing of another's", async () => {
    await refused(get(theirs), 'AccessDenied', 403);
    await refused(put(theirs), 'AccessDenied', 403);
    await refused(client.send(new S.DeleteObjectCommand({ Bucket, Key: theirs })), 'AccessDenied', 403);
    const copy = new S.CopyObjectCommand({ Bucket, Key: `${own}copy`, CopySource: `${Bucket}/${theirs}` });
    await refused(client.send(copy), 'AccessDenied', 403);
    await refused(put(`files/${visitor.identityId}`), 'AccessDenied', 403);
    await refused(put(`files/${visitor.identityId}x/y`), 'AccessDenied', 403);
  });

  test('lists nothing but their own', async () => {
    const prefixes = [undefined, '', 'files/', `files/${visitor.identityId}`, theirs.slice(0, -6), 'shared/'];
    for (const Prefix of prefixes) {
      const list = new S.ListObjectsV2Command({ Bucket, ...(Prefix !== undefined && { Prefix }) });
      await refused(client.send(list), 'AccessDenied', 403);
    }
    for (const Prefix of [undefined, theirs]) {
      await refused(client.send(new S.ListMultipartUploadsCommand({ Bucket, Prefix })), 'AccessDenied', 403);
    }
    await refused(client.send(new S.ListBucketsCommand({})), 'AccessDenied', 403);
  });

  test('changes nothing about the bucket', async () => {
    await refused(client.send(new S.DeleteBucketPolicyCommand({ Bucket })), 'AccessDenied', 403);
    await refused(client.send(new S.GetBucketPolicyCommand({ Bucket })), 'AccessDenied', 403);
    await refused(client.send(new S.DeleteBucketCorsCommand({ Bucket })), 'AccessDenied', 403);
    const made = new S.CreateBucketCommand({ Bucket: 'a-bucket-of-my-own' });
    await refused(client.send(made), 'AccessDenied', 403);
  });

  test('signs for it', async () => {
    await put(`${own}signed`);
    const anonymous = await fetch(`${cloud.info.endpoint}/${Bucket}/${own}signed`);
    expect(anonymous.status).toBe(403);
  });
});

describe('a guest, in shared/', () => {
  test('creates what is not there, in one piece or copied by parts', async () => {
    await put(shared(), client, { IfNoneMatch: '*' });
    await put(`${own}source`);
    await share(shared(), `${own}source`);
  });

  test('overwrites nothing', async () => {
    const Key = shared();
    await put(Key, client, { IfNoneMatch: '*' });
    await put(`${own}source`);
    await refused(put(Key, client, { IfNoneMatch: '*' }), 'PreconditionFailed', 412);
    await refused(put(Key), 'AccessDenied', 403);
    await refused(share(Key, `${own}source`), 'PreconditionFailed', 412);
    await refused(share(Key, `${own}source`, {}), 'AccessDenied', 403);
    const copy = new S.CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${own}source` });
    await refused(client.send(copy), 'AccessDenied', 403);
    const { ETag = '' } = await administrator.send(new S.HeadObjectCommand({ Bucket, Key }));
    await refused(put(Key, client, { IfMatch: ETag }), 'AccessDenied', 403);
  });

  test('reads, lists and deletes nothing', async () => {
    const Key = shared();
    await put(Key, client, { IfNoneMatch: '*' });
    await refused(get(Key), 'AccessDenied', 403);
    await refused(client.send(new S.DeleteObjectCommand({ Bucket, Key })), 'AccessDenied', 403);
    const list = new S.ListObjectsV2Command({ Bucket, Prefix: Key.slice(0, -1) });
    await refused(client.send(list), 'AccessDenied', 403);
    const out = new S.CopyObjectCommand({ Bucket, Key: `${own}taken`, CopySource: `${Bucket}/${Key}` });
    await refused(client.send(out), 'AccessDenied', 403);
  });

  test('gives up what is unfinished', async () => {
    const Key = shared();
    const { UploadId } = await client.send(new S.CreateMultipartUploadCommand({ Bucket, Key }));
    await client.send(new S.AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  });

  test('is not even overwritten by an administrator', async () => {
    await refused(put(shared(), administrator), 'AccessDenied', 403);
  });
});

test('the other user has no part in it', async () => {
  const other = s3(cloud.info, cloud.other);
  await refused(put('files/x', other), 'AccessDenied', 403);
  await refused(other.send(new S.ListObjectsV2Command({ Bucket })), 'AccessDenied', 403);
});

test('the bucket is set up as the documents say', async () => {
  const { CORSRules } = await administrator.send(new S.GetBucketCorsCommand({ Bucket }));
  const { port } = new URL(cloud.info.appUrl);
  expect(CORSRules?.[0]?.AllowedOrigins).toEqual([`http://localhost:${port}`, `http://127.0.0.1:${port}`]);
  expect(CORSRules?.[0]?.ExposeHeaders).toContain('x-amz-meta-x-amz-3');
  const { Rules } = await administrator.send(new S.GetBucketLifecycleConfigurationCommand({ Bucket }));
  expect(
    Rules?.map((rule) => rule.Expiration?.Days ?? rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation),
  ).toEqual([30, 7]);
  const { Policy = '' } = await administrator.send(new S.GetBucketPolicyCommand({ Bucket }));
  expect(Policy).not.toContain('$');
});

test('a page of the app may read errors of the bucket and nobody else', async () => {
  const origin = new URL(cloud.info.appUrl).origin;
  const missing = `${cloud.info.endpoint}/${Bucket}/nothing`;
  const ours = await fetch(missing, { headers: { origin } });
  expect(ours.status).toBe(403);
  expect(ours.headers.get('access-control-allow-origin')).toBe(origin);
  const theirs = await fetch(missing, { headers: { origin: 'https://example.com' } });
  expect(theirs.headers.get('access-control-allow-origin')).toBeNull();
});

test('SSE-KMS needs no more than the one who asks may do', async () => {
  const Key = `${own}server-side`;
  const more = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: cloud.info.kmsKeyArn } as const;
  await put(Key, client, more);
  const { SSEKMSKeyId } = await client.send(new S.HeadObjectCommand({ Bucket, Key }));
  expect(SSEKMSKeyId).toBe(cloud.info.kmsKeyArn);
  await administrator.send(
    new S.PutObjectCommand({ Bucket, Key: 'default', Body: 'x', ServerSideEncryption: 'aws:kms' }),
  );
  expect(await (await get('default', administrator)).Body?.transformToString()).toBe('x');
});

describe('the front', () => {
  const status = (url: string, host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      ask(url, { headers: { host } }, (answer: IncomingMessage) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });

  test('answers to its own names alone, against DNS rebinding', async () => {
    for (const url of [cloud.info.endpoint, cloud.info.appUrl.replace('localhost', '127.0.0.1')]) {
      const { port } = new URL(url);
      expect(await status(url, `127.0.0.1:${port}`)).not.toBe(421);
      expect(await status(url, `localhost:${port}`)).not.toBe(421);
      for (const host of [
        'evil.example',
        `evil.example:${port}`,
        `127.0.0.1.evil.example:${port}`,
        '127.0.0.1',
      ]) {
        expect(await status(url, host)).toBe(421);
      }
    }
  });

  test('says which port is taken', async () => {
    const port = Number(new URL(cloud.info.endpoint).port);
    await expect(startCloud({ dataDir: cloud.dataDir, port })).rejects.toThrow(`Port ${port}`);
    const appPort = Number(new URL(cloud.info.appUrl).port);
    await expect(startCloud({ dataDir: cloud.dataDir, port: 0, appPort })).rejects.toThrow(`Port ${appPort}`);
  });
});

test('files are there after a restart, with the same users', async () => {
  await put(`${own}kept`);
  await cloud.stop();
  cloud = await startTestCloud({ dataDir: cloud.dataDir });
  administrator = s3(cloud.info, cloud.administrator);
  client = s3(cloud.info, visitor);
  expect(await (await get(`${own}kept`)).Body?.transformToString()).toBe('ciphertext');
});
