import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { visibleName } from '../src/app/display-name.ts';
import { administratorOf } from './administrator.ts';
import { expect, test } from './fixtures.ts';
import {
  add,
  download,
  downloadFrom,
  expectError,
  expectStored,
  firstVisit,
  list,
  MiB,
  onDisk,
  openAndSave,
  owner,
  randomFile,
  readDownload,
  row,
  share,
  state,
  textFile,
  upload,
} from './steps.ts';
import { hold, s3 } from './traffic.ts';

/** More than is read before S3 has agreed to take it. */
const fileSize = 40 * MiB;

for (const [what, happens, code] of [
  [
    'changes',
    async (path: string) => {
      await writeFile(path, randomFile('', fileSize).buffer);
      // The clock of a disk may be coarse.
      const later = new Date(Date.now() + 10_000);
      await utimes(path, later, later);
    },
    'file-changed',
  ],
  ['shrinks', (path: string) => writeFile(path, 'short'), 'file-changed'],
  ['vanishes', (path: string) => rm(path), 'file-unreadable'],
] as const) {
  test(`a file that ${what} while it is read is not stored`, async ({ page, cloud }) => {
    const administrator = administratorOf(cloud);
    const { identityId } = await firstVisit(page);
    const path = await onDisk(randomFile('report.doc', fileSize));
    const creation = await hold(page, s3.createUpload);
    await add(page, path);
    await creation.arrived;
    await happens(path);
    creation.release();

    await expectError(row(page, 'report.doc'), code);
    expect(await administrator.openUploads()).toEqual([]);
    expect(await administrator.keys(`files/${identityId}/`)).toEqual([]);
  });
}

test('a dropped folder is stored file by file, and says what could not be read', async ({ page }) => {
  await firstVisit(page);
  const folder = test.info().outputPath('photos');
  await mkdir(`${folder}/summer`, { recursive: true });
  await writeFile(`${folder}/one.txt`, 'one');
  await writeFile(`${folder}/summer/two.txt`, 'two');
  await writeFile(`${folder}/gone.txt`, 'gone');
  // It is listed, and has gone when it is opened.
  await page.exposeFunction('listed', () => rm(`${folder}/gone.txt`, { force: true }));
  await page.evaluate(() => {
    const { listed } = window as unknown as { listed: () => Promise<void> };
    const { webkitGetAsEntry } = DataTransferItem.prototype;
    DataTransferItem.prototype.webkitGetAsEntry = function () {
      const entry = webkitGetAsEntry.call(this) as FileSystemDirectoryEntry;
      const reader = entry.createReader();
      const readEntries = reader.readEntries.bind(reader);
      reader.readEntries = (success, failure) =>
        readEntries((entries) => void listed().then(() => success(entries)), failure);
      entry.createReader = () => reader;
      return entry;
    };
  });
  await drop(page, folder);
  await expectStored(page, 'one.txt');
  await expectStored(page, 'two.txt');
  await expectError(row(page, 'photos/gone.txt'), 'entry-unreadable');
  await expect(list(page).getByRole('listitem')).toHaveCount(3);
});

/** What a name is; what it is saved as. */
const names: readonly (readonly [what: string, name: string, saved: string | RegExp])[] = [
  ['a way out of the folder', '../../etc/passwd', '_.._etc_passwd'],
  ['text that turns around', 'invoice\u202Efdp.exe', 'invoicefdp.exe'],
  ['control characters', 'line\nbreak\u0007\u0000.txt', 'linebreak.txt'],
  ['300 bytes of emoji', `${'😀'.repeat(75)}.txt`, /^(😀){62}\.txt$/u],
  ['markup', '<img src=x onerror=alert(1)>.html', '_img src=x onerror=alert(1)_.html'],
  ['what Windows keeps for itself', 'CON.txt', '_CON.txt'],
  ['spaces at both ends', ' plan .pdf ', 'plan .pdf'],
  // Chromium adds the extension, having looked at the content.
  ['no letters at all', '\u200b\u2066', /^file(\.txt)?$/],
];

test('a hostile name is kept as it is, shown as what it is, and saved as what is safe', async ({
  page,
  newVisitor,
}) => {
  await firstVisit(page);
  const files = names.map(([what, name]) => textFile(name, what));
  await upload(page, ...files);
  // From S3 now, not from this page's memory.
  await page.reload();
  for (const [what, name, saved] of names) {
    await test.step(what, async () => {
      await expectStored(page, name);
      const delivered = await download(page, name);
      const savedAs = delivered.suggestedFilename();
      if (typeof saved === 'string') expect(savedAs).toBe(saved);
      else expect(savedAs).toMatch(saved);
      expect((await readDownload(delivered)).toString()).toBe(what);
    });
  }
  await expect(row(page, names[1]?.[1] ?? '')).toContainText('invoice‹U+202E›fdp.exe');

  const visitor = await newVisitor();
  for (const [what, name, saved] of names.slice(0, 2)) {
    await visitor.goto(await share(page, name));
    await expect(visitor.getByRole('heading', { name: visibleName(name), exact: true })).toBeVisible();
    const delivered = await downloadFrom(visitor, () => openAndSave(visitor).click());
    expect(delivered.suggestedFilename()).toBe(saved);
    expect((await readDownload(delivered)).toString()).toBe(what);
    await visitor.goto('about:blank');
  }
});

test('files without a name of their own are told apart', async ({ page }) => {
  await firstVisit(page);
  const twice = textFile('same.txt', 'first');
  await upload(page, twice);
  await add(page, { ...twice, buffer: Buffer.from('second') });
  await expect(state(row(page, 'same.txt'), owner.upload.stored)).toHaveCount(2);
});

/** Drops what lies at a path onto the page, as the system's file manager does. */
async function drop(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data });
  }
}
