import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, test } from 'vitest';
import type { CredentialLookup, Principal, StoredCredentials } from '../contract.ts';
import { type Refusal, type SignedRequest, type Verified, verifySignature } from './sigv4.ts';

const principal: Principal = {
  kind: 'user',
  accountId: '000000000000',
  arn: 'arn:aws:iam::000000000000:user/someone',
  policies: [],
  sessionPolicies: [],
  contextKeys: {},
};
const longTerm = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const temporary = {
  accessKeyId: 'ASIATEMPORARY',
  secretAccessKey: 'temporary secret',
  sessionToken: 'the/token+issued==',
};
const now = Date.now();
const stored = new Map<string, StoredCredentials>([
  [longTerm.accessKeyId, { secretAccessKey: longTerm.secretAccessKey, principal }],
  [temporary.accessKeyId, { ...temporary, expiresAt: now + 3_600_000, principal }],
  ['ASIAGONE', { secretAccessKey: 's', sessionToken: 't', expiresAt: now - 1, principal }],
]);
const credentials: CredentialLookup = { find: (id) => stored.get(id) };

interface Sent extends SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: string[];
  readonly body: Uint8Array | string;
}

interface WireRequest {
  method: string;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

/** Runs an SDK call up to the wire and gives what would have gone over it. */
async function sent(
  call: (handler: { handle(request: WireRequest): Promise<never> }) => Promise<unknown>,
): Promise<Sent> {
  let seen: Sent | undefined;
  const handle = async (request: WireRequest): Promise<never> => {
    const encode = (text: string) =>
      encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
    const query = Object.entries(request.query ?? {}).map(
      ([name, value]) => `${encode(name)}=${encode(String(value ?? ''))}`,
    );
    seen = {
      method: request.method,
      url: query.length > 0 ? `${request.path}?${query.join('&')}` : request.path,
      rawHeaders: Object.entries(request.headers).flat(),
      body: request.body instanceof Uint8Array ? request.body : String(request.body ?? ''),
    };
    throw new Error('not sent');
  };
  await call({ handle }).catch(() => undefined);
  if (!seen) throw new Error('nothing was sent');
  return seen;
}

const config = { region: 'us-east-1', maxAttempts: 1, endpoint: 'http://127.0.0.1:4600' };

function viaS3(command: object, options: S3ClientConfig = {}): Promise<Sent> {
  return sent((requestHandler) => {
    const client = new S3Client({
      ...config,
      forcePathStyle: true,
      credentials: longTerm,
      requestHandler: requestHandler as never,
      ...options,
    });
    return client.send(command as never);
  });
}

function verify(
  request: SignedRequest,
  at = Date.now(),
  service = 's3',
  bodySha256?: string,
): Verified | Refusal {
  return verifySignature(request, {
    service,
    credentials,
    now: at,
    ...(bodySha256 === undefined ? {} : { bodySha256 }),
  });
}

function expectRefusal(result: Verified | Refusal, code: string, status = 403): void {
  expect(result).toMatchObject({ ok: false, code, status });
}

function setHeader({ rawHeaders }: Sent, name: string, value: string | undefined): void {
  const at = rawHeaders.findIndex((candidate, i) => i % 2 === 0 && candidate.toLowerCase() === name);
  if (at >= 0) rawHeaders.splice(at, 2);
  if (value !== undefined) rawHeaders.push(name, value);
}

const get = new GetObjectCommand({ Bucket: 'b', Key: 'k' });
const awkward = [
  'plain',
  'a b+c%25/ü?&=#漢.txt',
  '../../../escape',
  './a/./b/..',
  '/leading//double/',
  'quotes\'"`()*!~_-.',
  '💥 emoji',
  'percent%2Fslash',
  '@:,;$[]{}|\\^<>',
];

describe('requests signed by the AWS SDK', () => {
  test.each(awkward)('S3 key %j', async (Key) => {
    const request = await viaS3(new GetObjectCommand({ Bucket: 'b', Key }));
    expect(verify(request)).toMatchObject({
      ok: true,
      form: 'header',
      accessKeyId: longTerm.accessKeyId,
      principal,
    });
  });

  test.each(awkward)('presigned S3 key %j', async (Key) => {
    expect(verify(await presigned(new GetObjectCommand({ Bucket: 'b', Key })))).toMatchObject({
      ok: true,
      form: 'query',
    });
  });

  test('query parameters of all kinds', async () => {
    const request = await viaS3(
      new ListObjectsV2Command({ Bucket: 'b', Prefix: 'a b+c&=%/ü*', Delimiter: '/', StartAfter: '' }),
    );
    expect(verify(request).ok).toBe(true);
  });

  test('metadata, its inner blanks collapsed', async () => {
    const request = await viaS3(
      new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x', Metadata: { a: ' one   two ' } }),
    );
    expect(verify(request)).toMatchObject({ ok: true, payload: { kind: 'sha256', hex: sha256('x') } });
  });

  test('temporary credentials, header and presigned', async () => {
    expect(verify(await viaS3(get, { credentials: temporary })).ok).toBe(true);
    expect(verify(await presigned(get, { credentials: temporary })).ok).toBe(true);
  });

  test('an unsigned trailer after aws-chunked bytes', async () => {
    const body = Readable.from([Buffer.from('x')]);
    const request = await viaS3(
      new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: body, ContentLength: 1 }),
    );
    expect(verify(request)).toMatchObject({ ok: true, payload: { kind: 'aws-chunked', trailer: true } });
  });

