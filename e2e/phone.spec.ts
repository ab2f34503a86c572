/** A screen that is as narrow as a hand, and a finger in place of a mouse. */
import { mkdir } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import {
  add,
  button,
  dropOnto,
  expectStored,
  firstVisit,
  list,
  MiB,
  makeKey,
  owner,
  randomFile,
  row,
  rowButton,
  shared,
  upload,
} from './steps.ts';
import { storeFor } from './stored.ts';
import { hold, s3 } from './traffic.ts';

const file = randomFile('letter.pdf', 3000);

for (const width of [390, 320]) {
  test(`a row tells of size, time and key, ${width} px wide`, async ({ page, newVisitor, cloud }) => {
    await page.setViewportSize({ width, height: 844 });
    const { identityId } = await firstVisit(page);
    await upload(page, file);
    // In the same place, and locked with the key of somebody else.
    const visitor = await newVisitor();
    await visitor.goto(cloud.info.appUrl);
    const other = await makeKey(visitor);
    const key = await storeFor(cloud, { ...other, identityId }, randomFile('x', 5), 's3ec');
    await page.reload();

    await expectStored(page, file.name);
    const stored = row(page, file.name);
    await expect(stored.getByText(/^3[.,]0 kB$/)).toBeInViewport({ ratio: 1 });
    await expect(stored.getByRole('time')).toBeInViewport({ ratio: 1 });
    const foreign = row(page, key.slice(key.lastIndexOf('/') + 1));
    await expect(foreign.getByText(owner.lock.other(other.fingerprint))).toBeInViewport({ ratio: 1 });
    await expect(foreign.getByRole('time')).toBeInViewport({ ratio: 1 });

    const parts = await hold(page, s3.part, 2);
    await add(page, randomFile('moving.mov', 17 * MiB));
    await parts.arrived;
    await expect(row(page, 'moving.mov').getByText(/^17[.,]8 MB$/)).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  });
}

for (const width of [375, 360, 320]) {
  test(`what is chosen is acted on, and looked for, ${width} px wide`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 });
    await firstVisit(page);
    await upload(page, file);
    const search = page.getByRole('searchbox');
    await search.fill('a letter');
    const unseen = await search.evaluate((field: HTMLInputElement) => field.scrollWidth - field.clientWidth);
    expect(unseen).toBeLessThanOrEqual(0);
    await search.fill('');
    await row(page, file.name).getByRole('checkbox').check();
    const bar = page.getByRole('toolbar', { name: owner.selection.label });
    const outer = await placeOf(page, bar);
    for (const name of [owner.selection.zip, owner.row.remove, owner.selection.clear]) {
      const { left, right } = await placeOf(page, button(bar, name));
      expect(left).toBeGreaterThan(outer.left);
      expect(right).toBeLessThan(outer.right);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  });
}

test('a download tells how far it is on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await firstVisit(page);
  await upload(page, file);
  const reads = await hold(page, s3.read);
  await rowButton(page, owner.row.download, file.name).click();
  await reads.arrived;
  const line = row(page, file.name).locator('.row__line');
  await expect(line).toHaveText(`${shared.download.fetching} · ${shared.percent(0)}`);
  expect(await line.evaluate((shown) => shown.scrollWidth - shown.clientWidth)).toBe(0);
  const saved = page.waitForEvent('download');
  reads.release();
  await saved;
});

test('the time of an empty folder stands below its name', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await firstVisit(page);
  const folder = test.info().outputPath('album');
  await mkdir(`${folder}/empty`, { recursive: true });
  await dropOnto(page, folder);
  await expectStored(page, 'album/empty/');
  const empty = row(page, 'album/empty/');
  const name = await placeOf(page, empty.locator('.row__name'));
  const time = await placeOf(page, empty.getByRole('time'));
  expect(time.left).toBe(name.left);
});

test('files are chosen where the thumb is, and what stands there covers nothing', async ({
  newVisitor,
  cloud,
}) => {
  const page = await newVisitor({
    baseURL: cloud.info.appUrl,
    viewport: { width: 390, height: 664 },
    hasTouch: true,
    isMobile: true,
  });
  await firstVisit(page);
  const files = Array.from({ length: 12 }, (_, index) => randomFile(`${index}.bin`, 10));
  await upload(page, ...files);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  const { top, bottom } = await placeOf(page, button(page, owner.drop.choose));
  expect(top).toBeGreaterThan(664 * 0.8);
  expect(bottom).toBeLessThanOrEqual(664);
  const end = await placeOf(page, page.getByRole('button', { name: shared.howItWorks }));
  expect(end.bottom).toBeLessThan(top);

  // The focus is never below it, and what is chosen has the place to itself.
  await row(page, '11.bin').focus();
  for (let step = 0; step < 11; step++) await page.keyboard.press('ArrowDown');
  const last = list(page).getByRole('listitem').last();
  await expect(last).toBeFocused();
  expect((await placeOf(page, last)).bottom).toBeLessThanOrEqual(top);
  await page.keyboard.press('x');
  await expect(page.getByRole('toolbar', { name: owner.selection.label })).toBeInViewport({ ratio: 1 });
  await expect(button(page, owner.drop.choose)).toBeHidden();
});

async function placeOf(page: Page, locator: ReturnType<Page['locator']>) {
  const box = await locator.boundingBox();
  if (!box) throw new Error(`nothing there on ${page.url()}`);
  return { top: box.y, bottom: box.y + box.height, left: box.x, right: box.x + box.width };
}
