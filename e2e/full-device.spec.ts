/** A browser that grants little room: said beforehand with the numbers, and clean where it runs out in the middle. */
import type { Page } from '@playwright/test';
import { formatBytes } from '../src/app/format.ts';
import { expect, test } from './fixtures.ts';
import { answerSaveDialogs, savedFiles } from './save-dialog.ts';
import {
  add,
  deliverBy,
  expectError,
  expectStored,
  firstVisit,
  MiB,
  namesIn,
  owner,
  randomFile,
  row,
  rowButton,
  shared,
  staged,
  state,
  upload,
} from './steps.ts';
import { hold, s3 } from './traffic.ts';

// The quota of a private profile is not the origin's to change.
test.use({ persistentProfile: true });

const patience = 90_000;

/** What the origin may have in all; undefined: what the browser gives by itself. */
async function grant(page: Page, quotaSize?: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send('Storage.overrideQuotaForOrigin', {
    origin,
    ...(quotaSize === undefined ? {} : { quotaSize }),
  });
}

test('what is staged already counts, and the numbers are told', async ({ page }) => {
  await deliverBy(page, 'staging');
  await firstVisit(page);
  await add(page, randomFile('one.bin', 20 * MiB), randomFile('two.bin', 20 * MiB));
  await expectStored(page, 'one.bin', patience);
  await expectStored(page, 'two.bin', patience);
  // What left lay in files for a while, which count as well.
  await expect.poll(() => namesIn(page, 'sending')).toEqual([]);
  await grant(page, 36 * MiB);
  const held = await hold(page, s3.read);
  await rowButton(page, owner.row.download, 'one.bin').click();
  await held.arrived;
  await rowButton(page, owner.row.download, 'two.bin').click();
  await expectError(row(page, 'two.bin'), 'device-full');
  // Chromium promises 10 GiB to everybody, which is then not said.
  await expect(row(page, 'two.bin')).toContainText(`${formatBytes(20 * MiB)} are needed.`);
  expect(await staged(page)).toHaveLength(1);

  await grant(page);
  const arriving = page.waitForEvent('download');
  held.release();
  await row(page, 'two.bin').getByRole('button', { name: shared.tryAgain, exact: true }).click();
  await arriving;
  await expect(state(row(page, 'two.bin'), shared.download.done)).toBeVisible({ timeout: patience });
});

test('what the browser says that it grants is told with what is needed', async ({ page }) => {
  await page.addInitScript(() => {
    navigator.storage.estimate = async () => ({ quota: 50_000_000, usage: 40_000_000 });
  });
  await deliverBy(page, 'staging');
  await firstVisit(page);
  await upload(page, randomFile('large.bin', 20 * MiB));
  await rowButton(page, owner.row.download, 'large.bin').click();
  await expectError(row(page, 'large.bin'), 'device-full');
  await expect(row(page, 'large.bin')).toContainText(
    `${formatBytes(20 * MiB)} are needed; the browser grants this site ${formatBytes(10_000_000)} more.`,
  );
  expect(await staged(page)).toEqual([]);
});

test('room that runs out in the middle leaves nothing', async ({ page }) => {
  await deliverBy(page, 'file-system-access');
  await firstVisit(page);
  await answerSaveDialogs(page, 'save');
  await page.reload();
  await upload(page, randomFile('large.bin', 20 * MiB));
  const held = await hold(page, s3.read, 2);
  await rowButton(page, owner.row.download, 'large.bin').click();
  await held.arrived;
  await grant(page, 10 * MiB);
  held.release();
  await expectError(row(page, 'large.bin'), 'device-full', {}, patience);
  await expect(row(page, 'large.bin')).toContainText(`${formatBytes(20 * MiB)} are needed.`);
  await expect(row(page, 'large.bin')).toContainText(shared.download.unkept);
  await expect(row(page, 'large.bin')).not.toContainText(shared.culprit('large.bin'));
  expect(await savedFiles(page)).toEqual({});
});
