/** A page of which no more than its first script arrives: it says so, and comes once the network is back. */
import type { Page } from '@playwright/test';
import { notLoaded } from '../src/app/text/not-loaded.ts';
import { expect, test } from './fixtures.ts';
import {
  button,
  downloadFrom,
  firstVisit,
  openAndSave,
  owner,
  randomFile,
  readDownload,
  share,
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
