/** A page of which no more than its first script arrives: it says so, and comes once the network is back. */
import type { Page } from '@playwright/test';
import { notLoaded } from '../src/app/text/not-loaded.ts';
import { expect, test } from './fixtures.ts';
import {
  button,
  dialog,
  downloadFrom,
  expectError,
  firstVisit,
  openAndSave,
  owner,
  randomFile,
  readDownload,
  rowButton,
  share,
  shared,
  textFile,
  upload,
} from './steps.ts';

const parts = /\/assets\/(mount|shared)-[\w-]+\.js$/;

/** What is served to everybody, and to this page not until the answer is called. */
async function withhold(page: Page, what: RegExp): Promise<() => Promise<void>> {
  await page.route(what, (route) => route.abort('connectionreset'));
  return () => page.unroute(what);
}

test.beforeEach(({ complaints }) => complaints.allow(/ERR_CONNECTION_RESET/));

test('the sender’s page says that it did not come, and is tried again', async ({ page }) => {
  const giveBack = await withhold(page, parts);
  await page.goto('/');
  await expect(page.getByRole('alert')).toContainText(notLoaded.title);
  await giveBack();
  await button(page, notLoaded.tryAgain).click();
  await expect(page.getByRole('radio', { name: owner.welcome.personal })).toBeVisible();
});

test('a link’s page says so, with the secret out of its address and the link still good', async ({
  page,
  newVisitor,
}) => {
  await firstVisit(page);
  const file = randomFile('small.bin', 1000);
  await upload(page, file);
  const url = await share(page, file.name);
  const token = url.slice(url.lastIndexOf('/') + 1);

  const visitor = await newVisitor();
  const giveBack = await withhold(visitor, parts);
  await visitor.goto(url);
  await expect(visitor.getByRole('alert')).toContainText(notLoaded.title);
  expect(visitor.url()).not.toContain(token);

  // The site does not answer yet, so nothing is loaded anew for nothing.
  const answer = await withhold(visitor, /\/$/);
  await button(visitor, notLoaded.tryAgain).click();
  await expect(visitor.getByText(notLoaded.stillNot)).toBeVisible();
  expect(visitor.url()).not.toContain(token);
  expect(
    await visitor.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }])),
  ).not.toContain(token);

  await answer();
  await giveBack();
  await button(visitor, notLoaded.tryAgain).click();
  await expect(openAndSave(visitor)).toBeVisible();
  expect(visitor.url()).not.toContain(token);
  const saved = await downloadFrom(visitor, () => openAndSave(visitor).click());
  expect(await readDownload(saved)).toEqual(file.buffer);
});

test('a preview whose code does not come says so where it was asked for, and is tried again', async ({
  page,
  newVisitor,
}) => {
  await firstVisit(page);
  const note = textFile('note.txt', 'a few words');
  await upload(page, note);
  const visitor = await newVisitor();
  await visitor.goto(await share(page, note.name));
  for (const [where, open] of [
    [page, rowButton(page, shared.preview, note.name)],
    [visitor, button(visitor, shared.preview)],
  ] as const) {
    const giveBack = await withhold(where, /\/assets\/(preview-)?dialog-[\w-]+\.(js|css)$/);
    await open.click();
    await expectError(dialog(where, shared.preview), 'network-failed');
    await where.keyboard.press('Escape');
    await expect(dialog(where)).toHaveCount(0);
    await expect(open).toBeFocused();

    await open.click();
    await button(dialog(where), shared.close).click();
    await expect(dialog(where)).toHaveCount(0);

    await open.click();
    await expectError(dialog(where, shared.preview), 'network-failed');
    await giveBack();
    await button(dialog(where), shared.tryAgain).click();
    await expect(dialog(where, note.name)).toContainText('a few words');
    await expect(dialog(where)).toHaveCSS('padding', '0px');
  }
});
