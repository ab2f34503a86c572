/** Answers that are lost on the way: what S3 has done is neither failed nor done twice. */
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../../e2e/faults/proxy.ts';
import { s3, startTestCloud, type TestCloud } from '../../../local/test-cloud.ts';
import type { ObjectStore } from '../store.ts';
import { createGuest, createS3Store, guestCredentials } from './aws.ts';

let cloud: TestCloud;
let proxy: FaultProxy;
let store: ObjectStore;
let prefix: string;

beforeAll(async () => {
  cloud = await startTestCloud({
    standBefore: async (endpoint) => {
      proxy = await startFaultProxy(endpoint);
      return proxy.endpoint;
    },
  });
  const { region, bucket, identityPoolId } = cloud.info;
  const { endpoint } = proxy;
  const identityId = await createGuest({ region, identityPoolId, endpoint });
  const credentials = guestCredentials({ region, identityPoolId, endpoint }, identityId);
  store = createS3Store({ bucket, region, credentials, endpoint, attempts: 3 });
  prefix = `files/${identityId}/`;
});
afterAll(async () => {
  proxy.close();
  await cloud.close();
});
beforeEach(() => proxy.follow(undefined));

const openUploads = async () => {
  const { Uploads = [] } = await s3(cloud.info, cloud.administrator).send(
    new ListMultipartUploadsCommand({ Bucket: cloud.info.bucket }),
  );
  return Uploads.map(({ UploadId }) => UploadId);
};
const put = async (key: string, body: Uint8Array<ArrayBuffer>) =>
  store.put(key, body, { k: 'v' }, { sha256: new Uint8Array(await crypto.subtle.digest('SHA-256', body)) });

it('takes a copy that S3 has made for made', async () => {
  await put(`${prefix}source`, new Uint8Array([1, 2, 3]));
  proxy.follow(({ operation, count }) =>
    operation === 'CompleteMultipartUpload' && count === 1 ? { kind: 'drop' } : undefined,
  );
  await store.copy(await store.head(`${prefix}source`), `shared/${crypto.randomUUID()}/0`);
  expect(proxy.log.at(-1)).toContain('CompleteMultipartUpload 1');
});

it('takes an object in the way for no copy', async () => {
  const target = `${prefix}taken`;
  await put(`${prefix}source`, new Uint8Array([1, 2, 3]));
  await put(target, new Uint8Array([4]));
  const copied = store.copy(await store.head(`${prefix}source`), target);
  await expect(copied).rejects.toMatchObject({ code: 'object-changed' });
  expect(await openUploads()).toEqual([]);
});

it('deletes and aborts once more without harm', async () => {
  const key = `${prefix}gone`;
  await put(key, new Uint8Array([1]));
  const uploadId = await store.createUpload(key, {});
  const seen = new Set<string>();
  proxy.follow(({ operation }) => {
    if (!['DeleteObject', 'AbortMultipartUpload'].includes(operation) || seen.has(operation))
      return undefined;
    seen.add(operation);
    return { kind: 'drop' };
  });
  await store.abortUpload(key, uploadId);
  await store.remove(key);
  expect(seen.size).toBe(2);
  await expect(store.head(key)).rejects.toMatchObject({ family: 'access' });
});
