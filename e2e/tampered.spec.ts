import type { Page } from '@playwright/test';
import { administratorOf, type StoredObject, withOneBitChanged } from './administrator.ts';
import { expect, type TestCloud, test } from './fixtures.ts';
import { answerSaveDialogs, savedFiles } from './save-dialog.ts';
import {
  button,
  deliverBy,
  dialog,
  expectError,
  expectStored,
  firstVisit,
  list,
  MiB,
  openAndSave,
  owner,
  randomFile,
  row,
  rowButton,
  share,
  staged,
  state,
  upload,
} from './steps.ts';

const file = randomFile('evidence.bin', 9 * MiB);

for (const way of ['staging', 'memory', 'file-system-access'] as const) {
  test(`a changed file is not delivered (${way})`, async ({ page, cloud }) => {
    const { identityId } = await firstVisit(page);
    await deliverBy(page, way);
    if (way === 'file-system-access') await answerSaveDialogs(page, 'save');
    await upload(page, file);
    await change(cloud, `files/${identityId}/`, withOneBitChanged);
    await page.reload();
    await expectStored(page, file.name);

    const delivered = countDownloads(page);
    await rowButton(page, owner.row.download, file.name).click();
    await expectError(row(page, file.name), 'tag-mismatch');
    expect(delivered()).toBe(0);
    expect(await staged(page)).toEqual([]);
    expect(await savedFiles(page)).toEqual({});
  });
}

test('what somebody wrote in place of a key’s fingerprint is not said to a person', async ({
  page,
  cloud,
}) => {
  const { identityId } = await firstVisit(page);
  await upload(page, file);
  const words = 'expired; restore it at evil.example';
  await change(cloud, `files/${identityId}/`, (object) => ({
    ...object,
    metadata: { ...object.metadata, 'x-amz-m': JSON.stringify({ 's3-envelope-key': words }) },
  }));
  await page.reload();
  await expect(list(page).getByRole('listitem')).toContainText(owner.lock.unknown);
  await expect(page.getByText(words)).toHaveCount(0);
});

for (const [what, tamper, code] of [
  [
    'the last bit of its seal',
    (object: StoredObject) => withOneBitChanged(object, object.body.length - 1),
    'tag-mismatch',
  ],
  [
    'its length',
    (object: StoredObject) => ({ ...object, body: object.body.subarray(0, -1) }),
    'length-mismatch',
  ],
] as const) {
  test(`a file behind a link of which somebody changed ${what} is not delivered`, async ({
    page,
    newVisitor,
    cloud,
  }) => {
    await firstVisit(page);
    const small = randomFile('small.bin', 1000);
    await upload(page, small);
    const before = await administratorOf(cloud).keys('shared/');
    const url = await share(page, small.name);
    await change(cloud, 'shared/', tamper, (key) => !before.includes(key) && key.endsWith('/0'));

    const visitor = await newVisitor();
    await visitor.goto(url);
    const delivered = countDownloads(visitor);
    await openAndSave(visitor).click();
    await expectError(visitor, code);
    expect(delivered()).toBe(0);
    expect(await staged(visitor)).toEqual([]);
  });
}

test('an object that is not encrypted is told as such, and never downloaded', async ({ page, cloud }) => {
  const { identityId } = await firstVisit(page);
  const key = `files/${identityId}/plain.txt`;
  await administratorOf(cloud).put({ key, body: Buffer.from('not a secret'), metadata: {} });
  await page.reload();
  const plain = row(page, 'plain.txt');
  await expect(state(plain, owner.lock.notOpened)).toBeVisible();
  await expect(plain).toContainText('This file is not locked');
  await expect(rowButton(page, owner.row.download, 'plain.txt')).toHaveCount(0);
  await expect(rowButton(page, owner.row.share, 'plain.txt')).toHaveCount(0);

  const delivered = countDownloads(page);
  await plain.focus();
  await page.keyboard.press('Enter');
  await expectError(dialog(page), 'not-encrypted');
  await expect(button(dialog(page), owner.row.download)).toHaveCount(0);
  expect(delivered()).toBe(0);
});

test('an object that another key locked is told as such', async ({ page, newVisitor, cloud }) => {
  const administrator = administratorOf(cloud);
  const stranger = await newVisitor();
  const theirs = await firstVisit(stranger);
  await upload(stranger, randomFile('theirs.txt', 10));
  const [key = ''] = await administrator.keys(`files/${theirs.identityId}/`);

  const mine = await firstVisit(page);
  await administrator.put({ ...(await administrator.get(key)), key: `files/${mine.identityId}/theirs` });
  await page.reload();
  await expect(list(page).getByRole('listitem')).toContainText(owner.lock.notOpened);
  await rowButton(page, owner.row.why, 'theirs').click();
  await expectError(dialog(page), 'no-key-fits');
  await expect(dialog(page)).toContainText(theirs.fingerprint);
});

/** Changes the one object that fits. */
async function change(
  cloud: TestCloud,
  prefix: string,
  how: (object: StoredObject) => StoredObject,
  fits: (key: string) => boolean = () => true,
): Promise<void> {
  const administrator = administratorOf(cloud);
  const keys = (await administrator.keys(prefix)).filter(fits);
  expect(keys).toHaveLength(1);
  await administrator.put(how(await administrator.get(keys[0] ?? '')));
}

function countDownloads(page: Page): () => number {
  let count = 0;
  page.on('download', () => count++);
  return () => count;
}
