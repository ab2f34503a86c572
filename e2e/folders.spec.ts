import { mkdir, writeFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { administratorOf } from './administrator.ts';
import { expect, test } from './fixtures.ts';
import { answerOpenDialogs } from './save-dialog.ts';
import {
  button,
  choose,
  dialog,
  download,
  dropOnto,
  expectStored,
  firstVisit,
  list,
  owner,
  readDownload,
  row,
  rowButton,
} from './steps.ts';
import { hold, s3 } from './traffic.ts';

/** A folder on the disk: `count` files two deep, and an empty one. */
async function makeFolder(count: number): Promise<string> {
  const folder = test.info().outputPath('photos');
  await mkdir(`${folder}/2024/summer`, { recursive: true });
  await mkdir(`${folder}/empty`);
  for (let index = 0; index < count; index++) {
    await writeFile(`${folder}/2024/summer/${index}.txt`, `number ${index}`);
  }
  return folder;
}

test('a dropped folder of 3,000 files comes in whole, outlives its page, is paused and is given up', async ({
  page,
  cloud,
  complaints,
}) => {
  // Six had begun: the next page asks what became of them.
  complaints.allow(/Failed to load resource.*403/);
  page.on('dialog', (question) => question.accept()); // "Leave site?"
  const { identityId } = await firstVisit(page);
  await hold(page, s3.put);
  await dropOnto(page, await makeFolder(3000));
  const all = 3001;
  const first = list(page).getByRole('listitem').first();
  await expect(first).toHaveAttribute('aria-setsize', String(all), { timeout: 20_000 });
  await expect(page.getByText(owner.batch.left(all))).toBeVisible();
  await page.getByRole('searchbox').fill('summer/2999');
  await expect(row(page, 'photos/2024/summer/2999.txt')).toBeVisible();
  await page.getByRole('searchbox').fill('');

  // What is not on record yet would not survive.
  await expect.poll(() => onRecord(page), { timeout: 20_000 }).toBe(all);
  await page.reload();
  await expect(first).toHaveAttribute('aria-setsize', String(all), { timeout: 20_000 });
  await expect(page.getByText(owner.batch.left(all))).toBeVisible();
  await button(page, owner.batch.pauseAll).click();
  await expect(page.getByText(owner.batch.paused(all), { exact: true })).toBeVisible();
  await expect(first).toContainText(owner.upload.keptNothing);
  await button(page, owner.batch.cancelAll).click();
  await expect(page.getByText(owner.batch.paused(all), { exact: true })).toBeHidden();
  await expect.poll(() => onRecord(page), { timeout: 20_000 }).toBe(0);
  await page.reload();
  await expect(page.getByRole('heading', { name: owner.list.emptyTitle })).toBeVisible();
  expect(await administratorOf(cloud).keys(`files/${identityId}/`)).toEqual([]);
});

/** How many uploads the next page would go on with. */
function onRecord(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('s3-envelope-uploads');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const counting = opening.result.transaction('uploads').objectStore('uploads').count();
          counting.onsuccess = () => {
            opening.result.close();
            resolve(counting.result);
          };
        };
      }),
  );
}

test('a dropped folder is stored with its paths and its empty folder', async ({ page, cloud }) => {
  const { identityId } = await firstVisit(page);
  await dropOnto(page, await makeFolder(2));
  for (const leaf of ['2024/summer/0.txt', '2024/summer/1.txt', 'empty/']) {
    await expectStored(page, `photos/${leaf}`);
  }
  expect(await administratorOf(cloud).keys(`files/${identityId}/`)).toHaveLength(3);

  // From S3 now, not from this page's memory.
  await page.reload();
  const empty = row(page, 'photos/empty/');
  await expect(empty).toContainText(owner.list.folder);
  await expect(rowButton(page, owner.row.download, 'photos/empty/')).toHaveCount(0);
  await empty.press('Enter');
  await expect(button(dialog(page), owner.row.remove)).toBeVisible();
  await expect(button(dialog(page), owner.row.download)).toHaveCount(0);
  await page.keyboard.press('Escape');

  const delivered = await download(page, 'photos/2024/summer/1.txt');
  expect(delivered.suggestedFilename()).toBe('1.txt');
  expect((await readDownload(delivered)).toString()).toBe('number 1');
});

test('a folder is chosen where the browser gives no handles, with its paths', async ({ page }) => {
  await firstVisit(page);
  await choose(page, () => button(page, owner.drop.chooseFolder).click(), [await makeFolder(3)]);
  for (const index of [0, 1, 2]) await expectStored(page, `photos/2024/summer/${index}.txt`);
  await expect(list(page).getByRole('listitem')).toHaveCount(3);
});

test('a folder is picked where the browser gives handles, with its empty folders', async ({ page }) => {
  await answerOpenDialogs(page, 'photos');
  await firstVisit(page);
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const photos = await root.getDirectoryHandle('photos', { create: true });
    await photos.getDirectoryHandle('empty', { create: true });
    const writer = await (await photos.getFileHandle('a.txt', { create: true })).createWritable();
    await writer.write('picked');
    await writer.close();
  });
  await button(page, owner.drop.chooseFolder).click();
  await expectStored(page, 'photos/a.txt');
  await expectStored(page, 'photos/empty/');
  await expect(list(page).getByRole('listitem')).toHaveCount(2);
  expect((await readDownload(await download(page, 'photos/a.txt'))).toString()).toBe('picked');
});
