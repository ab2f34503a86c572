/** Several rows chosen: saved as one zip, or deleted together. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { answerSaveDialogs, savedFiles } from './save-dialog.ts';
import {
  add,
  button,
  choose,
  deliverBy,
  dialog,
  expectError,
  expectStored,
  firstVisit,
  list,
  MiB,
  owner,
  randomFile,
  readDownload,
  row,
  sha256,
  shared,
  staged,
  state,
  textFile,
  upload,
} from './steps.ts';
import { forScripts, intercept, s3 } from './traffic.ts';
import { entriesOf } from './zip-entries.ts';

const film = randomFile('film.mp4', 17 * MiB);
const note = textFile('note.txt', 'a few words');
const nested = 'photos/2026/grün.txt';
const patience = 90_000;

async function storeThree(page: Page): Promise<void> {
  const folder = test.info().outputPath('photos');
  await mkdir(join(folder, '2026'), { recursive: true });
  await writeFile(join(folder, '2026', 'grün.txt'), 'leaves');
  await choose(page, () => button(page, owner.drop.chooseFolder).click(), [folder]);
  await expectStored(page, nested, patience);
  await upload(page, note);
  await add(page, film);
  await expectStored(page, film.name, patience);
}

const pick = (page: Page, name: string) =>
  row(page, name).getByRole('checkbox', { name: owner.row.named(owner.row.select, name) });

const bar = (page: Page) => page.getByRole('toolbar', { name: owner.selection.label });

for (const way of ['staging', 'memory', 'file-system-access'] as const) {
  test(`three files, one of them in folders, come as one zip (${way})`, async ({ page }) => {
    await deliverBy(page, way);
    await firstVisit(page);
    if (way === 'file-system-access') await answerSaveDialogs(page, 'save');
    await page.reload();
    await storeThree(page);
    await pick(page, film.name).click();
    await pick(page, nested).click({ modifiers: ['Shift'] });
    await expect(bar(page)).toContainText(owner.selection.count(3));
    const arriving = way === 'file-system-access' ? undefined : page.waitForEvent('download');
    await button(bar(page), owner.selection.zip).click();
    await expect(bar(page)).toBeHidden();
    await expect(state(row(page, '3 files.zip'), shared.download.done)).toBeVisible({ timeout: patience });
    const zip = arriving ? await readDownload(await arriving) : (await savedFiles(page))['3 files.zip'];
    expect((await arriving)?.suggestedFilename() ?? '3 files.zip').toBe('3 files.zip');
    expect(entriesOf(zip ?? Buffer.alloc(0))).toEqual({
      [film.name]: sha256(film.buffer),
      [note.name]: sha256(note.buffer),
      [nested]: sha256(Buffer.from('leaves')),
    });
  });
}

test('one file that is not what was sealed stops the zip, by its name', async ({ page }) => {
  await deliverBy(page, 'staging');
  await firstVisit(page);
  await storeThree(page);
  let delivered = 0;
  page.on('download', () => delivered++);
  // The only body of so many bytes: the note and its tag.
  await intercept(page, s3.read, async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    if (body.length === note.buffer.length + 16) body[0] = (body[0] ?? 0) ^ 1;
    await route.fulfill({ response, body });
  });
  await pick(page, note.name).click();
  await page.keyboard.press('ControlOrMeta+a');
  await expect(bar(page)).toContainText(owner.selection.count(3));
  await button(bar(page), owner.selection.zip).click();
  await expectError(row(page, '3 files.zip'), 'tag-mismatch', {}, patience);
  await expect(row(page, '3 files.zip')).toContainText(shared.culprit(note.name));
  await expect(row(page, '3 files.zip')).toContainText(shared.download.unkept);
  expect(await staged(page)).toEqual([]);
  expect(delivered).toBe(0);
  await row(page, '3 files.zip')
    .getByRole('button', { name: new RegExp(shared.dismiss) })
    .click();
  await expect(list(page).getByRole('listitem')).toHaveCount(3);
});

test('rows are chosen by keyboard alone, and deleted together', async ({ page }) => {
  await firstVisit(page);
  await upload(page, textFile('a.txt', 'a'), textFile('b.txt', 'b'), textFile('c.txt', 'c'));
  await row(page, 'a.txt').focus();
  await page.keyboard.press('x');
  await expect(pick(page, 'a.txt')).toBeChecked();
  await page.keyboard.press('Space');
  await button(dialog(page), owner.row.unselect).press('Enter');
  await expect(bar(page)).toBeHidden();
  await page.keyboard.press('x');
  await page.keyboard.press('Escape');
  await expect(bar(page)).toBeHidden();
  await page.keyboard.press('ControlOrMeta+a');
  await expect(bar(page)).toContainText(owner.selection.count(3));
  await page.keyboard.press('x');
  await expect(bar(page)).toContainText(owner.selection.count(2));
  await button(bar(page), owner.row.remove).press('Enter');
  await button(dialog(page, owner.remove.title(2)), owner.remove.confirm).press('Enter');
  await expect(list(page).getByRole('listitem')).toHaveCount(1);
  await expectStored(page, 'a.txt');
  await expect(bar(page)).toBeHidden();
});

test('where some of several files can’t be deleted, the others are, and it says how many', async ({
  page,
  complaints,
}) => {
  complaints.allow(/Failed to load resource.*403/);
  await firstVisit(page);
  await upload(page, textFile('a.txt', 'a'), textFile('b.txt', 'b'), textFile('c.txt', 'c'));
  let refusing = true;
  await intercept(
    page,
    (request) => request.method() === 'DELETE',
    (route, call) =>
      call === 1 && refusing
        ? route.fulfill({
            status: 403,
            headers: forScripts,
            body: '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>',
          })
        : route.continue(),
  );
  await row(page, 'a.txt').focus();
  await page.keyboard.press('ControlOrMeta+a');
  await button(bar(page), owner.row.remove).click();
  await button(dialog(page, owner.remove.title(3)), owner.remove.confirm).click();
  const rest = dialog(page, owner.remove.title(1));
  await expectError(rest, 'access-denied');
  await expect(rest).toContainText(owner.remove.partly(2, 3));
  await expect(list(page).locator('[data-row]')).toHaveCount(1);

  refusing = false;
  await button(rest, owner.remove.confirm).click();
  await expect(dialog(page)).toHaveCount(0);
  await expect(page.getByRole('heading', { name: owner.list.emptyTitle })).toBeVisible();
});
