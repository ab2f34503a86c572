/** Downloads whose page dies: the next one goes on with what was staged, and trusts no byte of it. */
import type { BrowserContext, Page } from '@playwright/test';
import type { DownloadWay } from '../src/transfer/sinks/sink.ts';
import { expect, test } from './fixtures.ts';
import { answerSaveDialogs, savedFiles } from './save-dialog.ts';
import { seed, seededNumbers } from './seeded.ts';
import {
  add,
  button,
  deliverBy,
  downloadFrom,
  expectStored,
  firstVisit,
  kill,
  MiB,
  owner,
  randomFile,
  readDownload,
  row,
  rowButton,
  sha256,
  sha256OfFile,
  shared,
  staged,
  state,
  textFile,
} from './steps.ts';
import { from, hold, s3 } from './traffic.ts';
import { entriesOf } from './zip-entries.ts';

test.use({ persistentProfile: true });

/** For a machine that has much else to do. */
const patience = 120_000;
const range = 8 * MiB;

async function store(page: Page, name: string, size: number, way: DownloadWay = 'staging'): Promise<string> {
  const file = randomFile(name, size);
  await deliverBy(page, way);
  await firstVisit(page);
  await add(page, file);
  await expectStored(page, name, patience);
  return sha256(file.buffer);
}

async function nextPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await deliverBy(page, 'staging');
  await page.goto('/');
  return page;
}

/** Counts ranges that were answered in full. */
function answered(page: Page): { readonly ranges: Set<string>; reach(count: number): Promise<void> } {
  const ranges = new Set<string>();
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  page.on('requestfinished', (request) => {
    if (!s3.read(request)) return;
    ranges.add(request.headers()['range'] ?? '');
    for (const { count, resolve } of waiting) if (ranges.size >= count) resolve();
  });
  return { ranges, reach: (count) => new Promise((resolve) => waiting.push({ count, resolve })) };
}

const goOn = (page: Page, name: string) =>
  rowButton(page, owner.row.resumeDownload, name).click({ timeout: patience });

test.beforeEach(({ complaints }) => complaints.allow(/^crashed/));

test(`a download survives ten deaths of its page, and comes out whole (seed ${seed})`, async ({
  page,
  context,
}) => {
  test.setTimeout(600_000);
  const size = 300 * MiB;
  const ranges = Math.ceil(size / range);
  const digest = await store(page, 'film.mp4', size);
  const draw = seededNumbers('deaths of a download');

  let current = page;
  let fetched = 0;
  for (let death = 1; death <= 10; death++) {
    // At most three ranges in each life, so that there is always one left to die in.
    const reads = await hold(current, s3.read, 1 + draw(4));
    const got = answered(current);
    if (death === 1) await rowButton(current, owner.row.download, 'film.mp4').click();
    else await goOn(current, 'film.mp4');
    await reads.arrived;
    // Arriving, being opened, being written or noted: some of it is under way.
    await current.waitForTimeout(draw(300));
    await kill(current);
    fetched += got.ranges.size;
    current = await nextPage(context);
    await expect(state(row(current, 'film.mp4'), shared.download.unfinished), `death ${death}`).toBeVisible({
      timeout: patience,
    });
  }
  const got = answered(current);
  const arriving = current.waitForEvent('download', { timeout: patience });
  await goOn(current, 'film.mp4');
  const download = await arriving;
  expect(await sha256OfFile(await download.path())).toBe(digest);
  await expect(state(row(current, 'film.mp4'), shared.download.done)).toBeVisible();
  // What was on its way when the page died is all that came twice.
  fetched += got.ranges.size;
  expect(fetched).toBeGreaterThanOrEqual(ranges);
  expect(fetched).toBeLessThanOrEqual(ranges + 10 * 3);
});

test('staged bytes that were changed are fetched again', async ({ page, context, complaints }) => {
  complaints.allow(/favicon/);
  const digest = await store(page, 'notes.bin', 5 * range);
  await hold(page, s3.read, 4);
  const before = answered(page);
  await rowButton(page, owner.row.download, 'notes.bin').click();
  await before.reach(3);
  await expect(row(page, 'notes.bin')).toContainText(/59|60/);
  await expect.poll(() => staged(page)).toHaveLength(1);
  await kill(page);

  const next = await context.newPage();
  await deliverBy(next, 'staging');
  await next.goto('/config.json');
  await next.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('staging');
    for await (const [name, handle] of folder.entries()) {
      if (name.endsWith('.ledger')) continue;
      const writable = await (handle as FileSystemFileHandle).createWritable({ keepExistingData: true });
      await writable.write({ type: 'write', position: 1000, data: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]) });
      await writable.close();
    }
  });
  await next.goto('/');
  const after = answered(next);
  const arriving = next.waitForEvent('download', { timeout: patience });
  await goOn(next, 'notes.bin');
  expect(await sha256OfFile(await (await arriving).path())).toBe(digest);
  expect(after.ranges.has('bytes=0-8388607')).toBe(true);
  expect(after.ranges.has('bytes=8388608-16777215')).toBe(false);
});

test('what is left of a download is discarded when asked to, and swept when its file is gone', async ({
  page,
  context,
}) => {
  await store(page, 'a.bin', 3 * range);
  const begun = async (page: Page) => {
    await hold(page, s3.read, 2);
    const got = answered(page);
    await rowButton(page, owner.row.download, 'a.bin').click();
    await got.reach(1);
    await expect(row(page, 'a.bin')).toContainText(/33/);
    await kill(page);
    return nextPage(context);
  };
  const second = await begun(page);
  await rowButton(second, owner.row.discardDownload, 'a.bin').click();
  await expect(state(row(second, 'a.bin'), shared.download.cancelled)).toBeVisible();
  await expect.poll(() => staged(second)).toEqual([]);

  const third = await begun(second);
  await expect(state(row(third, 'a.bin'), shared.download.unfinished)).toBeVisible();
  expect(await staged(third)).toHaveLength(1);
  await rowButton(third, owner.row.remove, 'a.bin').click();
  await third.getByRole('button', { name: owner.remove.confirm }).click();
  await expect(row(third, 'a.bin')).toBeHidden();
  await third.reload();
  await expect.poll(() => staged(third)).toEqual([]);
});

