import type { Locator } from '@playwright/test';
import { formatBytes } from '../src/app/format.ts';
import { administratorOf } from './administrator.ts';
import { expect, test } from './fixtures.ts';
import {
  add,
  dialog,
  download,
  expectError,
  expectStored,
  firstVisit,
  list,
  MiB,
  owner,
  randomFile,
  readDownload,
  row,
  rowButton,
  shared,
  state,
  textFile,
  upload,
} from './steps.ts';
import { hold, s3 } from './traffic.ts';

const older = textFile('report.txt', 'older');
const newer = textFile('report.txt', 'newer and longer');
const other = textFile('other.txt', 'other');

test('replacing keeps the object and its key, with what is new in it', async ({ page, cloud }) => {
  const administrator = administratorOf(cloud);
  const { identityId } = await firstVisit(page);
  await upload(page, older);
  const before = await administrator.keys(`files/${identityId}/`);

  // From S3, as on another day.
  await page.reload();
  await expectStored(page, older.name);
  await add(page, newer, other);
  const question = dialog(page, owner.duplicates.title(1, 2, 1));
  await expect(question).toContainText(owner.duplicates.others(1));
  await expectStored(page, other.name);
  await choice(question, owner.duplicates.replace(1)).click();

  // Until then there is a row of its own beside what is replaced.
  await expect(list(page).getByText(formatBytes(newer.buffer.length))).toBeVisible();
  await expect(list(page).getByRole('listitem')).toHaveCount(2);
  await expect(state(row(page, newer.name), owner.upload.stored)).toBeVisible();
  const after = await administrator.keys(`files/${identityId}/`);
  expect(after).toHaveLength(2);
  expect(after).toEqual(expect.arrayContaining([...before]));
  await page.reload();
  await expect(list(page).getByRole('listitem')).toHaveCount(2);
  expect((await readDownload(await download(page, newer.name))).toString()).toBe('newer and longer');
});

test('Enter keeps both, Esc leaves things as they are', async ({ page, cloud }) => {
  const administrator = administratorOf(cloud);
  const { identityId } = await firstVisit(page);
  await upload(page, older, other);
  await add(page, newer);
  await expect(
    choice(dialog(page, owner.duplicates.title(1, 1, 1)), owner.duplicates.keepBoth),
  ).toBeFocused();
  await page.keyboard.press('Enter');
  await expectStored(page, 'report (2).txt');
  expect(await administrator.keys(`files/${identityId}/`)).toHaveLength(3);
  expect((await readDownload(await download(page, 'report.txt'))).toString()).toBe('older');
  expect((await readDownload(await download(page, 'report (2).txt'))).toString()).toBe('newer and longer');

  await add(page, newer, other);
  await expect(dialog(page, owner.duplicates.title(2, 2, 2))).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toBeHidden();
  await expect(list(page).getByRole('listitem')).toHaveCount(3);
  expect(await administrator.keys(`files/${identityId}/`)).toHaveLength(3);
});

test('what is replaced from elsewhere meanwhile is not written over', async ({ page, cloud, complaints }) => {
  complaints.allow(/Failed to load resource.*412/);
  const administrator = administratorOf(cloud);
  const { identityId } = await firstVisit(page);
  await upload(page, older);
  await add(page, newer);
  await expect(dialog(page)).toBeVisible();
  const [key = ''] = await administrator.keys(`files/${identityId}/`);
  const elsewhere = { key, body: Buffer.from('from elsewhere'), metadata: {} };
  await administrator.put(elsewhere);
  await choice(dialog(page), owner.duplicates.replace(1)).click();

  await expectError(list(page), 'object-changed');
  expect((await administrator.get(key)).body).toEqual(elsewhere.body);
  expect(await administrator.keys(`files/${identityId}/`)).toHaveLength(1);
});

test('a file that is on its way is asked about as well, and replacing ends that', async ({ page, cloud }) => {
  const administrator = administratorOf(cloud);
  const { identityId } = await firstVisit(page);
  const parts = await hold(page, s3.part, 2);
  await add(page, randomFile('film.mp4', 17 * MiB));
  await parts.arrived;
  await add(page, textFile('film.mp4', 'short'));
  const question = dialog(page, owner.duplicates.title(1, 1, 0));
  // Nothing is stored that could be overwritten.
  await expect(question).not.toContainText('overwritten');
  await choice(question, owner.duplicates.replace(1)).click();
  await expect(state(row(page, 'film.mp4'), owner.upload.cancelled)).toBeVisible();
  await expectStored(page, 'film.mp4');
  expect(await administrator.openUploads()).toEqual([]);
  expect(await administrator.keys(`files/${identityId}/`)).toHaveLength(1);
  await rowButton(page, shared.dismiss, 'film.mp4').click();
  await expect(list(page).getByRole('listitem')).toHaveCount(1);
});

test('what was on its way when it was asked about is replaced where it is stored by then', async ({
  page,
  cloud,
}) => {
  const administrator = administratorOf(cloud);
  const { identityId } = await firstVisit(page);
  const parts = await hold(page, s3.part, 2);
  await add(page, randomFile('film.mp4', 17 * MiB));
  await parts.arrived;
  await add(page, textFile('film.mp4', 'short'));
  const question = dialog(page, owner.duplicates.title(1, 1, 0));
  await expect(question).toBeVisible();
  parts.release();
  await expect(state(row(page, 'film.mp4'), owner.upload.stored)).toBeVisible();
  await choice(question, owner.duplicates.replace(1)).click();
  await expect(list(page).getByText(formatBytes(5))).toBeVisible();
  await expect(list(page).getByRole('listitem')).toHaveCount(1);
  await expectStored(page, 'film.mp4');
  expect(await administrator.keys(`files/${identityId}/`)).toHaveLength(1);
  expect((await readDownload(await download(page, 'film.mp4'))).toString()).toBe('short');
});

test('a file that is added while the list is still loaded is compared all the same', async ({ page }) => {
  await firstVisit(page);
  await upload(page, older);
  const heads = await hold(page, s3.head);
  await page.reload();
  await add(page, newer);
  await expect(page.getByText(owner.comparing)).toBeVisible();
  heads.release();
  await expect(dialog(page, owner.duplicates.title(1, 1, 1))).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(list(page).getByRole('listitem')).toHaveCount(1);
});

/** A button that says what it does beneath its word. */
function choice(question: Locator, word: string): Locator {
  return question.getByRole('button', { name: word });
}
