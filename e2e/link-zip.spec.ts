/** A link to several files, all of them as one zip. */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import {
  button,
  deliverBy,
  expectError,
  firstVisit,
  link,
  MiB,
  randomFile,
  readDownload,
  sha256,
  shared,
  staged,
} from './steps.ts';
import { shareFor, storeFor } from './stored.ts';
import { from, hold } from './traffic.ts';
import { entriesOf } from './zip-entries.ts';

const film = randomFile('film.mp4', 17 * MiB);
const note = randomFile('note.txt', 12);
const all = { [film.name]: sha256(film.buffer), [note.name]: sha256(note.buffer) };

const zip = (page: Page) => page.getByRole('listitem', { name: /\.zip$/ });

test('a zip whose page is reloaded delivers nothing, and goes on with the link', async ({ page, cloud }) => {
  const backup = await firstVisit(page);
  const files: { key: string; name: string }[] = [];
  for (const file of [film, note]) {
    files.push({ key: await storeFor(cloud, backup, file, 's3ec'), name: file.name });
  }
  const url = await shareFor(cloud, backup, files);
  await deliverBy(page, 'staging');
  const reads = await hold(page, from(8 * MiB));
  await page.goto(url);
  let delivered = 0;
  page.on('download', () => delivered++);
  await button(page, link.saveAll).click();
  await reads.arrived;
  await expect(zip(page)).toContainText(/[1-9]%/);
  page.on('dialog', (question) => question.accept()); // "Leave site?"
  await page.reload();
  await expectError(page, 'link-missing-secret');
  expect(delivered).toBe(0);
  reads.release();
  await page.unrouteAll();

  await page.goto(url);
  await expect(zip(page)).toContainText(shared.download.unfinished);
  expect(await staged(page)).toHaveLength(1);
  const arriving = page.waitForEvent('download');
  await button(zip(page), shared.resume).click();
  expect(entriesOf(await readDownload(await arriving))).toEqual(all);
  await expect(page.getByText(link.saved)).toBeVisible();
  expect(delivered).toBe(1);
});