test('what was handed over outlives its page, for the browser to copy, and is swept half a day later', async ({
  page,
  context,
  complaints,
}) => {
  // S3 says that the clock is wrong.
  complaints.allow(/403/);
  await store(page, 'a.bin', range);
  const saved = await downloadFrom(page, () => rowButton(page, owner.row.download, 'a.bin').click());
  await saved.path();
  const next = await nextPage(context);
  await expectStored(next, 'a.bin');
  await page.close();
  await next.reload();
  await expectStored(next, 'a.bin');
  // A file that was begun after it, and is of no use: when it is swept, the look is over.
  await next.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('staging');
    for (const name of ['useless', 'useless.ledger']) await folder.getFileHandle(name, { create: true });
  });
  await next.reload();
  await expect.poll(() => staged(next)).toHaveLength(1);
  expect(await staged(next)).not.toContain('useless');

  await next.clock.setSystemTime(Date.now() + 13 * 3_600_000);
  await next.reload();
  await expect.poll(() => staged(next)).toEqual([]);
});

test('two pages never go on with one download together', async ({ page, context }) => {
  const digest = await store(page, 'shared.bin', 4 * range);
  await hold(page, s3.read, 2);
  const got = answered(page);
  await rowButton(page, owner.row.download, 'shared.bin').click();
  await got.reach(1);
  await expect(row(page, 'shared.bin')).toContainText(/2[45]/);
  await kill(page);

  const more = /(49|50|74|75)%/;
  const one = await nextPage(context);
  const other = await nextPage(context);
  for (const each of [one, other]) {
    await expect(state(row(each, 'shared.bin'), shared.download.unfinished)).toBeVisible();
  }
  await hold(one, s3.read, 3);
  await goOn(one, 'shared.bin');
  await expect(row(one, 'shared.bin')).toContainText(more);
  await goOn(other, 'shared.bin');
  await expect(state(row(other, 'shared.bin'), shared.download.elsewhere)).toBeVisible();
  await expect(rowButton(other, owner.row.download, 'shared.bin')).toHaveCount(0);
  expect(await staged(other)).toHaveLength(1);

  // What the first one has fetched is there for the second.
  await kill(one);
  await expect(state(row(other, 'shared.bin'), shared.download.unfinished)).toBeVisible();
  await expect(row(other, 'shared.bin')).toContainText(more);
  const ofOther = answered(other);
  const arriving = other.waitForEvent('download', { timeout: patience });
  const third = await nextPage(context);
  await expect(state(row(third, 'shared.bin'), shared.download.unfinished)).toBeVisible();
  await goOn(other, 'shared.bin');
  expect(await sha256OfFile(await (await arriving).path())).toBe(digest);
  expect(ofOther.ranges.has('bytes=0-8388607')).toBe(false);

  // Whoever comes late neither writes nor discards what the other one saves.
  await rowButton(third, owner.row.discardDownload, 'shared.bin').click();
  await expect(state(row(third, 'shared.bin'), shared.download.elsewhere)).toBeVisible();
  await other.close();
  await expect(state(row(third, 'shared.bin'), owner.upload.stored)).toBeVisible();
});

test('a zip whose page dies delivers nothing, and goes on in the next one', async ({ page, context }) => {
  const digest = await store(page, 'one.bin', 2 * range);
  const note = textFile('note.txt', 'a few words');
  await add(page, note);
  await expectStored(page, note.name, patience);
  let delivered = 0;
  context.on('page', (each) => each.on('download', () => delivered++));
  page.on('download', () => delivered++);
  await hold(page, from(range));
  await row(page, note.name).focus();
  await page.keyboard.press('ControlOrMeta+a');
  await button(page, owner.selection.zip).click();
  await expect(row(page, '2 files.zip')).toContainText(/49|50/);
  await kill(page);
  expect(delivered).toBe(0);

  const next = await nextPage(context);
  const left = owner.row.zipOf(2);
  await expect(state(row(next, left), shared.download.unfinished)).toBeVisible({ timeout: patience });
  expect(await staged(next)).toHaveLength(1);
  const arriving = next.waitForEvent('download', { timeout: patience });
  await goOn(next, left);
  const zip = await readDownload(await arriving);
  expect(entriesOf(zip)).toEqual({ 'one.bin': digest, [note.name]: sha256(note.buffer) });
  expect(delivered).toBe(1);
});

test('a page that dies leaves no part of a file that was being saved directly', async ({ page, context }) => {
  await store(page, 'direct.bin', 4 * range, 'file-system-access');
  await answerSaveDialogs(page, 'save');
  await page.reload();
  await expectStored(page, 'direct.bin', patience);
  await hold(page, s3.read, 3);
  const got = answered(page);
  await rowButton(page, owner.row.download, 'direct.bin').click();
  await got.reach(2);
  await expect(row(page, 'direct.bin')).toContainText(/49|50/);
  await kill(page);
  const next = await nextPage(context);
  // The dialog itself makes an empty one.
  await expect.poll(() => savedFiles(next)).toEqual({ 'direct.bin': Buffer.alloc(0) });
  await expectStored(next, 'direct.bin', patience);
});
