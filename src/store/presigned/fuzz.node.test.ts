/** The answers of a presign endpoint and of S3, damaged, over real HTTP. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCodes } from '../../core/errors.ts';
import { damage, outcomeOf } from '../../core/test-fuzz.ts';
import type { ObjectStore } from '../store.ts';
import { createAccessCode } from './access-code.ts';
import { createPresignEndpoint, type PresignEndpoint } from './endpoint.ts';
import { createPresignedStore } from './presigned-store.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
}

let server: Server;
let address: string;
let fromEndpoint: readonly Answer[] = [];
let fromS3: Answer = { status: 200, body: '' };
let endpoint: PresignEndpoint;
let store: ObjectStore;

beforeAll(async () => {
  let count = 0;
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const isS3 = request.url?.startsWith('/bucket/');
      const one = isS3 ? fromS3 : fromEndpoint[count++ % fromEndpoint.length];
      response.writeHead(one?.status ?? 500, { etag: '"e"', 'content-range': 'bytes 0-4/5' });
      response.end(Buffer.from(one?.body ?? '', 'latin1'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const accessCode = createAccessCode();
  accessCode.enter('code');
  endpoint = createPresignEndpoint({ address, accessCode });
  const s3 = { bucket: 'bucket', region: 'eu-central-1', s3Endpoint: address };
  store = createPresignedStore({ endpoint, ...s3 });
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const damaged = (text: string) => damage.map((spoil) => latin1(spoil(Uint8Array.from(Buffer.from(text)))));
const name = fc.constantFrom(
  'NoSuchKey',
  'AccessDenied',
  'SlowDown',
  'NoSuchUpload',
  '__proto__',
  'toString',
  '',
);
const refusal = name.map((code) => JSON.stringify({ error: { code, message: 'm' } }));
/** Not 401, after which it waits for another code. */
const status = fc.constantFrom(200, 200, 200, 200, 204, 304, 400, 403, 404, 409, 412, 429, 500, 503);
/** What is right for every question at once, but for the URL, of which there are good and bad ones. */
const whole = fc.constantFrom('/bucket/a', '/bucket/b', '/elsewhere/a', '', 'javascript:1').map((path) =>
  JSON.stringify({
    ...{ prefix: 'files/a/', key: 'a', size: 5, etag: '"e"', lastModified: '2026-01-01T00:00:00Z' },
    ...{
      metadata: { a: 'b' },
      objects: [{ key: 'a', size: 1, etag: '"e"', lastModified: '2026-01-01T00:00:00Z' }],
    },
    ...{ signed: [{ method: 'PUT', url: `${path.startsWith('/') ? address : ''}${path}?x`, headers: {} }] },
    ...{ expires: 900, uploadId: 'u', parts: [{ PartNumber: 1, ETag: '"e"', ChecksumSHA256: 'AAAA' }] },
  }),
);
const json = fc.oneof(
  { weight: 4, arbitrary: whole },
  { weight: 2, arbitrary: whole.chain(damaged) },
  refusal,
  refusal.chain(damaged),
  fc.constantFrom('', '[]', 'null', '"x"', '['.repeat(5000), '{"signed":7}', '{"error":null}'),
  fc.json(),
);
const answer: fc.Arbitrary<Answer> = fc.record({ status, body: json });
const xml = name.map(
  (code) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`,
);
const s3Answer: fc.Arbitrary<Answer> = fc.record({
  status: fc.constantFrom(200, 206, 206, 400, 403, 404, 412, 500),
  body: fc.oneof(
    xml,
    xml.chain(damaged),
    fc.constantFrom('', 'hello', '<CopyPartResult><ETag>"e"</ETag></CopyPartResult>'),
  ),
});

const body = new TextEncoder().encode('hello');
const sha256 = new Uint8Array(32);
const questions: Readonly<Record<string, () => Promise<unknown>>> = {
  me: () => endpoint.me('code'),
  head: () => store.head('a'),
  read: () => store.read('a', { start: 0, end: 5 }, { etag: '"e"' }),
  list: () => store.list('a/'),
  put: () => store.put('a', body, {}, { sha256 }),
  createUpload: () => store.createUpload('a', {}),
  sendPart: () => store.sendPart('a', 'u', 1, body, { sha256 }),
  listParts: () => store.listParts('a', 'u'),
  completeUpload: () => store.completeUpload('a', 'u', [{ number: 1, etag: '"e"', sha256 }]),
  abortUpload: () => store.abortUpload('a', 'u'),
  remove: () => store.remove('a'),
  copy: () => store.copy({ key: 'b', size: 5, etag: '"e"', lastModified: new Date(0), metadata: {} }, 'a'),
};

describe('whatever is answered is an answer or an error of the list', () => {
  it.each(Object.entries(questions))('%s', async (_, question) => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 3 }), s3Answer, async (answers, one) => {
        fromEndpoint = answers;
        fromS3 = one;
        const outcome = await outcomeOf(question);
        expect([...errorCodes, 'no error']).toContain(outcome);
        expect(['metadata-invalid', 'tag-mismatch', 'internal-error', 'bad-argument']).not.toContain(outcome);
        seen.add(outcome);
      }),
      { numRuns: 60 },
    );
    expect(seen.size).toBeGreaterThan(2);
  });
});
