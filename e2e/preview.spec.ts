/** Looking at files without saving them. */
import type { Page } from '@playwright/test';
import { preview } from '../src/app/text/preview.ts';
import { administratorOf, withOneBitChanged } from './administrator.ts';
import { expect, type TestCloud, test } from './fixtures.ts';
import { moveTo, player, wav } from './player.ts';
import {
  type Backup,
  button,
  deliverBy,
  dialog,
  expectError,
  expectStored,
  firstVisit,
  link,
  type MadeFile,
  MiB,
  row,
  rowButton,
  share,
  shared,
  staged,
  textFile,
} from './steps.ts';
import { storeFor } from './stored.ts';
import { s3, spy } from './traffic.ts';

/** What would show that a stored file ran on the site: it changes the title, which the pages leave alone there. */
const attack = 'parent.document.title = document.title = "taken over"';

const picture: MadeFile = {
  name: 'seal.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGOYKcGAFTEMLQkAqUgL4XYlQxQAAAAASUVORK5CYII=',
    'base64',
  ),
};
const drawing = textFile(
  'drawing.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" onload='${attack}'><script>${attack}</script><rect width="40" height="20" fill="red"/></svg>`,
);
const site = textFile(
  'site.html',
  `<!doctype html><script>${attack}</script><img src=x onerror='${attack}'>`,
);
const log = textFile('run.log', 'first line\n'.padEnd(3 * MiB, 'x'));
const impostor: MadeFile = { ...site, name: 'innocent.png' };
const paper = textFile('paper.pdf', pdf('An envelope'));

/** 16-bit mono at 8 kHz: 24 MiB are 26 minutes. */
const tape: MadeFile = { name: 'tape.wav', mimeType: 'audio/wav', buffer: wav(24 * MiB) };

async function storeAll(
  page: Page,
  cloud: TestCloud,
  format: 's3ec' | 'esdk',
  ...files: readonly MadeFile[]
) {
  const backup: Backup = await firstVisit(page);
  const keys: string[] = [];
  for (const file of files) keys.push(await storeFor(cloud, backup, file, format));
  await page.reload();
  for (const file of files) await expectStored(page, file.name);
  return keys;
}

async function look(page: Page, name: string): Promise<void> {
  await rowButton(page, shared.preview, name).click();
  await expect(dialog(page, name)).toBeVisible();
}

async function closeByKey(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toHaveCount(0);
}

