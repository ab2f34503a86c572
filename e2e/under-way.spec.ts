/** What a person sees and does while uploads are under way. */
import type { Page } from '@playwright/test';
import { administratorOf } from './administrator.ts';
import { expect, test } from './fixtures.ts';
import {
  add,
  button,
  deliverBy,
  dialog,
  expectStored,
  firstVisit,
  link,
  MiB,
  onDisk,
  openAndSave,
  owner,
  randomFile,
  row,
  rowButton,
  share,
  shared,
  state,
} from './steps.ts';
import { forScripts, hold, intercept, s3 } from './traffic.ts';

const film = randomFile('film.mp4', 17 * MiB);
const scan = randomFile('scan.tiff', 17 * MiB);

test('uploads are paused, go on and are discarded with the keyboard alone', async ({ page, cloud }) => {
  await firstVisit(page);
  const parts = await hold(page, s3.part, 2);
  await add(page, film);
  await parts.arrived;
  await row(page, film.name).focus();
  await press(page, owner.row.pause);
  await expect(state(row(page, film.name), owner.upload.paused)).toBeVisible();
  await press(page, owner.row.resume);
  await expect(rowButton(page, owner.row.pause, film.name)).toBeVisible();
  await press(page, owner.row.pause);
  await expect(row(page, film.name)).toContainText('are stored already');

  // Enter does the safe thing, and the focus is back where it was.
  await press(page, owner.row.discard);
  await expect(button(dialog(page, owner.discard.title(1)), owner.discard.keep(1))).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(state(row(page, film.name), owner.upload.paused)).toBeVisible();
  await expect(rowButton(page, owner.row.discard, film.name)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog(page)).toBeVisible();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(state(row(page, film.name), owner.upload.cancelled)).toBeVisible();
  expect(await administratorOf(cloud).openUploads()).toEqual([]);

  /** Tab to a button of the row that has the focus, and Enter. */
  async function press(page: Page, action: string): Promise<void> {
    const target = rowButton(page, action, film.name);
    await expect(target).toBeVisible();
    await row(page, film.name).focus();
    for (let stops = 0; stops < 4; stops++) {
      await page.keyboard.press('Tab');
      if (await target.evaluate((element) => element === document.activeElement)) break;
    }
    await expect(target).toBeFocused();
    await page.keyboard.press('Enter');
  }
});

test('all are paused and go on; the title, the icon, the screen and the page follow', async ({ page }) => {
  const locks = await countWakeLocks(page);
  const icon = async () =>
    decodeURIComponent((await page.locator('link[rel=icon]').getAttribute('href')) ?? '');
  const asks = () => asksToLeave(page);
  await firstVisit(page);
  expect([await locks(), await asks(), await page.title()]).toEqual([0, false, shared.product]);
  expect(await icon()).toBe('/icon.svg');

  const parts = await hold(page, s3.part, 3);
  await add(page, await onDisk(film), await onDisk(scan));
  await parts.arrived;
  await expect.poll(locks).toBe(1);
  await expect(page).toHaveTitle(`${owner.titles.left(2)} · ${shared.product}`);
  await expect.poll(icon).toMatch(/^data:image\/svg\+xml,.*<circle/);
  expect(await asks()).toBe(true);

  // Nothing is lost by leaving now.
  await button(page, owner.batch.pauseAll).click();
  await expect(state(row(page, film.name), owner.upload.paused)).toBeVisible();
  await expect(state(row(page, scan.name), owner.upload.paused)).toBeVisible();
  await expect(page).toHaveTitle(`${owner.titles.paused} · ${shared.product}`);
  await expect.poll(locks).toBe(0);
  expect(await asks()).toBe(false);

  parts.release();
  await button(page, owner.batch.resumeAll).click();
  await expectStored(page, film.name);
  await expectStored(page, scan.name);
  await expect(page).toHaveTitle(shared.product);
  await expect.poll(icon).toBe('/icon.svg');
  expect([await locks(), await asks()]).toEqual([0, false]);
});

