/** What a bad network, a wrong clock and dying credentials do to requests: a real server, the real SDK. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EnvelopeError } from '../../core/errors.ts';
import { createPathReader } from '../path-reader.ts';
import type { ObjectStore } from '../store.ts';
import { createKmsClient, createS3Store, guestCredentials } from './aws.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, call: number) => void;

const region = 'eu-central-1';
const identityPoolId = `${region}:00000000-0000-0000-0000-000000000000`;
const sha256 = new Uint8Array(32);
const { signal } = new AbortController();
let close = () => {};
let endpoint: string;
/** What S3 answers, and what it was asked. */
let answer: Answer;
let asked: IncomingMessage[];
/** What Cognito does: its lead over this device's clock, how long what it gives lives, and how often it was asked. */
let lead: number;
let life: number;
let given: number;

beforeEach(async () => {
  [asked, lead, life, given] = [[], 0, 3_600_000, 0];
  answer = (_, response) => response.setHeader('ETag', '"e"').end();
  const server = createServer((request, response) => {
    request.resume();
    response.sendDate = false;
    if (String(request.headers['x-amz-target']).startsWith('AWSCognito')) return giveCredentials(response);
    asked.push(request);
    answer(request, response, asked.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterEach(() => close());

function giveCredentials(response: ServerResponse): void {
  const now = Date.now() + lead;
  const Credentials = {
    AccessKeyId: `AKID${++given}`,
    SecretKey: 'secret',
    SessionToken: `token${given}`,
    Expiration: (now + life) / 1000,
  };
  response.setHeader('Date', new Date(now).toUTCString());
  response.setHeader('Content-Type', 'application/x-amz-json-1.1');
  response.end(JSON.stringify({ IdentityId: 'id', Credentials }));
}

function newStore(options: { attempts?: number; stallsAfter?: number } = {}): ObjectStore {
  const credentials = guestCredentials({ region, identityPoolId, endpoint }, 'id');
  return createS3Store({ bucket: 'bucket', region, credentials, endpoint, ...options });
}

function refusal(response: ServerResponse, status: number, code: string, more = ''): void {
  response.writeHead(status, { 'Content-Type': 'application/xml' });
  response.end(`<Error><Code>${code}</Code><Message>no</Message>${more}</Error>`);
}

const put = (store: ObjectStore) => store.put('key', new Uint8Array(3), {}, { sha256, signal });
const keyOf = (request: IncomingMessage | undefined) =>
  /Credential=(\w+)/.exec(request?.headers.authorization ?? '')?.[1];
/** Milliseconds since the epoch at which a request says it was signed. */
function signedAt(request: IncomingMessage | undefined): number {
  const stamp = String(request?.headers['x-amz-date']);
  return Date.parse(stamp.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
}

describe('credentials that AWS refuses', () => {
  it.each([
    [400, 'ExpiredToken'],
    [403, 'ExpiredToken'],
    [400, 'InvalidToken'],
    [403, 'InvalidAccessKeyId'],
  ])('are renewed, and the request is sent again (%i %s)', async (status, code) => {
    answer = (request, response) =>
      keyOf(request) === 'AKID1' ? refusal(response, status, code) : response.setHeader('ETag', '"e"').end();
    expect((await put(newStore())).etag).toBe('"e"');
    expect(asked.map(keyOf)).toEqual(['AKID1', 'AKID2']);
  });

  it('are renewed once for all requests that they were refused to', async () => {
    const waiting: ServerResponse[] = [];
    answer = (request, response) => {
      if (keyOf(request) !== 'AKID1') return void response.setHeader('ETag', '"e"').end();
      waiting.push(response);
      if (waiting.length === 8) for (const each of waiting) refusal(each, 400, 'ExpiredToken');
    };
    const store = newStore();
    await Promise.all(Array.from({ length: 8 }, () => put(store)));
    expect(given).toBe(2);
    expect(asked).toHaveLength(16);
  });

  it('are renewed only once for one request', async () => {
    answer = (_, response) => refusal(response, 400, 'ExpiredToken');
    await expect(put(newStore())).rejects.toMatchObject({ code: 'credentials-expired' });
    expect(given).toBe(2);
  });

  it('are renewed for KMS too', async () => {
    answer = (request, response) => {
      response.setHeader('Content-Type', 'application/x-amz-json-1.1');
      if (keyOf(request) === 'AKID1') {
        response.statusCode = 400;
        response.end('{"__type":"ExpiredTokenException"}');
      } else response.end('{"Plaintext":"AAAA","CiphertextBlob":"AAAA","KeyId":"k"}');
    };
    const credentials = guestCredentials({ region, identityPoolId, endpoint }, 'id');
    const client = createKmsClient({ region, credentials, endpoint });
    expect(await client.generateDataKey({ keyId: 'k', encryptionContext: {} })).toMatchObject({ keyId: 'k' });
  });

  it.each([400, 403])('are renewed where HEAD is refused, which can not say why (%i)', async (status) => {
    answer = (request, response) => {
      if (keyOf(request) === 'AKID1') return refusal(response, status, 'ExpiredToken');
      const { method } = request;
      if (method === 'GET') return refusal(response, 416, 'InvalidRange');
      response.setHeader('ETag', '"e"').setHeader('Last-Modified', new Date(0).toUTCString());
      response.setHeader('Content-Length', 0).end();
    };
    expect(await newStore().head('key')).toMatchObject({ etag: '"e"', size: 0 });
    expect(asked.map(({ method }) => method)).toEqual(['HEAD', 'GET', 'GET', 'HEAD']);
  });

  it('are not what a refused HEAD is laid on where S3 says otherwise', async () => {
    answer = (_, response) => refusal(response, 403, 'AccessDenied');
    await expect(newStore().head('key')).rejects.toMatchObject({ code: 'access-denied' });
    expect([given, asked.length]).toEqual([1, 2]);
  });

  it('keep nobody waiting who cancels meanwhile', async () => {
    const credentials = { get: () => new Promise<never>(() => {}) };
    const store = createS3Store({ bucket: 'bucket', region, credentials, endpoint });
    const stop = new AbortController();
    const sending = store.put('key', new Uint8Array(3), {}, { sha256, signal: stop.signal });
    stop.abort();
    await expect(sending).rejects.toMatchObject({ code: 'cancelled' });
    expect(asked).toEqual([]);
  });

  it('fail as the network does where they can not be renewed for want of one', async () => {
    answer = (_, response) => {
      refusal(response, 400, 'ExpiredToken');
      close();
    };
    await expect(put(newStore())).rejects.toMatchObject({ code: 'network-failed' });
  });

  it('may be asked for again by whoever waits longer, however often the client has tried', async () => {
    close();
    const failure = await put(newStore()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'network-failed' });
    expect((failure as EnvelopeError).details).not.toHaveProperty('tries');
  });
});

describe.each([
  ['ahead', -3_600_000],
  ['behind', 3_600_000],
])('a clock one hour %s', (_, hour) => {
  it('signs with the time of AWS, from the first request on', async () => {
    lead = hour;
    await put(newStore());
    expect(Math.abs(signedAt(asked[0]) - Date.now() - hour)).toBeLessThan(60_000);
  });

  it('is corrected by the refusal where nothing else told the time', async () => {
    answer = (request, response) => {
      const now = Date.now() + hour;
      if (Math.abs(signedAt(request) - now) < 900_000) return void response.setHeader('ETag', '"e"').end();
      const time = `<ServerTime>${new Date(now).toISOString()}</ServerTime>`;
      refusal(response, 403, 'RequestTimeTooSkewed', time);
    };
    const store = newStore();
    expect((await put(store)).etag).toBe('"e"');
    await put(store);
    expect(asked).toHaveLength(3);
  });

  it('neither renews credentials all the time nor keeps them too long', async () => {
    lead = hour;
    const store = newStore();
    for (let count = 0; count < 3; count++) await put(store);
    expect(given).toBe(1);
    life = -2000;
    const other = newStore();
    await put(other);
    const before = given;
    await put(other);
    expect(given).toBeGreaterThan(before);
  });
});

it('says so where the clock can not be corrected', async () => {
  answer = (_, response) => refusal(response, 403, 'RequestTimeTooSkewed');
  await expect(put(newStore())).rejects.toMatchObject({ code: 'clock-skew' });
});

describe('a request that stalls', () => {
  const stallsAfter = 60;
  const stalled = { code: 'network-failed' };

  it('fails where the answer never begins', async () => {
    answer = () => {};
    await expect(newStore({ stallsAfter }).head('key', signal)).rejects.toMatchObject(stalled);
  });

  it('fails where the answer to what has left never comes', async () => {
    answer = () => {};
    await expect(newStore({ stallsAfter }).completeUpload('key', 'id', [], { signal })).rejects.toMatchObject(
      stalled,
    );
  });

  it('fails where a list stops in the middle', async () => {
    answer = (_, response) => response.writeHead(200).write('<ListBucketResult>');
    await expect(newStore({ stallsAfter }).list('', { signal })).rejects.toMatchObject(stalled);
  });

  const halfOfIt: Answer = (_, response) => {
    response.writeHead(206, { 'Content-Length': '10', 'Content-Range': 'bytes 0-9/10' }).write('12345');
  };

  it('fails where an object stops in the middle', async () => {
    answer = halfOfIt;
    const read = newStore({ stallsAfter }).read('key', { start: 0, end: 10 }, { etag: '"e"', signal });
    await expect(read).rejects.toMatchObject(stalled);
  });

  it("fails where a link's object stops in the middle", async () => {
    answer = halfOfIt;
    const reader = createPathReader(new URL(`${endpoint}/shared/`), { stallsAfter });
    const read = reader.read('key', { start: 0, end: 10 }, { etag: '"e"', signal });
    await expect(read).rejects.toMatchObject(stalled);
  });

  it('is left alone as long as bytes come', async () => {
    answer = (_, response) => {
      response.writeHead(206, { 'Content-Length': '10', 'Content-Range': 'bytes 0-9/10' });
      let left = 10;
      const timer = setInterval(() => {
        response.write('x');
        if (--left === 0) clearInterval(timer);
      }, 250);
    };
    const read = newStore({ stallsAfter: 1500 }).read('key', { start: 0, end: 10 }, { etag: '"e"', signal });
    expect(await read).toHaveLength(10);
  });

  it('is cancelled by whoever cancels it', async () => {
    const controller = new AbortController();
    answer = () => controller.abort();
    const head = newStore({ stallsAfter }).head('key', controller.signal);
    await expect(head).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('what passes', () => {
  it.each([
    [408, 'RequestTimeout', 'service-failed'],
    [400, 'RequestTimeout', 'service-failed'],
    [400, 'IncompleteBody', 'service-failed'],
    [409, 'OperationAborted', 'service-failed'],
    [409, 'ConditionalRequestConflict', 'service-failed'],
    [429, 'TooManyRequests', 'service-failed'],
    [500, 'InternalError', 'service-failed'],
    [503, 'SlowDown', 'service-failed'],
    [200, 'InternalError', 'service-failed'],
    [400, 'BadDigest', 'checksum-mismatch'],
    [400, 'XAmzContentSHA256Mismatch', 'checksum-mismatch'],
  ] as const)('is sent once and left to the transfer to repeat (%i %s)', async (status, name, code) => {
    answer = (_, response) => refusal(response, status, name);
    await expect(newStore().completeUpload('key', 'id', [])).rejects.toMatchObject({ code });
    expect(asked).toHaveLength(1);
  });

  it('is repeated by the client where it is told to, which then says so', async () => {
    answer = (_, response) => refusal(response, 500, 'InternalError');
    const refused = { code: 'service-failed', details: { tries: 2 } };
    await expect(newStore({ attempts: 2 }).head('key')).rejects.toMatchObject(refused);
    expect(asked).toHaveLength(2);
  });

  it('says for how long to wait', async () => {
    answer = (_, response) => {
      response.setHeader('Retry-After', '7');
      refusal(response, 503, 'SlowDown');
    };
    const slow = { code: 'service-failed', details: { retryAfter: 7 } };
    await expect(put(newStore())).rejects.toMatchObject(slow);
    await expect(createPathReader(new URL(endpoint)).head('key')).rejects.toMatchObject(slow);
  });
});

it.each(['AccessDenied', 'InvalidPart', 'EntityTooSmall'])('does not repeat %s', async (name) => {
  answer = (_, response) => refusal(response, name === 'AccessDenied' ? 403 : 400, name);
  await expect(newStore({ attempts: 3 }).completeUpload('key', 'id', [])).rejects.toMatchObject({
    code: name === 'AccessDenied' ? 'access-denied' : 'request-refused',
  });
  expect(asked).toHaveLength(1);
});