  test('KMS and STS, which sign the body', async () => {
    const options = { ...config, credentials: temporary };
    const kms = await sent((requestHandler) =>
      new KMSClient({ ...options, requestHandler: requestHandler as never }).send(
        new GenerateDataKeyCommand({ KeyId: 'k', KeySpec: 'AES_256' }),
      ),
    );
    const sts = await sent((requestHandler) =>
      new STSClient({ ...options, requestHandler: requestHandler as never }).send(
        new GetCallerIdentityCommand({}),
      ),
    );
    expect(verify(kms, Date.now(), 'kms', sha256(kms.body)).ok).toBe(true);
    expect(verify(sts, Date.now(), 'sts', sha256(sts.body)).ok).toBe(true);
    expectRefusal(verify(kms, Date.now(), 'kms', sha256('another body')), 'SignatureDoesNotMatch');
    expectRefusal(verify(kms, Date.now(), 'sts', sha256(kms.body)), 'AuthorizationHeaderMalformed', 400);
  });
});

describe("Amazon's own examples", () => {
  const at = Date.UTC(2013, 4, 24);
  const host = ['Host', 'examplebucket.s3.amazonaws.com'];
  const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';

  test('GET with a range', () => {
    const signature = 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41';
    const request = {
      method: 'GET',
      url: '/test.txt',
      rawHeaders: [
        ...host,
        ...['Range', 'bytes=0-9', 'x-amz-content-sha256', sha256(''), 'x-amz-date', '20130524T000000Z'],
        'Authorization',
        `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=${signature}`,
      ],
    };
    expect(verify(request, at)).toMatchObject({ ok: true, signedAt: at });
  });

  test('a presigned GET', () => {
    const signature = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
    const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(scope)}&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host`;
    const request = {
      method: 'GET',
      url: `/test.txt?${query}&X-Amz-Signature=${signature}`,
      rawHeaders: host,
    };
    expect(verify(request, at + 86_400_000).ok).toBe(true);
    expectRefusal(verify(request, at + 86_400_001), 'AccessDenied');
  });
});

describe('refused when header-signed', () => {
  test('by another secret', async () => {
    const wrong = { ...longTerm, secretAccessKey: 'another' };
    expectRefusal(verify(await viaS3(get, { credentials: wrong })), 'SignatureDoesNotMatch');
  });

  test('by a key nobody has', async () => {
    expectRefusal(
      verify(await viaS3(get, { credentials: { ...longTerm, accessKeyId: 'AKIANOBODY' } })),
      'InvalidAccessKeyId',
    );
  });

  test.each([
    ['path', (request: Sent) => ({ ...request, url: request.url.replace('/b/k', '/b/other') })],
    ['query', (request: Sent) => ({ ...request, url: `${request.url}&versionId=1` })],
    ['method', (request: Sent) => ({ ...request, method: 'DELETE' })],
  ])('with another %s', async (_, change) => {
    expectRefusal(verify(change(await viaS3(get))), 'SignatureDoesNotMatch');
  });

  test('with another header value, payload hash or host', async () => {
    for (const [name, value] of [
      ['x-amz-content-sha256', sha256('other')],
      ['host', 'evil.example'],
      ['x-amz-meta-a', '2'],
    ] as const) {
      const request = await viaS3(
        new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x', Metadata: { a: '1' } }),
      );
      setHeader(request, name, value);
      expectRefusal(verify(request), 'SignatureDoesNotMatch');
    }
  });

  test('with a signed header gone', async () => {
    const request = await viaS3(
      new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x', Metadata: { a: '1' } }),
    );
    setHeader(request, 'x-amz-meta-a', undefined);
    expectRefusal(verify(request), 'SignatureDoesNotMatch');
  });

  test('with an x-amz header that is not signed', async () => {
    const request = await viaS3(get);
    setHeader(request, 'x-amz-meta-added', '1');
    expectRefusal(verify(request), 'AccessDenied');
  });

  test('with a clock more than 15 minutes off, either way', async () => {
    const request = await viaS3(get);
    expect(verify(request, Date.now() + 14 * 60_000).ok).toBe(true);
    expectRefusal(verify(request, Date.now() + 16 * 60_000), 'RequestTimeTooSkewed');
    expectRefusal(verify(request, Date.now() - 16 * 60_000), 'RequestTimeTooSkewed');
  });

  test('for another region', async () => {
    expectRefusal(verify(await viaS3(get, { region: 'eu-west-1' })), 'AuthorizationHeaderMalformed', 400);
  });

  test('with no payload hash, as S3 wants one', async () => {
    const request = await viaS3(get);
    setHeader(request, 'x-amz-content-sha256', undefined);
    expectRefusal(verify(request), 'InvalidRequest', 400);
  });

  test('not at all, by an old version, or garbled', async () => {
    const request = await viaS3(get);
    setHeader(request, 'authorization', undefined);
    expectRefusal(verify(request), 'MissingAuthenticationToken');
    setHeader(request, 'authorization', 'AWS AKIAIOSFODNN7EXAMPLE:c2lnbmF0dXJl');
    expectRefusal(verify(request), 'InvalidRequest', 400);
    for (const text of [
      'AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c',
      'AWS4-HMAC-SHA256 a,b,c',
    ]) {
      setHeader(request, 'authorization', text);
      expectRefusal(verify(request), 'AuthorizationHeaderMalformed', 400);
    }
  });
});

describe('session tokens', () => {
  const by = (more: object) => viaS3(get, { credentials: { ...temporary, ...more } });

  test('another than the one issued', async () => {
    expectRefusal(verify(await by({ sessionToken: 'another' })), 'InvalidToken', 400);
  });

  test('none for temporary credentials', async () => {
    const { accessKeyId, secretAccessKey } = temporary;
    expectRefusal(
      verify(await viaS3(get, { credentials: { accessKeyId, secretAccessKey } })),
      'InvalidAccessKeyId',
    );
  });

  test('one with credentials that have none', async () => {
    expectRefusal(
      verify(await viaS3(get, { credentials: { ...longTerm, sessionToken: 'x' } })),
      'InvalidToken',
      400,
    );
  });

  test('expired, however long the presigned URL was to live', async () => {
    const gone = { accessKeyId: 'ASIAGONE', secretAccessKey: 's', sessionToken: 't' };
    expectRefusal(verify(await viaS3(get, { credentials: gone })), 'ExpiredToken', 400);
    expectRefusal(verify(await presigned(get, { credentials: gone })), 'ExpiredToken', 400);
  });
});

describe('presigned URLs', () => {
  test('carry metadata that is signed', async () => {
    const request = await presigned(new PutObjectCommand({ Bucket: 'b', Key: 'k', Metadata: { a: '1' } }));
    expect(request.url).toContain('x-amz-meta-a=1');
    expect(verify(request)).toMatchObject({ ok: true, payload: { kind: 'unsigned' } });
    expectRefusal(
      verify({ ...request, url: request.url.replace('meta-a=1', 'meta-a=2') }),
      'SignatureDoesNotMatch',
    );
  });

  test('bind the part of an upload', async () => {
    const request = await presigned(
      new UploadPartCommand({ Bucket: 'b', Key: 'k', UploadId: 'u', PartNumber: 1 }),
    );
    expect(verify(request).ok).toBe(true);
    expectRefusal(
      verify({ ...request, url: request.url.replace('partNumber=1', 'partNumber=2') }),
      'SignatureDoesNotMatch',
    );
  });

  test('for GET do not PUT', async () => {
    expectRefusal(verify({ ...(await presigned(get)), method: 'PUT' }), 'SignatureDoesNotMatch');
  });

  test('do not take x-amz headers beside', async () => {
    const request = await presigned(get);
    setHeader(request, 'x-amz-meta-added', '1');
    expectRefusal(verify(request), 'AccessDenied');
  });

  test('expire, and are not valid before their time', async () => {
    const request = await presigned(get);
    expect(verify(request, Date.now() + 299_000).ok).toBe(true);
    expectRefusal(verify(request, Date.now() + 302_000), 'AccessDenied');
    expectRefusal(verify(request, Date.now() - 16 * 60_000), 'AccessDenied');
  });

  test('live a week at most', async () => {
    const request = await presigned(get);
    for (const expires of ['604801', '-1', 'soon', ''])
      expectRefusal(
        verify({ ...request, url: request.url.replace('Expires=300', `Expires=${expires}`) }),
        'AuthorizationQueryParametersError',
        400,
      );
  });

  test('want all their parameters, and no header beside them', async () => {
    const request = await presigned(get);
    const cut = { ...request, url: request.url.replace(/&X-Amz-Date=\w+/, '') };
    expectRefusal(verify(cut), 'AuthorizationQueryParametersError', 400);
    setHeader(request, 'authorization', 'AWS4-HMAC-SHA256 x');
    expectRefusal(verify(request), 'InvalidArgument', 400);
  });

  test('with a broken escape are refused, not fatal', async () => {
    const request = await presigned(get);
    expectRefusal(verify({ ...request, url: request.url.replace('/b/k', '/b/%E0%A4') }), 'InvalidURI', 400);
    expectRefusal(verify({ ...request, url: `${request.url}&a=%` }), 'InvalidURI', 400);
  });
});

async function presigned(command: object, options: S3ClientConfig = {}): Promise<Sent> {
  const client = new S3Client({
    ...config,
    forcePathStyle: true,
    credentials: longTerm,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    ...options,
  });
  const url = await getSignedUrl(client, command as never, { expiresIn: 300 });
  const method = command instanceof GetObjectCommand ? 'GET' : 'PUT';
  return { method, url: url.slice(config.endpoint.length), rawHeaders: ['Host', '127.0.0.1:4600'], body: '' };
}

function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}
