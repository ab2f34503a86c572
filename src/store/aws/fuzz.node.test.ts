/** The answers of S3, KMS and Cognito, damaged, over real HTTP and through the real SDK. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EnvelopeError, errorCodes } from '../../core/errors.ts';
import { damage, largestAllocation, outcomeOf } from '../../core/test-fuzz.ts';
import { toEnvelopeError } from '../errors.ts';
import { createPathReader } from '../path-reader.ts';
import type { ObjectStore, ReadableStore } from '../store.ts';
import { createGuest, guestCredentials } from './credentials.ts';
import { createKmsClientOver } from './kms-client-over.ts';
import { createS3StoreOver } from './s3-store-over.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const region = 'eu-central-1';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
let server: Server;
let endpoint: string;
let next: readonly Answer[] = [];
let count = 0;
let store: ObjectStore;
let reader: ReadableStore;

beforeAll(async () => {
  // Whatever has to be sent again would only be answered the same.
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const { status, headers, body } = next[count++ % next.length] ?? { status: 500, headers: {}, body: '' };
      response.writeHead(status, headers).end(Buffer.from(body, 'latin1'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new S3Client({ region, endpoint, credentials, forcePathStyle: true, maxAttempts: 1 });
  store = createS3StoreOver(client, 'bucket');
  reader = createPathReader(new URL(`${endpoint}/shared/`));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Answers so from now on, in turn, and tells what came of the question. */