test('pictures, text and PDF are shown, nothing in them acts, and nothing is left', async ({
  page,
  cloud,
  complaints,
}) => {
  // Of the address that is tried once its picture is gone.
  complaints.allow(/ERR_FILE_NOT_FOUND \(blob:/);
  await storeAll(page, cloud, 's3ec', picture, drawing, site, log, impostor, paper);
  const title = await page.title();
  let downloads = 0;
  page.on('download', () => downloads++);

  for (const [{ name }, width] of [
    [picture, 8],
    [drawing, 40],
  ] as const) {
    await look(page, name);
    const image = dialog(page).getByRole('img', { name });
    await expect.poll(() => image.evaluate((shown: HTMLImageElement) => shown.naturalWidth)).toBe(width);
    const address = (await image.getAttribute('src')) ?? '';
    await closeByKey(page);
    await expect(rowButton(page, shared.preview, name)).toBeFocused();
    // What it was shown from is gone with it. An address of its own origin is nobody's.
    if (address.startsWith('blob:')) expect(await canFetch(page, address)).toBe(false);
    else expect(address).toMatch(/^data:image\/svg\+xml;base64,/);
  }

  // With the keys alone: p on the row, the arrows from one to the next.
  await row(page, site.name).focus();
  await page.keyboard.press('p');
  const text = dialog(page).getByRole('region', { name: preview.label(site.name) });
  await expect(text).toHaveText(site.buffer.toString());
  await page.keyboard.press('ArrowLeft');
  await expect(dialog(page, log.name)).toBeVisible();
  await expect(dialog(page)).toContainText(preview.begins(MiB, 3 * MiB));
  const next = button(dialog(page), preview.next);
  await next.focus();
  while ((await next.getAttribute('aria-disabled')) !== 'true') await page.keyboard.press('Enter');
  await expect(next).toBeFocused();
  await expect(button(dialog(page), preview.previous)).not.toHaveAttribute('aria-disabled', 'true');
  await closeByKey(page);
  await look(page, log.name);
  const long = dialog(page).getByRole('region', { name: preview.label(log.name) });
  expect((await long.textContent())?.length).toBe(MiB);
  await closeByKey(page);

  await look(page, impostor.name);
  await expectError(dialog(page), 'preview-unsupported');
  await closeByKey(page);

  await look(page, paper.name);
  const frame = dialog(page).locator('iframe');
  if (await page.evaluate(() => navigator.pdfViewerEnabled)) {
    await expect(frame).toHaveAttribute('src', /^blob:/);
  } else {
    await expect(dialog(page)).toContainText(preview.noPdfTitle);
  }
  await closeByKey(page);

  expect([await page.title(), downloads, await staged(page)]).toEqual([title, 0, []]);
});

test('an empty file says that it is', async ({ page, cloud }) => {
  await storeAll(page, cloud, 's3ec', textFile('empty.txt', ''));
  await look(page, 'empty.txt');
  await expect(dialog(page).getByText(preview.emptyTitle)).toBeVisible();
});

test('sound in frames is played from the frames that are asked for, in whatever order', async ({
  page,
  cloud,
}) => {
  await storeAll(page, cloud, 'esdk', tape);
  const reads = await spy(page, s3.read);
  await look(page, tape.name);
  await expect
    .poll(() => player(page, (audio) => audio.duration))
    .toBeCloseTo(tape.buffer.length / 16_000, 0);
  // The reader takes what it needs for a while, not 24 frames.
  const before = reads.length;
  expect(before).toBeLessThan(20);

  // A browser ends a worker whenever it likes; the next request starts it anew.
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('ServiceWorker.enable');
  await devtools.send('ServiceWorker.stopAllWorkers');
  const late = tape.buffer.length / 16_000 - 20;
  await moveTo(page, late);
  await expect.poll(() => player(page, (audio) => !audio.seeking && audio.readyState >= 3)).toBe(true);
  const asked = reads
    .slice(before)
    .map((request) => Number(/=(\d+)-/.exec(request.headers()['range'] ?? '')?.[1]));
  expect(asked.some((start) => start > 20 * MiB)).toBe(true);
  expect(reads.length).toBeLessThan(24);
  await closeByKey(page);
});

test('a changed file shows its error and nothing else', async ({ page, cloud }) => {
  const whole = { ...log, name: 'whole.log' };
  const [first = ''] = await storeAll(page, cloud, 's3ec', whole);
  const administrator = administratorOf(cloud);
  await administrator.put(withOneBitChanged(await administrator.get(first), 2 * MiB));
  await page.reload();
  await look(page, whole.name);
  // Not even the first line, which is as it was: nobody can know before the end.
  await expectError(dialog(page), 'tag-mismatch');
  await expect(dialog(page)).not.toContainText('first line');
  expect(await staged(page)).toEqual([]);
});

test('a changed frame is never played', async ({ page, cloud }) => {
  const [key = ''] = await storeAll(page, cloud, 'esdk', tape);
  const administrator = administratorOf(cloud);
  await administrator.put(withOneBitChanged(await administrator.get(key), 23.5 * MiB));
  await page.reload();
  await look(page, tape.name);
  await expect.poll(() => player(page, (audio) => audio.readyState)).toBeGreaterThan(0);
  await moveTo(page, tape.buffer.length / 16_000 - 30);
  await expectError(dialog(page), 'tag-mismatch');
  await expect(dialog(page).locator('iframe')).toHaveCount(0);
});

test('whoever has a link looks at the file first', async ({ page, newVisitor, cloud }) => {
  await storeAll(page, cloud, 's3ec', picture);
  const url = await share(page, picture.name);
  const visitor = await newVisitor();
  await deliverBy(visitor, 'memory');
  await visitor.goto(url);
  await button(visitor, shared.preview).click();
  const image = dialog(visitor, picture.name).getByRole('img', { name: picture.name });
  await expect.poll(() => image.evaluate((shown: HTMLImageElement) => shown.naturalWidth)).toBe(8);
  const saved = visitor.waitForEvent('download');
  await dialog(visitor).getByRole('button', { name: preview.save }).click();
  expect((await saved).suggestedFilename()).toBe(picture.name);
  await expect(dialog(visitor)).toHaveCount(0);
  await expect(visitor.getByText(link.saved)).toBeVisible();
});

function canFetch(page: Page, address: string): Promise<boolean> {
  return page.evaluate(
    (address) =>
      new Promise<boolean>((resolve) => {
        const image = new Image();
        image.onload = () => resolve(true);
        image.onerror = () => resolve(false);
        image.src = address;
      }),
    address,
  );
}

function pdf(text: string): string {
  const content = `BT /F1 24 Tf 72 720 Td (${text}) Tj ET`;
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${content.length}>>stream\n${content}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ];
  return `%PDF-1.4\n${objects.map((object, index) => `${index + 1} 0 obj${object}endobj\n`).join('')}trailer<</Root 1 0 R>>\n%%EOF`;
}
