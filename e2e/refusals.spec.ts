import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Request } from '@playwright/test';
import { administratorOf } from './administrator.ts';
import { changeConfig } from './configuration.ts';
import { expect, test } from './fixtures.ts';
import {
  add,
  button,
  expectError,
  expectFilesScreen,
  expectStored,
  firstVisit,
  firstVisitWithKms,
  list,
  MiB,
  owner,
  randomFile,
  row,
  rowButton,
  shared,
  upload,
} from './steps.ts';
import { hold, intercept, s3 } from './traffic.ts';

const file = randomFile('note.txt', 100);
const refusedByS3 = /Failed to load resource.*(400|403|404)/;
const refusedByBrowser = /blocked by CORS policy|net::ERR_FAILED/;

const givesCredentials = (request: Request) =>
  request.headers()['x-amz-target']?.endsWith('.GetCredentialsForIdentity') === true;

test('credentials that S3 refuses', async ({ page, complaints }) => {
  complaints.allow(refusedByS3);
  await firstVisit(page);
  await intercept(page, givesCredentials, async (route) => {
    const response = await route.fetch();
    const json = (await response.json()) as { Credentials: Record<string, unknown> };
    await route.fulfill({
      response,
      json: { ...json, Credentials: { ...json.Credentials, SecretKey: 'another' } },
    });
  });
  await page.reload();
  await expectError(page, 'credentials-refused');
  await add(page, file);
  await expectError(row(page, file.name), 'credentials-refused');
});

test('an identity that the pool does not know', async ({ page, complaints }) => {
  complaints.allow(refusedByS3);
  await firstVisitWithKms(page);
  await page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open('s3-envelope');
      request.onsuccess = () => resolve(request.result);
    });
    const store = database.transaction('holdings', 'readwrite').objectStore('holdings');
    await new Promise((resolve) => {
      const pools = store.getAllKeys();
      pools.onsuccess = () => {
        const identityId = `us-east-1:${crypto.randomUUID()}`;
        store.put({ kind: 'kms', identityId }, pools.result[0]).onsuccess = resolve;
      };
    });
    database.close();
  });
  await page.reload();
  await expectError(page, 'identity-unknown');
});

test('credentials that run out in the middle of an upload are renewed', async ({ page, newCloud }) => {
  const cloud = await newCloud({ credentialLifetimeSeconds: 8 });
  const given: Credentials[] = [];
  page.on('response', async (response) => {
    if (givesCredentials(response.request())) given.push(await credentialsIn(response.json()));
  });
  const { identityId } = await firstVisit(page, cloud.info.appUrl);
  await expect.poll(() => given.length).toBeGreaterThan(0);

  await intercept(page, s3.createUpload, async (route) => {
    const response = await route.fetch();
    const before = given.at(-1);
    await expect
      .poll(() => outcomeOfList(cloud.info, before, `files/${identityId}/`), { timeout: 20_000 })
      .toBe('ExpiredToken');
    await route.fulfill({ response });
  });
  await add(page, randomFile('slow.bin', 9 * MiB));
  await expectStored(page, 'slow.bin', 30_000);
  expect(new Set(given.map(({ AccessKeyId }) => AccessKeyId)).size).toBeGreaterThan(1);
});

test('a bucket that is not there is named', async ({ page, complaints }) => {
  complaints.allow(refusedByS3);
  complaints.allow(refusedByBrowser);
  await firstVisit(page);
  await changeConfig(page, (config) => ({ ...config, bucket: 'no-such-bucket' }));
  await page.reload();
  await expectFilesScreen(page);
  await expect(page.getByRole('alert')).toContainText('no-such-bucket');
  // Nobody knows how many there are.
  await expect(page.getByText(owner.list.count(0))).toBeHidden();
  // Another try says that it is one, until it has its answer.
  const asked = await hold(page, (request) => request.url().includes('no-such-bucket'));
  await button(page.getByRole('alert'), shared.tryAgain).click();
  await expect(page.getByText(owner.list.loading)).toBeAttached();
  await expect(page.getByRole('alert')).toBeHidden();
  asked.release();
  await expect(page.getByRole('alert')).toContainText('no-such-bucket');
});

test('a KMS key that is not there', async ({ page, complaints }) => {
  complaints.allow(refusedByS3);
  await changeConfig(page, (config) => ({
    ...config,
    kms: { keyId: 'alias/no-such-key', label: 'alias/no-such-key' },
  }));
  await firstVisitWithKms(page);
  await add(page, file);
  await expectError(row(page, file.name), 'kms-key-not-found', { key: 'alias/no-such-key' });
});

test('a KMS key that is switched off', async ({ page, newCloud, complaints }) => {
  complaints.allow(refusedByS3);
  const cloud = await newCloud();
  await firstVisitWithKms(page, cloud.info.appUrl);
  await upload(page, file);
  await administratorOf(cloud).disableKmsKey();
  await add(page, randomFile('later.txt', 10));
  await expectError(row(page, 'later.txt'), 'kms-key-disabled');
  await rowButton(page, owner.row.download, file.name).click();
  await expectError(row(page, file.name), 'kms-key-disabled');
});

for (const header of ['x-amz-meta-x-amz-3', 'x-amz-meta-s3-envelope-name', 'ETag']) {
  test(`a bucket whose CORS rule hides ${header} is told by that name`, async ({ page, newCloud }) => {
    const cloud = await newCloud();
    const administrator = administratorOf(cloud);
    const { identityId } = await firstVisit(page, cloud.info.appUrl);
    await administrator.changeCors((rule) => ({
      ...rule,
      ExposeHeaders: rule.ExposeHeaders?.filter((name) => name !== header),
    }));
    for (const size of [100, 9 * MiB]) {
      const { name, ...rest } = randomFile(`${size} bytes.bin`, size);
      await add(page, { name, ...rest });
      await expectError(row(page, name), 'cors-header-hidden', { header });
      await expect(row(page, name)).toContainText(`add “${header}” to ExposeHeaders`);
    }
    expect(await administrator.keys(`files/${identityId}/`)).toEqual([]);
    expect(await administrator.openUploads()).toEqual([]);
  });
}

test('a bucket whose CORS rules do not know this site', async ({ page, newCloud, complaints }) => {
  complaints.allow(refusedByBrowser);
  complaints.allow(refusedByS3);
  const cloud = await newCloud();
  await firstVisit(page, cloud.info.appUrl);
  await administratorOf(cloud).changeCors((rule) => ({
    ...rule,
    AllowedOrigins: ['https://elsewhere.example'],
  }));
  await page.reload();
  const origin = new URL(cloud.info.appUrl).origin;
  await expectError(page, 'cors-refused', { origin });
  await expect(page.getByRole('alert')).toContainText(origin);
  await expect(list(page).getByRole('listitem')).toHaveCount(0);
});

interface Credentials {
  readonly AccessKeyId: string;
  readonly SecretKey: string;
  readonly SessionToken: string;
}

async function credentialsIn(answer: Promise<unknown>): Promise<Credentials> {
  return ((await answer) as { Credentials: Credentials }).Credentials;
}

/** What S3 says to somebody who lists with these credentials. */
async function outcomeOfList(
  { endpoint, region, bucket }: { endpoint: string; region: string; bucket: string },
  credentials: Credentials | undefined,
  Prefix: string,
): Promise<string> {
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: {
      accessKeyId: credentials?.AccessKeyId ?? '',
      secretAccessKey: credentials?.SecretKey ?? '',
      sessionToken: credentials?.SessionToken ?? '',
    },
  });
  try {
    await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
    return 'listed';
  } catch (error) {
    return (error as Error).name;
  }
}
