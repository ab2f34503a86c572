import { administratorOf } from './administrator.ts';
import { everyEngine, expect, test } from './fixtures.ts';
import { answerSaveDialogs, savedFiles } from './save-dialog.ts';
import {
  add,
  deliverBy,
  discard,
  expectError,
  expectStored,
  firstVisit,
  MiB,
  owner,
  randomFile,
  row,
  rowButton,
  shared,
  staged,
  state,
  upload,
} from './steps.ts';
import { forScripts, hold, intercept, s3 } from './traffic.ts';

/** Three parts. */
const large = randomFile('film.mp4', 17 * MiB);

test('cancelling in the middle of an upload leaves no part and no object', { tag: everyEngine }, async ({
  page,
  cloud,
}) => {
  const administrator = administratorOf(cloud);
  const { identityId } = await firstVisit(page);
  // The first part goes through, the others wait.
  const parts = await hold(page, s3.part, 2);
  await add(page, large);
  await parts.arrived;
  await expect(row(page, large.name)).toContainText(owner.upload.sending);
  expect(await administrator.openUploads()).toHaveLength(1);

  await rowButton(page, shared.cancel, large.name).click();
  await expect(state(row(page, large.name), owner.upload.cancelled)).toBeVisible();
  expect(await administrator.openUploads()).toEqual([]);
  expect(await administrator.keys(`files/${identityId}/`)).toEqual([]);

  // What was cancelled can be had after all.
  parts.release();
  await rowButton(page, shared.tryAgain, large.name).click();
  await expectStored(page, large.name);
});

test('cancelling while S3 finishes leaves nothing either', async ({ page, cloud }) => {
  const administrator = administratorOf(cloud);
  const { identityId } = await firstVisit(page);
  const confirmation = await hold(page, s3.head);
  await add(page, large);
  await confirmation.arrived;
  expect(await administrator.keys(`files/${identityId}/`)).toHaveLength(1);

  await rowButton(page, shared.cancel, large.name).click();
  await expect(state(row(page, large.name), owner.upload.cancelled)).toBeVisible();
  expect(await administrator.keys(`files/${identityId}/`)).toEqual([]);
});

test('cancelling all ends what runs and what waits', async ({ page, cloud }) => {
  const administrator = administratorOf(cloud);
  const { identityId } = await firstVisit(page);
  const parts = await hold(page, s3.part);
  const files = Array.from({ length: 5 }, (_, index) => ({ ...large, name: `film ${index}.mp4` }));
  await add(page, ...files);
  await parts.arrived;
  await page.getByRole('button', { name: owner.batch.cancelAll }).click();
  for (const { name } of files) {
    await expect(state(row(page, name), owner.upload.cancelled)).toBeVisible();
  }
  expect(await administrator.openUploads()).toEqual([]);
  expect(await administrator.keys(`files/${identityId}/`)).toEqual([]);
});

test('an error inside a 200 answer is an error, and discarding it leaves nothing', async ({
  page,
  cloud,
}) => {
  const administrator = administratorOf(cloud);
  const { identityId } = await firstVisit(page);
  await intercept(page, s3.complete, (route) =>
    route.fulfill({
      status: 200,
      headers: forScripts,
      body: '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>no</Message></Error>',
    }),
  );
  await add(page, large);
  await expectError(row(page, large.name), 'access-denied');
  await expect(state(row(page, large.name), owner.upload.failed)).toBeVisible();
  // What was sent waits for another try.
  expect(await administrator.openUploads()).toHaveLength(1);
  await discard(page, large.name);
  await expect.poll(() => administrator.openUploads()).toEqual([]);
  expect(await administrator.keys(`files/${identityId}/`)).toEqual([]);
});

test('an error inside a 200 answer that passes is tried again', async ({ page }) => {
  await firstVisit(page);
  await intercept(page, s3.complete, (route, call) =>
    call === 1
      ? route.fulfill({
          status: 200,
          headers: forScripts,
          body: '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InternalError</Code><Message>later</Message></Error>',
        })
      : route.continue(),
  );
  await add(page, large);
  await expectStored(page, large.name);
});

test('a part that S3 refuses fails the upload, and the others are kept', async ({
  page,
  cloud,
  complaints,
}) => {
  const administrator = administratorOf(cloud);
  const { identityId } = await firstVisit(page);
  complaints.allow(/Failed to load resource.*400/);
  await intercept(page, s3.part, (route) =>
    s3.partNumber(route.request()) === 2
      ? route.fulfill({
          status: 400,
          headers: forScripts,
          body: '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>BadDigest</Code><Message>no</Message></Error>',
        })
      : route.continue(),
  );
  await add(page, large);
  await expectError(row(page, large.name), 'checksum-mismatch');
  expect(await administrator.openUploads()).toHaveLength(1);
  expect(await administrator.keys(`files/${identityId}/`)).toEqual([]);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await rowButton(page, shared.tryAgain, large.name).click();
  await expectStored(page, large.name);
  expect(await administrator.openUploads()).toEqual([]);
  expect(await administrator.keys(`files/${identityId}/`)).toHaveLength(1);
});

for (const way of ['staging', 'file-system-access'] as const) {
  test(`cancelling a download leaves nothing (${way})`, async ({ page }) => {
    await firstVisit(page);
    await deliverBy(page, way);
    if (way === 'file-system-access') await answerSaveDialogs(page, 'save');
    await page.reload();
    await upload(page, large);
    // The first range is written, the others wait.
    const ranges = await hold(page, s3.read, 2);
    await rowButton(page, owner.row.download, large.name).click();
    await ranges.arrived;
    // The second range is asked for while the file for the first is still being made.
    if (way === 'staging') await expect.poll(() => staged(page)).toHaveLength(1);

    await rowButton(page, owner.row.cancelDownload, large.name).click();
    await expect(state(row(page, large.name), shared.download.cancelled)).toBeVisible();
    expect(await staged(page)).toEqual([]);
    expect(await savedFiles(page)).toEqual({});
  });
}
