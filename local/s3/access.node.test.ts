import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as K from '@aws-sdk/client-kms';
import * as S from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kms, refused, s3, startTestCloud, type TestCloud } from '../test-cloud.ts';
import { raw, targetOf } from './raw.ts';

const Bucket = 'the-bucket';
const arn = `arn:aws:s3:::${Bucket}`;
let cloud: TestCloud;
let client: S.S3Client;
let other: S.S3Client;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = s3(cloud.info, cloud.administrator);
  other = s3(cloud.info, cloud.other);
  await client.send(new S.CreateBucketCommand({ Bucket }));
  await client.send(new S.PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Tagging: 'team=red' }));
});
afterAll(() => cloud.close());

const otherUser = { AWS: 'arn:aws:iam:::user/other' };
const policy = (...Statement: object[]) =>
  client.send(
    new S.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
  );
const allow = (Action: string | string[], Resource: string | string[], Condition?: object) => ({
  Effect: 'Allow',
  Principal: otherUser,
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const get = (by: S.S3Client, Key: string) => by.send(new S.GetObjectCommand({ Bucket, Key }));

describe('authorisation', () => {
  test('a missing object is 404 only for who may list', async () => {
    await policy(allow('s3:GetObject', `${arn}/*`));
    await get(other, 'k');
    await refused(get(other, 'nothing'), 'AccessDenied', 403);
    await policy(allow('s3:GetObject', `${arn}/*`), allow('s3:ListBucket', arn));
    await refused(get(other, 'nothing'), 'NoSuchKey', 404);
    await refused(other.send(new S.HeadObjectCommand({ Bucket, Key: 'nothing' })), 'NotFound', 404);
  });

  test('lists are limited by prefix', async () => {
    await policy(allow('s3:ListBucket', arn, { StringLike: { 's3:prefix': 'mine/*' } }));
    const list = (Prefix?: string) => other.send(new S.ListObjectsV2Command({ Bucket, Prefix }));
    await list('mine/a');
    await refused(list('theirs/'), 'AccessDenied', 403);
    await refused(list(), 'AccessDenied', 403);
  });

  test('uploads in progress are not, since their listing has no such condition key', async () => {
    const list = (Prefix?: string) => other.send(new S.ListMultipartUploadsCommand({ Bucket, Prefix }));
    await policy(allow('s3:ListBucketMultipartUploads', arn, { StringLike: { 's3:prefix': 'mine/*' } }));
    await refused(list('mine/a'), 'AccessDenied', 403);
    await policy(allow('s3:ListBucketMultipartUploads', arn));
    await list('mine/a');
  });

  test('each call has its action', async () => {
    await policy(allow('s3:PutObject', `${arn}/up/*`));
    const at = { Bucket, Key: 'up/x' };
    const { UploadId } = await other.send(new S.CreateMultipartUploadCommand(at));
    const part = await other.send(new S.UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' }));
    await refused(other.send(new S.ListPartsCommand({ ...at, UploadId })), 'AccessDenied', 403);
    await refused(other.send(new S.AbortMultipartUploadCommand({ ...at, UploadId })), 'AccessDenied', 403);
    await refused(other.send(new S.ListMultipartUploadsCommand({ Bucket })), 'AccessDenied', 403);
    await refused(
      other.send(new S.PutObjectCommand({ ...at, Body: 'x', Tagging: 'a=1' })),
      'AccessDenied',
      403,
    );
    await refused(
      other.send(new S.CopyObjectCommand({ ...at, CopySource: `${Bucket}/k` })),
      'AccessDenied',
      403,
    );
    await refused(
      other.send(new S.UploadPartCopyCommand({ ...at, UploadId, PartNumber: 2, CopySource: `${Bucket}/k` })),
      'AccessDenied',
      403,
    );
    await refused(other.send(new S.DeleteObjectCommand(at)), 'AccessDenied', 403);
    await refused(
      other.send(new S.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [] } })),
      'AccessDenied',
      403,
    );
    await refused(other.send(new S.CreateBucketCommand({ Bucket: 'another' })), 'AccessDenied', 403);
    const Parts = [{ PartNumber: 1, ETag: part.ETag }];
    await other.send(new S.CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
    const { Errors } = await other.send(
      new S.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'up/x' }] } }),
    );
    expect(Errors).toMatchObject([{ Key: 'up/x', Code: 'AccessDenied' }]);
  });

  test('what creates an object must say it replaces none, where the policy wants it', async () => {
    const Condition = {
      Null: { 's3:if-none-match': 'true' },
      Bool: { 's3:ObjectCreationOperation': 'true' },
    };
    await policy({
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `${arn}/once/*`,
      Condition,
    });
    const at = { Bucket, Key: 'once/x' };
    await refused(client.send(new S.PutObjectCommand({ ...at, Body: 'x' })), 'AccessDenied', 403);
    await refused(
      client.send(new S.CopyObjectCommand({ ...at, CopySource: `${Bucket}/k` })),
      'AccessDenied',
      403,
    );
    const { UploadId } = await client.send(new S.CreateMultipartUploadCommand(at));
    const { ETag } = await client.send(
      new S.UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' }),
    );
    const completion = { ...at, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
    await refused(client.send(new S.CompleteMultipartUploadCommand(completion)), 'AccessDenied', 403);
    await client.send(new S.CompleteMultipartUploadCommand({ ...completion, IfNoneMatch: '*' }));
  });

  test('by tags an object has', async () => {
    await policy(allow('s3:GetObject', `${arn}/*`, { StringEquals: { 's3:ExistingObjectTag/team': 'red' } }));
    await get(other, 'k');
    await client.send(
      new S.PutObjectTaggingCommand({
        Bucket,
        Key: 'k',
        Tagging: { TagSet: [{ Key: 'team', Value: 'blue' }] },
      }),
    );
    await refused(get(other, 'k'), 'AccessDenied', 403);
  });

  test('a policy cannot lock the administrator out of the policy', async () => {
    await policy({ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: [arn, `${arn}/*`] });
    await refused(get(client, 'k'), 'AccessDenied', 403);
    await client.send(new S.DeleteBucketPolicyCommand({ Bucket }));
    await get(client, 'k');
  });

  test('a policy for another bucket, or none at all, is refused', async () => {
    await refused(policy(allow('s3:GetObject', 'arn:aws:s3:::another/*')), 'MalformedPolicy', 400);
    await refused(
      client.send(new S.PutBucketPolicyCommand({ Bucket, Policy: 'null' })),
      'MalformedPolicy',
      400,
    );
  });

  test('anonymous reads are possible where a policy allows them, without response headers of their own', async () => {
    await policy({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${arn}/k` });
    expect((await raw('GET', cloud.info.endpoint, `/${Bucket}/k`)).body.toString()).toBe('x');
    expect(
      await raw('GET', cloud.info.endpoint, `/${Bucket}/k?response-content-type=text/html`),
    ).toMatchObject({ status: 400, code: 'InvalidRequest' });
    await client.send(new S.DeleteBucketPolicyCommand({ Bucket }));
  });
});

describe('encryption', () => {
  const key = randomBytes(32);
  const headers = (k: Buffer, keyMd5 = createHash('md5').update(k).digest('base64')) => ({
    'x-amz-server-side-encryption-customer-algorithm': 'AES256',
    'x-amz-server-side-encryption-customer-key': k.toString('base64'),
    'x-amz-server-side-encryption-customer-key-md5': keyMd5,
  });
  /** As the wire has it: the SDK computes the MD5 of the key itself, whatever it is given. */
  async function withHeaders(extra: Record<string, string>) {
    const url = await getSignedUrl(
      withHeaderMiddleware(extra),
      new S.PutObjectCommand({ Bucket, Key: 'ssec' }),
      { unhoistableHeaders: new Set(Object.keys(extra)) },
    );
    return raw('PUT', cloud.info.endpoint, targetOf(url), { headers: extra, body: 'secret' });
  }
  function withHeaderMiddleware(extra: Record<string, string>): S.S3Client {
    const by = s3(cloud.info, cloud.administrator);
    by.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: object }).headers, extra);
        return next(args);
      },
      { step: 'build', name: 'extra' },
    );
    return by;
  }

  test.each([
    ['the MD5 of another key', headers(key, createHash('md5').update('x').digest('base64')), 400],
    ['a key of 16 bytes', headers(randomBytes(16)), 400],
    [
      'another algorithm',
      { ...headers(key), 'x-amz-server-side-encryption-customer-algorithm': 'AES128' },
      400,
    ],
    ['the right key', headers(key), 200],
  ])('SSE-C with %s', async (_, extra, status) => {
    expect((await withHeaders(extra)).status).toBe(status);
  });

  test('SSE-C keeps neither key nor plaintext', async () => {
    const SSECustomerKey = key.toString('base64');
    const sse = { SSECustomerAlgorithm: 'AES256', SSECustomerKey };
    await client.send(new S.PutObjectCommand({ Bucket, Key: 'ssec', Body: 'a secret text', ...sse }));
    for (const entry of readdirSync(join(cloud.dataDir, 's3'), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      expect(bytes.includes(key) || bytes.includes(SSECustomerKey) || bytes.includes('a secret text')).toBe(
        false,
      );
    }
    await refused(client.send(new S.GetObjectCommand({ Bucket, Key: 'k', ...sse })), 'InvalidRequest', 400);
  });

  test('SSE-KMS is refused once its key is disabled, and to who may not use it', async () => {
    const keys = kms(cloud.info, cloud.administrator);
    const { KeyMetadata } = await keys.send(new K.CreateKeyCommand({}));
    const KeyId = KeyMetadata?.Arn;
    const object = { Bucket, Key: 'ssekms' };
    const put = await client.send(
      new S.PutObjectCommand({ ...object, Body: 'x', ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyId }),
    );
    expect(put.SSEKMSKeyId).toBe(KeyId);
    expect(put.ETag).not.toContain(createHash('md5').update('x').digest('hex'));
    await policy(allow('s3:GetObject', `${arn}/*`));
    await refused(get(other, 'ssekms'), 'AccessDenied', 403);
    await client.send(new S.DeleteBucketPolicyCommand({ Bucket }));
    await keys.send(new K.DisableKeyCommand({ KeyId }));
    await refused(get(client, 'ssekms'), 'KMS.DisabledException', 400);
  });
});

describe('CORS', () => {
  const origin = 'http://localhost:5173';
  const rules = (...CORSRules: S.CORSRule[]) =>
    client.send(new S.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
  const preflight = (Origin: string, method: string, names?: string) =>
    raw('OPTIONS', cloud.info.endpoint, `/${Bucket}/k`, {
      headers: {
        Origin,
        'Access-Control-Request-Method': method,
        ...(names && { 'Access-Control-Request-Headers': names }),
      },
    });

  beforeAll(() =>
    rules(
      {
        AllowedOrigins: [origin],
        AllowedMethods: ['GET', 'PUT'],
        AllowedHeaders: ['content-type', 'x-amz-*'],
        ExposeHeaders: ['ETag', 'x-amz-meta-a'],
        MaxAgeSeconds: 600,
      },
      { AllowedOrigins: ['https://*.example'], AllowedMethods: ['GET'] },
    ),
  );

  test('answers a preflight with what was asked, once all of it is allowed', async () => {
    const { status, headers } = await preflight(origin, 'PUT', 'Content-Type, x-amz-meta-b');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'content-type, x-amz-meta-b',
      'access-control-expose-headers': 'ETag, x-amz-meta-a',
      'access-control-max-age': '600',
      vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
    });
  });

  test.each([
    ['a header', [origin, 'PUT', 'content-type,authorization']],
    ['a method', [origin, 'DELETE']],
    ['an origin', ['https://evil.test', 'GET']],
    ['an origin that only begins alike', ['https://a.example.evil.test', 'GET']],
  ] as const)('refuses %s that no rule names', async (_, [from, method, names]) => {
    const answer = await preflight(from, method, names);
    expect(answer).toMatchObject({ status: 403, code: 'AccessForbidden' });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('lets a page read errors: no credentials, a bad signature, a missing object', async () => {
    const signed = targetOf(await getSignedUrl(client, new S.GetObjectCommand({ Bucket, Key: 'nothing' })));
    for (const [target, status] of [
      [`/${Bucket}/k`, 403],
      [signed.replace(/Signature=..../, 'Signature=0000'), 403],
      [signed, 404],
    ] as const) {
      const answer = await raw('GET', cloud.info.endpoint, target, {
        headers: { Origin: 'https://app.example' },
      });
      expect(answer.status).toBe(status);
      expect(answer.headers['access-control-allow-origin']).toBe('https://app.example');
      expect(answer.headers.vary).toContain('Origin');
    }
  });

  test('refuses rules that S3 does not take', async () => {
    const rule = { AllowedOrigins: ['*'], AllowedMethods: ['GET'] };
    await refused(rules({ ...rule, AllowedMethods: ['PATCH'] }), 'InvalidRequest', 400);
    await refused(rules({ ...rule, AllowedOrigins: ['http://*.*'] }), 'InvalidRequest', 400);
    await refused(rules({ ...rule, ExposeHeaders: ['x-amz-*'] }), 'InvalidRequest', 400);
    await refused(rules(...Array.from({ length: 101 }, () => rule)), 'MalformedXML', 400);
  });
});

describe('uploads by form', () => {
  async function post(
    options: Partial<PresignedPostOptions>,
    file: string,
    filename = 'f.txt',
    change = (_: Record<string, string>) => {},
  ) {
    const { fields, url } = await createPresignedPost(client, {
      Bucket,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: S3's variable, not ours
      Key: 'form/${filename}',
      Expires: 300,
      ...options,
    });
    change(fields);
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([file]), filename);
    const response = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
  const text = async (Key: string) => (await get(client, Key)).Body?.transformToString();

  test('store the file, whatever lies in it and in its name', async () => {
    const file = `--boundary\r\n\r\n--${'-'.repeat(40)}\r\n${'x'.repeat(200_000)}\r\n--`;
    expect((await post({}, file, '../a$& "b"ü.txt')).status).toBe(204);
    expect(await text('form/a$& "b"ü.txt')).toBe(file);
    expect((await post({}, '', 'empty')).status).toBe(204);
    expect(await text('form/empty')).toBe('');
  });

  test('keep metadata that no header could hold', async () => {
    const Fields = { 'x-amz-meta-name': '漢字', 'Content-Disposition': 'attachment; filename="漢"' };
    expect((await post({ Fields }, 'x', 'named')).status).toBe(204);
    const { Metadata, ContentDisposition } = await get(client, 'form/named');
    const encoded = (text: string) => `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
    expect([Metadata, ContentDisposition]).toEqual([
      { name: encoded('漢字') },
      encoded('attachment; filename="漢"'),
    ]);
    const split = await post({ Fields: { 'x-amz-meta-a b': '1' } }, 'x');
    expect(split.text).toContain('InvalidArgument');
  });

  test('redirect when done', async () => {
    const success_action_redirect = 'http://localhost:5173/done?x=1';
    const answer = await post({ Fields: { success_action_redirect } }, 'x');
    const target = new URL(answer.headers.get('location') ?? '');
    expect([answer.status, target.searchParams.get('key'), target.searchParams.get('x')]).toEqual([
      303,
      'form/f.txt',
      '1',
    ]);
  });

  test.each([
    [
      'a field the policy does not name',
      (fields: Record<string, string>) => Object.assign(fields, { 'x-amz-meta-more': '1' }),
      'AccessDenied',
    ],
    [
      "another bucket than the policy's",
      (fields: Record<string, string>) =>
        Object.assign(fields, {
          Policy: Buffer.from(
            Buffer.from(fields['Policy'] ?? '', 'base64')
              .toString()
              .replace(Bucket, 'other-bucket'),
          ).toString('base64'),
        }),
      'SignatureDoesNotMatch',
    ],
    ['no policy', (fields: Record<string, string>) => delete fields['Policy'], 'AccessDenied'],
    ['no key', (fields: Record<string, string>) => delete fields['key'], 'InvalidArgument'],
    [
      'a token nobody issued',
      (fields: Record<string, string>) => Object.assign(fields, { 'X-Amz-Security-Token': 'x' }),
      'InvalidToken',
    ],
  ])('are refused with %s', async (_, change, code) => {
    const answer = await post({}, 'x'.repeat(500_000), 'f.txt', change);
    expect(/<Code>([^<]+)/.exec(answer.text)?.[1]).toBe(code);
  });

  test('are held to their size', async () => {
    const Conditions: PresignedPostOptions['Conditions'] = [['content-length-range', 3, 5]];
    expect((await post({ Conditions }, 'xx')).text).toContain('EntityTooSmall');
    expect((await post({ Conditions }, 'xxx')).status).toBe(204);
    expect((await post({ Conditions }, 'xxxxxx')).text).toContain('EntityTooLarge');
  });

  test.each([
    ['no boundary', 'multipart/form-data', 'x'],
    [
      'an end too soon',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nx',
    ],
    ['a part without a name', 'multipart/form-data; boundary=b', '--b\r\n\r\nx\r\n--b--'],
    ['a header without end', 'multipart/form-data; boundary=b', `--b\r\n${'x'.repeat(20_000)}`],
  ])('are refused with %s', async (_, type, body) => {
    const answer = await raw('POST', cloud.info.endpoint, `/${Bucket}`, {
      headers: { 'content-type': type },
      body,
    });
    expect(answer).toMatchObject({ status: 400, code: 'MalformedPOSTRequest' });
  });
});
