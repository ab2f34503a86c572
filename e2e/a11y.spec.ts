import type { Page } from '@playwright/test';
import { administratorOf } from './administrator.ts';
import { expectAccessible } from './axe.ts';
import { expect, test } from './fixtures.ts';
import {
  add,
  button,
  dialog,
  downloadFrom,
  expectError,
  expectStored,
  firstVisit,
  link,
  MiB,
  makeKey,
  openAndSave,
  owner,
  randomFile,
  row,
  rowButton,
  share,
  shared,
  state,
  upload,
} from './steps.ts';
import { hold, s3 } from './traffic.ts';

// A colour on its way to another one has no contrast to speak of.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

/** By day and by night, on a phone and on a desk. */
async function expectAccessibleEverywhere(page: Page, screen: string): Promise<void> {
  await test.step(screen, async () => {
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${screen} is wider than ${width} px`).toBeLessThanOrEqual(0);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await expectAccessible(page);
      }
    }
  });
}

test('first visit and backup', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: owner.welcome.question })).toBeVisible();
  await expectAccessibleEverywhere(page, 'first visit');
  const backup = await makeKey(page);
  await expectAccessibleEverywhere(page, 'backup');
  await page.getByRole('checkbox', { name: owner.backup.confirm(backup.fileName) }).check();
  await expectAccessibleEverywhere(page, 'backup saved');
});

test('files, empty, in every state, and searched', async ({ page, cloud }) => {
  test.setTimeout(240_000);
  const { identityId } = await firstVisit(page);
  await expect(page.getByRole('heading', { name: owner.list.emptyTitle })).toBeVisible();
  await expectAccessibleEverywhere(page, 'no files');

  await upload(page, randomFile('stored.pdf', 3000));
  const plain = { key: `files/${identityId}/plain.txt`, body: Buffer.from('plain'), metadata: {} };
  await administratorOf(cloud).put(plain);
  await page.reload();
  await expect(state(row(page, 'plain.txt'), owner.lock.notOpened)).toBeVisible();
  const parts = await hold(page, s3.part);
  await add(page, randomFile('moving.mov', 9 * MiB));
  await parts.arrived;
  await add(page, randomFile('given-up.mov', 9 * MiB));
  await rowButton(page, shared.cancel, 'given-up.mov').click();
  await expect(state(row(page, 'given-up.mov'), owner.upload.cancelled)).toBeVisible();
  await add(page, randomFile('resting.mov', 9 * MiB));
  await rowButton(page, owner.row.pause, 'resting.mov').click();
  await expect(state(row(page, 'resting.mov'), owner.upload.paused)).toBeVisible();
  await expectAccessibleEverywhere(page, 'files in every state');

  await page.getByRole('searchbox').fill('nothing is called so');
  await expect(page.getByRole('heading', { name: owner.list.noMatchTitle })).toBeVisible();
  await expectAccessibleEverywhere(page, 'nothing found');
  await page.getByRole('searchbox').fill('');

  page.on('dialog', (question) => question.accept()); // "Leave site?"
  await page.reload();
  await expect(state(row(page, 'moving.mov'), owner.upload['needs-you'])).toBeVisible();
  await expectAccessibleEverywhere(page, 'what an earlier visit has left');
  await button(page, owner.batch.discardAll).click();
  await expect(dialog(page, owner.discard.title(2))).toBeVisible();
  await expectAccessibleEverywhere(page, 'discarding');
  await dialog(page)
    .getByRole('button', { name: /^Discard/u })
    .click();
  await expect(row(page, 'moving.mov')).toHaveCount(0);
});

test('what a phone has no room for is heard all the same', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const { fingerprint } = await firstVisit(page);
  const key = page.getByRole('navigation').getByRole('button').first();
  await expect(key).toHaveAccessibleName(`${owner.keyChip.personal} ${fingerprint}`);
  await upload(page, randomFile('stored.pdf', 3000));
  await expect(row(page, 'stored.pdf')).toHaveAccessibleDescription(new RegExp(owner.lock.personal));
});

test('dialogs', async ({ page }) => {
  test.setTimeout(240_000);
  const name = 'a contract with a name that is longer than most rows are wide, signed.pdf';
  await firstVisit(page);
  await upload(page, randomFile(name, 3000));
  const dialogs: readonly (readonly [what: string, open: () => Promise<unknown>, ready?: string])[] = [
    ['how this works', () => button(page, shared.howItWorks).click()],
    ['key', () => page.getByRole('navigation').getByRole('button').first().click()],
    ['keyboard shortcuts', () => page.keyboard.press('?')],
    ['row', () => row(page, name).press('Space')],
    ['share', () => row(page, name).press('s'), owner.share.copy],
    ['delete', () => row(page, name).press('Delete')],
    ['duplicates', () => add(page, randomFile(name, 5000))],
  ];
  for (const [what, open, ready] of dialogs) {
    await page.setViewportSize({ width: 1280, height: 844 });
    await open();
    await expect(dialog(page)).toBeVisible();
    if (ready) await expect(button(dialog(page), ready)).toBeVisible();
    await expectAccessibleEverywhere(page, what);
    await page.keyboard.press('Escape');
    await expect(dialog(page)).toBeHidden();
  }
});

test('links and errors', async ({ page, newVisitor }) => {
  test.setTimeout(240_000);
  await firstVisit(page);
  await upload(page, randomFile('offer.pdf', 3000));
  const url = await share(page, 'offer.pdf');
  const visitor = await newVisitor({ reducedMotion: 'reduce' });
  await visitor.goto(url);
  await expect(openAndSave(visitor)).toBeVisible();
  await expectAccessibleEverywhere(visitor, 'link');
  await downloadFrom(visitor, () => openAndSave(visitor).click());
  await expect(visitor.getByText(link.saved)).toBeVisible();
  await expectAccessibleEverywhere(visitor, 'link opened');
  await visitor.goto('about:blank');
  await visitor.goto(url.slice(0, -1));
  await expectError(visitor, 'link-incomplete');
  await expectAccessibleEverywhere(visitor, 'wrong link');

  await page.route('**/config.json', (route) => route.fulfill({ body: 'no JSON' }));
  await page.reload();
  await expectError(page, 'config-invalid', { field: 'config.json' });
  await expectAccessibleEverywhere(page, 'wrong settings');
});

test('files that are stored are reached on a phone as well', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await firstVisit(page);
  await upload(page, randomFile('phone.jpg', 100));
  await rowButton(page, owner.row.more, 'phone.jpg').click();
  await button(dialog(page, 'phone.jpg'), owner.row.share).click();
  await expect(button(dialog(page, owner.share.title), owner.share.copy)).toBeVisible();
  await button(dialog(page), shared.done).click();
  await expectStored(page, 'phone.jpg');
});
