import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everyEngine, expect, test } from './fixtures.ts';
import { answerSaveDialogs, savedFiles } from './save-dialog.ts';
import {
  add,
  deliverBy,
  download,
  downloadFrom,
  expectError,
  expectStored,
  firstVisit,
  MiB,
  openAndSave,
  owner,
  randomFile,
  readDownload,
  row,
  rowButton,
  sha256,
  sha256OfFile,
  share,
  shared,
  staged,
  state,
  upload,
} from './steps.ts';
import { hold, s3 } from './traffic.ts';

const files = [
  randomFile('empty.txt', 0),
  randomFile('one byte.bin', 1),
  randomFile('five.bin', 5 * MiB + 3),
];

for (const way of ['staging', 'memory'] as const) {
  test(`several files at once come back as they were, delivered by ${way}`, { tag: everyEngine }, async ({
    page,
  }) => {
    await deliverBy(page, way);
    await firstVisit(page);
    await upload(page, ...files);
    for (const { name, buffer } of files) {
      const delivered = await download(page, name);
      expect(delivered.suggestedFilename()).toBe(name);
      expect(sha256(await readDownload(delivered))).toBe(sha256(buffer));
      await expect(state(row(page, name), shared.download.done)).toBeVisible();
    }
  });
}

test('several files at once come back as they were, saved where a person says', async ({ page }) => {
  await firstVisit(page);
  await deliverBy(page, 'file-system-access');
  await answerSaveDialogs(page, 'save');
  await page.reload();
  await upload(page, ...files);
  for (const { name } of files) {
    await rowButton(page, owner.row.download, name).click();
    await expect(state(row(page, name), shared.download.done)).toBeVisible();
  }
  const saved = await savedFiles(page);
  expect(Object.keys(saved).sort()).toEqual(files.map(({ name }) => name).sort());
  for (const { name, buffer } of files) expect(sha256(saved[name] ?? Buffer.of(1, 2))).toBe(sha256(buffer));
  expect(await staged(page)).toEqual([]);
});

test('closing the save dialog cancels the download and leaves nothing', async ({ page }) => {
  await deliverBy(page, 'file-system-access');
  await firstVisit(page);
  await answerSaveDialogs(page, 'close');
  await page.reload();
  const file = randomFile('kept.bin', 100);
  await upload(page, file);
  await rowButton(page, owner.row.download, file.name).click();
  await expect(state(row(page, file.name), shared.download.cancelled)).toBeVisible();
  expect(await savedFiles(page)).toEqual({});
  expect(await staged(page)).toEqual([]);
});

test('a place where nothing can be written keeps no empty file', async ({ page }) => {
  await deliverBy(page, 'file-system-access');
  await firstVisit(page);
  await answerSaveDialogs(page, 'read-only');
  await page.reload();
  const file = randomFile('kept.bin', 100);
  await upload(page, file);
  await rowButton(page, owner.row.download, file.name).click();
  await expectError(row(page, file.name), 'device-storage-refused');
  expect(await savedFiles(page)).toEqual({});
});

test('no row says 100 % before S3 has confirmed the object', async ({ page }) => {
  await firstVisit(page);
  const completion = await hold(page, s3.complete);
  const confirmation = await hold(page, s3.head);
  const file = randomFile('several parts.bin', 9 * MiB);
  await add(page, file);
  const bar = row(page, file.name).getByRole('progressbar');
  const atLeast = (percent: number) =>
    expect.poll(async () => Number(await bar.getAttribute('value'))).toBeGreaterThanOrEqual(percent);

  await completion.arrived;
  await expect(state(row(page, file.name), owner.upload.finishing)).toBeVisible();
  await atLeast(98);
  await expect(bar).not.toHaveAttribute('value', '100');
  await expect(row(page, file.name)).not.toContainText('100');

  completion.release();
  await confirmation.arrived;
  await expect(state(row(page, file.name), owner.upload.finishing)).toBeVisible();
  await expect(bar).not.toHaveAttribute('value', '100');
  await expect(state(row(page, file.name), owner.upload.stored)).toHaveCount(0);

  confirmation.release();
  await expectStored(page, file.name);
});

test.describe('a file of 300 MiB', () => {
  test.use({ persistentProfile: true });

  test('goes out in parts and comes back as it was', async ({ page, context }) => {
    const long = 120_000;
    test.setTimeout(3 * long);
    const folder = await mkdtemp(join(tmpdir(), 's3-envelope-large-'));
    try {
      const name = 'large.bin';
      const path = join(folder, name);
      await writeLargeFile(path, 300 * MiB);
      const expected = await sha256OfFile(path);

      await deliverBy(page, 'staging');
      await firstVisit(page);
      await add(page, path);
      await expectStored(page, name, long);
      const delivered = await download(page, name, long);
      expect(await sha256OfFile(await delivered.path())).toBe(expected);

      const recipient = await context.newPage();
      await recipient.goto(await share(page, name, long));
      const opened = await downloadFrom(recipient, () => openAndSave(recipient).click(), long);
      expect(await sha256OfFile(await opened.path())).toBe(expected);

      // More than a page should hold in memory: refused at once, with the numbers.
      await page.addInitScript(() => sessionStorage.setItem('s3-envelope.download-way', 'memory'));
      await page.reload();
      await expectStored(page, name);
      await rowButton(page, owner.row.download, name).click();
      await expectError(row(page, name), 'device-full');
      await expect(row(page, name)).toContainText(
        '314.6 MB are needed; a page’s memory takes up to 268.4 MB.',
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** Random at both ends and at every part's edge, empty in between: quick to write, and no two parts alike. */
async function writeLargeFile(path: string, size: number): Promise<void> {
  const file = await open(path, 'w');
  await file.truncate(size);
  for (let at = 0; at < size; at += 8 * MiB) {
    await file.write(randomFile('', 4096).buffer, 0, 4096, Math.max(0, at - 2048));
  }
  await file.write(Buffer.from('the end'), 0, 7, size - 7);
  await file.close();
}