test('cancelling all asks once before what is stored of any of them is lost', async ({ page, cloud }) => {
  const administrator = administratorOf(cloud);
  await firstVisit(page);
  const parts = await hold(page, s3.part, 3);
  await add(page, await onDisk(film), await onDisk(scan));
  await parts.arrived;
  // One rests with bytes of it stored, the other goes on.
  await rowButton(page, owner.row.pause, film.name).click();
  await expect(row(page, film.name)).toContainText('are stored already');
  await button(page, owner.batch.cancelAll).click();
  const question = dialog(page, owner.discard.title(2));
  await expect(button(question, owner.discard.keep(2))).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(state(row(page, film.name), owner.upload.paused)).toBeVisible();
  expect(await administrator.openUploads()).toHaveLength(2);

  await button(page, owner.batch.cancelAll).click();
  await question.getByRole('button', { name: /^Discard/u }).click();
  for (const { name } of [film, scan]) {
    await expect(state(row(page, name), owner.upload.cancelled)).toBeVisible();
  }
  expect(await administrator.openUploads()).toEqual([]);
});

test('dismissing what has ended leaves what can go on', async ({ page, cloud }) => {
  const administrator = administratorOf(cloud);
  await firstVisit(page);
  await intercept(page, s3.complete, (route) =>
    route.fulfill({
      status: 200,
      headers: forScripts,
      body: '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>no</Message></Error>',
    }),
  );
  await add(page, await onDisk(film), await onDisk(scan));
  for (const { name } of [film, scan]) {
    await expect(state(row(page, name), owner.upload.failed)).toBeVisible();
  }
  // Both can go on, so there is nothing to dismiss unasked.
  await expect(button(page, owner.batch.retryAll)).toBeVisible();
  await expect(button(page, owner.batch.dismissAll)).toBeHidden();

  const parts = await hold(page, s3.part);
  const others = ['a.mov', 'b.mov'].map((name) => randomFile(name, 9 * MiB));
  await add(page, ...others);
  await parts.arrived;
  await button(page, owner.batch.cancelAll).click();
  for (const { name } of others) {
    await expect(state(row(page, name), owner.upload.cancelled)).toBeVisible();
  }
  await button(page, owner.batch.dismissAll).click();
  for (const { name } of others) await expect(row(page, name)).toHaveCount(0);
  for (const { name } of [film, scan]) {
    await expect(state(row(page, name), owner.upload.failed)).toBeVisible();
  }
  expect(await administrator.openUploads()).toHaveLength(2);

  await button(page, owner.batch.discardAll).click();
  await dialog(page, owner.discard.title(2))
    .getByRole('button', { name: /^Discard/u })
    .click();
  await expect.poll(() => administrator.openUploads()).toEqual([]);
});

for (const { way, kept } of [
  { way: 'staging', kept: true },
  { way: 'memory', kept: false },
] as const) {
  test(`a link’s page stays awake and asks before it is left while it downloads (${way})`, async ({
    page,
    newVisitor,
  }) => {
    await firstVisit(page);
    await add(page, film);
    await expectStored(page, film.name);
    const url = await share(page, film.name);
    const visitor = await newVisitor();
    await deliverBy(visitor, way);
    const locks = await countWakeLocks(visitor);
    await visitor.goto(url);
    await expect(openAndSave(visitor)).toBeVisible();
    const reads = await hold(visitor, s3.read, 2);
    expect([await locks(), await asksToLeave(visitor)]).toEqual([0, false]);
    await openAndSave(visitor).click();
    await reads.arrived;
    await expect.poll(locks).toBe(1);
    expect(await asksToLeave(visitor)).toBe(true);

    // What is staged is there for the next page; what is in memory is not.
    await button(visitor, shared.pause).click();
    await expect.poll(locks).toBe(0);
    expect(await asksToLeave(visitor)).toBe(!kept);

    reads.release();
    await button(visitor, shared.resume).click();
    await expect(visitor.getByText(link.saved)).toBeVisible();
    expect([await locks(), await asksToLeave(visitor)]).toEqual([0, false]);
  });
}

/** From the next load of the page on: how many the page holds. */
async function countWakeLocks(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const held = { count: 0 };
    Object.assign(window, { held });
    Object.defineProperty(navigator, 'wakeLock', {
      value: {
        async request() {
          held.count += 1;
          const lock = {
            released: false,
            async release() {
              held.count -= 1;
              lock.released = true;
            },
          };
          return lock;
        },
      },
    });
  });
  return () => page.evaluate(() => (window as unknown as { held: { count: number } }).held.count);
}

function asksToLeave(page: Page): Promise<boolean> {
  return page.evaluate(() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true })));
}