async function ask(answers: readonly Answer[], question: () => Promise<unknown>): Promise<string> {
  next = answers;
  count = 0;
  return outcomeOf(question);
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const damaged = (text: string) => damage.map((spoil) => latin1(spoil(Uint8Array.from(Buffer.from(text)))));
const status = fc.constantFrom(
  200,
  200,
  200,
  204,
  206,
  301,
  304,
  400,
  403,
  404,
  409,
  412,
  416,
  429,
  500,
  503,
);
const code = fc.constantFrom(
  ...['NoSuchKey', 'AccessDenied', 'SlowDown', 'ExpiredToken', 'PreconditionFailed', 'NotFoundException'],
  ...['constructor', '__proto__', 'toString', 'hasOwnProperty', '', 'x'],
);
const errorXml = code.map(
  (name) => `<?xml version="1.0"?><Error><Code>${name}</Code><Message>m</Message></Error>`,
);

/** What S3 answers when all is well. */
const wholeXml: readonly string[] = [
  '<ListBucketResult><Contents><Key>a</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents></ListBucketResult>',
  '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
  '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>',
  '<CopyPartResult><ETag>"e"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></CopyPartResult>',
];
const nesting = '<a>'.repeat(2000);
const entities = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "${'c'.repeat(100)}"><!ENTITY d "${'&b;'.repeat(100)}">]><Error><Code>${'&d;'.repeat(100)}</Code></Error>`;
const xml = fc.oneof(
  errorXml,
  fc.constantFrom(...wholeXml, nesting, entities, '', ' ', '{}', 'null'),
  fc.constantFrom(...wholeXml).chain(damaged),
  errorXml.chain(damaged),
  fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replace(/[^\0-\xff]/g, '?')),
);
const headerValue = fc.oneof(
  fc.constantFrom(
    '"e"',
    '',
    '0',
    '5',
    '-1',
    '1e3',
    'bytes 0-4/5',
    'bytes */5',
    'bytes 0-9/99999999999999999999',
    'x',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 10 }).map((text) => text.trim()),
);
const headers = fc.dictionary(
  fc.constantFrom(
    'etag',
    'content-range',
    'last-modified',
    'x-amz-meta-x-amz-3',
    'x-amz-version-id',
    'content-type',
  ),
  headerValue,
);
const answer: fc.Arbitrary<Answer> = fc.record({ status, headers, body: xml });

const body = new TextEncoder().encode('hello');
const sha256 = new Uint8Array(32);
const head = { key: 'a', size: 5, etag: '"e"', lastModified: new Date(0), metadata: {} };
const part = { number: 1, etag: '"e"', sha256 };
const questions: Readonly<Record<string, () => Promise<unknown>>> = {
  head: () => store.head('a'),
  read: () => store.read('a', { start: 0, end: 5 }, { etag: '"e"' }),
  list: () => store.list('a/'),
  put: () => store.put('a', body, {}, { sha256 }),
  createUpload: () => store.createUpload('a', {}),
  sendPart: () => store.sendPart('a', 'u', 1, body, { sha256 }),
  listParts: () => store.listParts('a', 'u'),
  completeUpload: () => store.completeUpload('a', 'u', [part]),
  abortUpload: () => store.abortUpload('a', 'u'),
  remove: () => store.remove('a'),
  copy: () => store.copy(head, 'b'),
  'head of a path': () => reader.head('a'),
  'read of a path': () => reader.read('a', { start: 0, end: 5 }, { etag: '"e"' }),
};

describe('whatever S3 answers is an answer or an error of the list', () => {
  it.each(Object.entries(questions))('%s', async (_, question) => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 3 }), async (answers) => {
        const outcome = await ask(answers, question);
        expect([...errorCodes, 'no error']).toContain(outcome);
        // Nothing that S3 says makes an object tampered with, or a mistake of ours.
        expect(['metadata-invalid', 'tag-mismatch', 'internal-error', 'bad-argument']).not.toContain(outcome);
        seen.add(outcome);
      }),
      { numRuns: 60 },
    );
    expect(seen.size).toBeGreaterThan(2);
  });

  it.each(['read', 'read of a path'])('%s of more than was asked for, without taking it', async (name) => {
    const long = {
      status: 206,
      headers: { 'content-range': 'bytes 0-4/5', etag: '"e"' },
      body: 'x'.repeat(4_000_000),
    };
    let outcome = '';
    const largest = await largestAllocation(async () => {
      outcome = await ask([long], questions[name] ?? expect.fail('there is no such question'));
    });
    expect(outcome).toBe('network-failed');
    expect(largest).toBeLessThanOrEqual(1024 ** 2);
  });
});

describe('whatever KMS and Cognito answer is an answer or an error of the list', () => {
  const blob = Buffer.alloc(32, 7).toString('base64');
  const credentialsOf = { AccessKeyId: 'a', SecretKey: 'b', SessionToken: 'c', Expiration: 2_000_000_000 };
  const wholeJson = JSON.stringify({
    ...{ CiphertextBlob: blob, Plaintext: blob, KeyId: 'arn:aws:kms:eu-central-1:111122223333:key/a' },
    ...{ IdentityId: 'eu-central-1:01234567-89ab-cdef-0123-456789abcdef', Credentials: credentialsOf },
  });
  const type = fc.oneof(
    code,
    fc.constantFrom('AccessDeniedException', 'DisabledException', 'ResourceNotFoundException'),
  );
  const errorJson = type.map((name) => JSON.stringify({ __type: `com.amazonaws#${name}`, message: 'm' }));
  const json = fc.oneof(
    errorJson,
    fc.constantFrom(
      wholeJson,
      '',
      '[]',
      'null',
      '['.repeat(5000),
      '{"__type":7}',
      '{"Plaintext":"!"}',
      '{"Plaintext":7,"CiphertextBlob":7,"KeyId":7,"IdentityId":7,"Credentials":7}',
    ),
    damaged(wholeJson),
    errorJson.chain(damaged),
    fc.json(),
  );
  const jsonAnswer = fc.record({
    status: fc.constantFrom(200, 200, 200, 400, 400, 403, 404, 413),
    headers: fc.constant({ 'content-type': 'application/x-amz-json-1.1' }),
    body: json.map((text) => latin1(Buffer.from(text))),
  });

  const guest = () => ({
    region,
    identityPoolId: 'eu-central-1:01234567-89ab-cdef-0123-456789abcdef',
    endpoint,
  });
  const kms = () => createKmsClientOver(new KMSClient({ region, endpoint, credentials, maxAttempts: 1 }));
  const encryptionContext = { a: 'b' };
  const asked: Readonly<Record<string, () => Promise<unknown>>> = {
    GenerateDataKey: () => kms().generateDataKey({ keyId: 'k', encryptionContext }),
    Decrypt: () => kms().decrypt({ keyId: 'k', ciphertextBlob: new Uint8Array(3), encryptionContext }),
    Encrypt: () => kms().encrypt({ keyId: 'k', plaintext: new Uint8Array(3), encryptionContext }),
    GetId: () => createGuest(guest()),
    GetCredentialsForIdentity: () => guestCredentials(guest(), 'eu-central-1:x').get(),
  };

  it.each(Object.entries(asked))('%s', async (_, question) => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(jsonAnswer, async (one) => {
        const outcome = await ask([one], question);
        expect([...errorCodes, 'no error']).toContain(outcome);
        expect(['internal-error', 'bad-argument', 'metadata-invalid']).not.toContain(outcome);
        seen.add(outcome);
      }),
      { numRuns: 100 },
    );
    expect(seen.size).toBeGreaterThan(2);
  });
});

describe('whatever was thrown becomes an error of the list', () => {
  const name = fc.oneof(code, fc.string(), fc.anything());
  const thrown = fc.oneof(
    fc.anything(),
    fc.record(
      { name, Code: name, $metadata: fc.record({ httpStatusCode: fc.oneof(status, fc.anything()) }) },
      { requiredKeys: [] },
    ),
  );
  const service = fc.constantFrom('s3' as const, 'kms' as const, 'cognito' as const);

  it('with a code of the list and a family', () => {
    fc.assert(
      fc.property(thrown, service, (error, of) => {
        const failure = toEnvelopeError(error, { service: of, action: 'HeadObject' });
        expect(failure).toBeInstanceOf(EnvelopeError);
        expect(errorCodes).toContain(failure.code);
        expect(typeof failure.family).toBe('string');
      }),
      { numRuns: 3000 },
    );
  });
});
