import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { s3, startTestCloud, type TestCloud } from './test-cloud.ts';

let folder: string;
let cloud: TestCloud;
let app: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-envelope-app-'));
  const appDirectory = join(folder, 'dist');
  await mkdir(join(appDirectory, 'assets'), { recursive: true });
  await writeFile(join(folder, 'outside.txt'), 'outside');
  await writeFile(join(appDirectory, 'index.html'), '<!doctype html>');
  await writeFile(join(appDirectory, 'sw.js'), '// worker');
  await writeFile(join(appDirectory, 'icon.svg'), '<svg/>');
  await writeFile(join(appDirectory, 'assets', 'index-1a2b.js'), 'export {};');
  cloud = await startTestCloud({ appDirectory });
  app = cloud.info.appUrl.replace('localhost', '127.0.0.1').replace(/\/$/, '');
});
afterAll(async () => {
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
});

/** As typed, without the tidying that `fetch` does to paths. */
function raw(path: string, method = 'GET'): Promise<{ status: number | undefined; body: string }> {
  const { hostname, port } = new URL(app);
  return new Promise((resolve, reject) => {
    const sent = ask({ hostname, port, path, method }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, body }));
    });
    sent.on('error', reject).end();
  });
}

describe('the site', () => {
  test('is served with the headers that CloudFront will send', async () => {
    const { headers } = await fetch(`${app}/`);
    const policy = headers.get('content-security-policy') ?? '';
    const directives = Object.fromEntries(
      policy
        .split('; ')
        .map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1).join(' ')]),
    );
    expect(directives).toMatchObject({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'worker-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
    });
    expect(directives['connect-src']?.split(' ')).toEqual(["'self'", cloud.info.endpoint]);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('permissions-policy')).toContain('camera=()');
  });

  test.each([
    ['/', 'text/html; charset=utf-8', 'no-store'],
    ['/index.html', 'text/html; charset=utf-8', 'no-store'],
    ['/sw.js', 'text/javascript; charset=utf-8', 'no-store'],
    ['/config.json', 'application/json', 'no-store'],
    ['/icon.svg', 'image/svg+xml', 'no-cache'],
    ['/assets/index-1a2b.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  ])('%s is %s, %s', async (path, type, cache) => {
    const { status, headers } = await fetch(app + path);
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([200, type, cache]);
  });

  test('HEAD has no body, other methods are refused', async () => {
    expect(await raw('/', 'HEAD')).toEqual({ status: 200, body: '' });
    expect((await raw('/', 'POST')).status).toBe(405);
  });

  test.each([
    '/nothing',
    '/assets',
    '/assets/',
    '/../outside.txt',
    '/assets/../../outside.txt',
    '/..%2foutside.txt',
    '/%2e%2e/outside.txt',
    '/..\\outside.txt',
    '//outside.txt',
    '/%00',
    '/%',
    '/files/x',
    '/%23/open/abc',
  ])('%s is not there, which the app itself tells', async (path) => {
    expect(await raw(path)).toEqual({ status: 404, body: '<!doctype html>' });
  });

  test('the configuration is this cloud', async () => {
    const { endpoint, identityPoolId, kmsKeyArn, bucket } = cloud.info;
    expect(await (await fetch(`${app}/config.json`)).json()).toEqual({
      version: 1,
      region: 'us-east-1',
      bucket,
      s3Endpoint: endpoint,
      kmsEndpoint: endpoint,
      cognitoEndpoint: endpoint,
      credentials: { kind: 'cognito-guest', identityPoolId },
      kms: { keyId: kmsKeyArn, label: 'alias/documents' },
      links: { kind: 'path', path: '/shared/', days: 30 },
    });
  });
});

describe('/shared/', () => {
  const page = '<script>alert(1)</script>';
  beforeAll(async () => {
    const client = s3(cloud.info, cloud.administrator);
    const { bucket: Bucket } = cloud.info;
    const common = { Bucket, Body: page, ContentType: 'text/html', IfNoneMatch: '*' };
    await client.send(
      new PutObjectCommand({
        ...common,
        Key: 'shared/abc/manifest',
        CacheControl: 'max-age=99999',
        ContentDisposition: 'inline',
        Metadata: { 'x-amz-3': 'wrapped' },
      }),
    );
    await client.send(new PutObjectCommand({ ...common, Key: 'shared/a +%2F&?#ü/0' }));
    await client.send(new PutObjectCommand({ ...common, Key: 'files/abc/0' }));
    await client.send(new PutObjectCommand({ ...common, Key: 'shared/../files/abc/0' }));
  });

  test('is read in the name of CloudFront, metadata and all', async () => {
    const response = await fetch(`${app}/shared/abc/manifest`);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-amz-meta-x-amz-3')).toBe('wrapped');
    expect(response.headers.get('content-length')).toBe(String(page.length));
    expect(response.headers.get('etag')).toMatch(/^"[0-9a-f]{32}"$/);
    expect(await response.text()).toBe(page);
  });

  test('is data to be saved, whatever a guest said it was', async () => {
    const { headers } = await fetch(`${app}/shared/abc/manifest`);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toBe('attachment');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; sandbox;/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('in ranges, by HEAD, and with conditions', async () => {
    const url = `${app}/shared/abc/manifest`;
    const part = await fetch(url, { headers: { range: 'bytes=1-6' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 1-6/${page.length}`]);
    expect(await part.text()).toBe('script');
    const beyond = await fetch(url, { headers: { range: 'bytes=1000-' } });
    expect(beyond.status).toBe(416);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(page.length)]);
    expect(await head.text()).toBe('');
    const known = await fetch(url, { headers: { 'if-none-match': part.headers.get('etag') ?? '' } });
    expect(known.status).toBe(304);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(405);
  });

  test('keys of every kind', async () => {
    const response = await fetch(`${app}/shared/${encodeURIComponent('a +%2F&?#ü')}/0`);
    expect(await response.text()).toBe(page);
  });

  test('what is not there is a 403, since CloudFront may not list', async () => {
    expect((await fetch(`${app}/shared/nothing`)).status).toBe(403);
    expect((await fetch(`${app}/shared/?list-type=2&prefix=`)).status).toBe(403);
  });

  test('nothing in files/ is in reach', async () => {
    for (const path of ['/files/abc/0', '/shared/../../files/abc/0', '/shared/%2e%2e%2f%2e%2e/files/abc/0']) {
      const { status, body } = await raw(path);
      expect(status).toBeGreaterThanOrEqual(403);
      expect(body).not.toContain(page);
    }
    // A key with dots in it is a key like others, and no way out of its folder.
    expect((await raw('/shared/../files/abc/0')).status).toBe(200);
  });
});
