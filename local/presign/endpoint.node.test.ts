import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestCloud, type TestCloud } from '../test-cloud.ts';
import { cookieName } from './callers.ts';

let cloud: TestCloud;
let prefix: string;
let otherPrefix: string;
beforeAll(async () => {
  cloud = await startTestCloud({ presignedSeconds: 1 });
  const me = async (token: string) =>
    ((await (await ask('/me', { token })).json()) as { prefix: string }).prefix;
  [prefix, otherPrefix] = [await me(cloud.info.presignToken), await me(cloud.info.otherPresignToken)];
});
afterAll(() => cloud.close());

interface Asking {
  readonly method?: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function ask(path: string, { method, token = cloud.info.presignToken, body, headers }: Asking = {}) {
  return fetch(`${cloud.info.presignEndpoint}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

async function refused(asked: Promise<Response>, status: number, code: string): Promise<Response> {
  const response = await asked;
  const text = await response.text();
  expect(response.status, text).toBe(status);
  expect(JSON.parse(text)).toEqual({ error: { code, message: expect.stringMatching(/\w/) } });
  expect(response.headers.get('cache-control')).toBe('no-store');
  return response;
}

const sha256 = createHash('sha256').update('hello').digest('base64');
const sign = (...requests: readonly object[]) => ask('/sign', { body: { requests } });
const put = (change: object = {}) => ({
  kind: 'put',
  key: `${prefix}a`,
  size: 5,
  sha256,
  metadata: {},
  ...change,
});
const signedPut = async (change: object = {}) => {
  const { signed } = (await (await sign(put(change))).json()) as {
    signed: { url: string; headers: Record<string, string> }[];
  };
  return signed[0] ?? expect.fail('nothing was signed');
};

describe('who asks', () => {
  test.each(['', 'wrong', `${'A'.repeat(7)}-${'A'.repeat(7)}`])(
    'has to have a token that is known: %j',
    async (token) => {
      const answer = await refused(ask('/me', { token }), 401, 'Unauthorized');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    },
  );

  test('may have it in the cookie', async () => {
    const headers = { Cookie: `a=b; ${cookieName}=${cloud.info.presignToken}` };
    expect((await ask('/me', { token: '', headers })).status).toBe(200);
    await refused(ask('/me', { token: '', headers: { Cookie: `${cookieName}=x` } }), 401, 'Unauthorized');
  });

  test('is a page of the app, or no page', async () => {
    const origin = new URL(cloud.info.appUrl).origin;
    const preflight = await ask('/sign', { method: 'OPTIONS', token: '', headers: { Origin: origin } });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': 'authorization, content-type',
      vary: 'Origin',
    });
    const elsewhere = { Origin: 'https://elsewhere.example' };
    const answer = await refused(
      ask(`/object?key=${prefix}a`, { method: 'DELETE', headers: elsewhere }),
      403,
      'AccessDenied',
    );
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    await refused(ask('/me', { method: 'OPTIONS', headers: elsewhere }), 403, 'AccessDenied');
  });
});

describe('what is asked', () => {
  test('has to be there', async () => {
    await refused(ask('/nothing'), 404, 'NotFound');
    await refused(ask('/me', { method: 'DELETE' }), 404, 'NotFound');
    await refused(ask(`/multipart/nothing?key=${prefix}a`), 404, 'NoSuchUpload');
    await refused(ask(`/multipart/%zz?key=${prefix}a`), 400, 'InvalidRequest');
  });

  test('has to be JSON, as such and of bearable length', async () => {
    await refused(ask('/sign', { body: '{' }), 400, 'InvalidRequest');
    await refused(ask('/sign', { body: '[]' }), 400, 'InvalidRequest');
    await refused(
      ask('/sign', { body: '{}', headers: { 'Content-Type': 'text/plain' } }),
      415,
      'InvalidRequest',
    );
    await refused(ask('/sign', { body: ' '.repeat(4 * 1024 ** 2 + 1) }), 413, 'EntityTooLarge');
  });

  test.each([
    ['no key', { key: undefined }],
    ['another kind', { kind: 'delete' }],
    ['a negative size', { size: -1 }],
    ['more than S3 takes at once', { size: 5 * 1024 ** 3 + 1 }],
    ['no checksum', { sha256: undefined }],
    ['a checksum of another kind', { sha256: 'AAAA' }],
    ['metadata with a line break', { metadata: { a: 'b\r\nx-amz-acl: public-read' } }],
    ['a name that is no header', { metadata: { 'a b': 'c' } }],
    ['an unknown condition', { condition: { kind: 'maybe' } }],
    ['part 0', { kind: 'part', uploadId: 'u', partNumber: 0 }],
    ['part 10,001', { kind: 'part', uploadId: 'u', partNumber: 10_001 }],
    ['an empty range', { kind: 'copy', uploadId: 'u', partNumber: 1, source: 'x', etag: 'e', range: [5, 5] }],
  ])('is refused with %s', async (_, change) => {
    await refused(sign(put(change)), 400, 'InvalidRequest');
  });

  test('is 16 URLs at most', async () => {
    await refused(sign(), 400, 'InvalidRequest');
    await refused(sign(...Array.from({ length: 17 }, () => put())), 400, 'InvalidRequest');
    expect((await sign(...Array.from({ length: 16 }, () => put()))).status).toBe(200);
  });

  test.each([
    ['of somebody else', () => put({ key: `${otherPrefix}a` })],
    ['of the prefix alone', () => put({ key: prefix })],
    ['that leads out of the prefix', () => put({ key: `${prefix}../x/a` })],
    ['for a link without the condition', () => put({ key: 'shared/a' })],
    ['to read what a link leads to', () => ({ kind: 'get', key: 'shared/a' })],
    [
      "with somebody else's bytes",
      () => ({
        ...{ kind: 'copy', key: 'shared/a', uploadId: 'u', partNumber: 1 },
        ...{ source: `${otherPrefix}a`, etag: '"e"', range: [0, 5] },
      }),
    ],
  ])('is no URL %s', async (_, request) => {
    await refused(sign(request()), 403, 'AccessDenied');
  });
});

describe('a URL', () => {
  const send = async (
    { url, headers }: { url: string; headers: Record<string, string> },
    change: RequestInit = {},
  ) => fetch(url, { method: 'PUT', headers, body: 'hello', ...change });

  test('has every header signed that it asks for', async () => {
    const { url, headers } = await signedPut({
      metadata: { 'x-amz-c': '115' },
      condition: { kind: 'absent' },
    });
    const names = new URL(url).searchParams.get('X-Amz-SignedHeaders')?.split(';');
    expect(names).toEqual([...Object.keys(headers), 'content-length', 'host'].sort());
    expect(url).not.toMatch(/[?&]x-amz-(meta|checksum|sdk)/i);
  });

  test('sends only what it was made for', async () => {
    const one = await signedPut({ metadata: { a: 'b' } });
    expect((await send(one, { body: 'jello' })).status).toBe(400);
    expect((await send(one, { body: 'hello!' })).status).toBe(403);
    expect((await send(one, { headers: { ...one.headers, 'x-amz-meta-a': 'c' } })).status).toBe(403);
    const { 'x-amz-checksum-sha256': _, ...without } = one.headers;
    expect((await send(one, { headers: without })).status).toBe(403);
    expect((await send(one, { method: 'DELETE', body: null })).status).toBe(403);
    expect((await send({ ...one, url: one.url.replace(/a\?/, 'b?') })).status).toBe(403);
    expect((await send(await signedPut())).status).toBe(200);
  });

  test('ends', async () => {
    const one = await signedPut();
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const answer = await send(one);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<Message>Request has expired</Message>');
  });
});
