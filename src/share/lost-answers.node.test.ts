/** Links over a network that loses answers: what S3 has done is done, and what failed in passing is asked again. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Fault, Operation } from '../../e2e/faults/plan.ts';
import { type FaultProxy, startFaultProxy } from '../../e2e/faults/proxy.ts';
import { startTestCloud, type TestCloud } from '../../local/test-cloud.ts';
import { type Bytes, utf8 } from '../core/bytes.ts';
import { createAesKeyring, importWrappingKey } from '../core/keyrings/aes-keyring.ts';
import { encryptObject } from '../core/s3ec/s3ec.ts';
import { createGuest, createS3Store, guestCredentials } from '../store/aws/aws.ts';
import { createPathReader } from '../store/path-reader.ts';
import type { ObjectStore, ReadableStore } from '../store/store.ts';
import type { ObjectKeyring } from '../transfer/objects.ts';
import { createShare } from './create-share.ts';
import { openShare } from './open-share.ts';

let cloud: TestCloud;
let sending: FaultProxy;
let opening: FaultProxy;
let store: ObjectStore;
let reader: ReadableStore;
let keyring: ObjectKeyring;
let key: string;

const sha256 = async (body: Bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', body));

beforeAll(async () => {
  cloud = await startTestCloud({
    standBefore: async (endpoint) => {
      sending = await startFaultProxy(endpoint);
      return sending.endpoint;
    },
  });
  const { region, bucket, identityPoolId, appUrl } = cloud.info;
  opening = await startFaultProxy(appUrl, { site: true });
  reader = createPathReader(new URL('/shared/', opening.endpoint));
  const pool = { region, identityPoolId, endpoint: sending.endpoint };
  const identityId = await createGuest(pool);
  const credentials = guestCredentials(pool, identityId);
  store = createS3Store({ bucket, region, credentials, endpoint: sending.endpoint, attempts: 4 });
  key = `files/${identityId}/contract`;
  const wrappingKey = await importWrappingKey(crypto.getRandomValues(new Uint8Array(32)));
  keyring = { s3ec: createAesKeyring({ wrappingKey, materialsDescription: { mine: '1' } }) };
  const plaintext = utf8('some words');
  const encryptor = await encryptObject({ keyring: keyring.s3ec, plaintextLength: plaintext.length });
  const body = await encryptor.seal(0, plaintext);
  await store.put(key, body, encryptor.metadata, { sha256: await sha256(body) });
});
afterAll(async () => {
  sending.close();
  opening.close();
  await cloud.close();
});
beforeEach(() => {
  sending.follow(undefined);
  opening.follow(undefined);
});

const share = (over: ObjectStore = store) =>
  createShare({ store: over, reader, keyring, files: [{ key, name: 'contract.pdf' }], prefix: 'shared/' });

/** Hits the first requests of an operation, from now on. */
function hit(proxy: FaultProxy, operation: Operation, ...faults: readonly Fault[]): void {
  const left = [...faults];
  proxy.follow((asked) => (asked.operation === operation ? left.shift() : undefined));
}

it.each(['PutObject', 'CompleteMultipartUpload'] as const)(
  'is made where the answer to %s is lost',
  async (operation) => {
    const before = sending.log.length;
    hit(sending, operation, { kind: 'drop' });
    const [file] = await openShare(reader, await share());
    expect(sending.log).toHaveLength(before + 1);
    expect(file?.name).toBe('contract.pdf');
    expect((await reader.head(file?.key ?? '')).size).toBe('some words'.length + 16);
  },
);

it('is not made where something else lies in its place', async () => {
  const other = utf8('not a manifest');
  const taken: ObjectStore = {
    ...store,
    async put(place, ...rest) {
      await store.put(place, other, {}, { sha256: await sha256(other), condition: { kind: 'absent' } });
      return store.put(place, ...rest);
    },
  };
  await expect(share(taken)).rejects.toMatchObject({ code: 'object-changed' });
});

it.each(['HeadObject', 'GetObject'] as const)('opens where %s fails in passing', async (operation) => {
  const secret = await share();
  const before = opening.log.length;
  hit(opening, operation, { kind: 'cut', when: 'before' }, { kind: 'answer', status: 503, code: 'SlowDown' });
  const [file] = await openShare(reader, secret);
  expect(file?.name).toBe('contract.pdf');
  expect(opening.log).toHaveLength(before + 2);
});

it('stops waiting for the network when nobody wants it any more', async () => {
  const secret = await share();
  const controller = new AbortController();
  opening.follow(() => {
    controller.abort();
    return { kind: 'cut', when: 'before' };
  });
  await expect(openShare(reader, secret, controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
});
