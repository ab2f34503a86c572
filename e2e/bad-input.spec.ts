import { mkdir, open, rm, utimes, writeFile } from 'node:fs/promises';
import { visibleName } from '../src/app/display-name.ts';
import { administratorOf } from './administrator.ts';
import { expectAccessible } from './axe.ts';
import { everyEngine, expect, test } from './fixtures.ts';
import {
  add,
  button,
  choose,
  discard,
  download,
  downloadFrom,
  dropOnto,
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
  rowButton,
  sha256,
  share,
  shared,
  state,
  textFile,
  upload,
} from './steps.ts';
import { hold, s3 } from './traffic.ts';

/** More than is read before S3 has agreed to take it. */
const fileSize = 40 * MiB;

for (const [what, happens] of [
  [
    'changes',
    async (path: string) => {
      await writeFile(path, randomFile('', fileSize).buffer);
      // The clock of a disk may be coarse.
      const later = new Date(Date.now() + 10_000);
      await utimes(path, later, later);
    },
  ],
  ['shrinks', (path: string) => writeFile(path, 'short')],
  ['vanishes', (path: string) => rm(path)],
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

    // Browsers do not tell which it was.
    await expectError(row(page, 'report.doc'), 'file-unreadable');
    // What was read before may have left, and is kept.
    const dismiss = rowButton(page, shared.dismiss, 'report.doc');
    const keeps = rowButton(page, owner.row.discard, 'report.doc');
    await expect(dismiss.or(keeps)).toBeVisible();
    if (await keeps.isVisible()) await discard(page, 'report.doc');
    else await dismiss.click();
    await expect.poll(() => administrator.openUploads()).toEqual([]);
    expect(await administrator.keys(`files/${identityId}/`)).toEqual([]);
  });
}

test('a file that changes while it is read is stored as it is now, and never half and half', {
  tag: everyEngine,
}, async ({ page, cloud }) => {
  const { identityId } = await firstVisit(page);
  const path = await onDisk(randomFile('report.doc', fileSize));
  const creation = await hold(page, s3.createUpload);
  await add(page, path);
  await creation.arrived;
  const changed = randomFile('report.doc', fileSize);
  const file = await open(path, 'r+');
  await file.write(changed.buffer);
  await file.close();
  const later = new Date(Date.now() + 10_000);
  await utimes(path, later, later);
  creation.release();

  // Firefox reads on, and is found out.
  const again = rowButton(page, owner.row.chooseAgain, 'report.doc');
  const stored = state(row(page, 'report.doc'), owner.upload.stored);
  await expect(again.or(stored)).toBeVisible({ timeout: 60_000 });
  if (await again.isVisible()) await choose(page, () => again.click(), [path]);
  await expectStored(page, 'report.doc');
  expect(sha256(await readDownload(await download(page, 'report.doc')))).toBe(sha256(changed.buffer));
  expect(await administratorOf(cloud).openUploads()).toEqual([]);
  expect(await administratorOf(cloud).keys(`files/${identityId}/`)).toHaveLength(1);
});

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
    Reflect.deleteProperty(DataTransferItem.prototype, 'getAsFileSystemHandle');
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
  await dropOnto(page, folder);
  await expectStored(page, 'photos/one.txt');
  await expectStored(page, 'photos/summer/two.txt');
  const passedOver = page.getByRole('region', { name: owner.passedOver.label });
  await expect(passedOver.getByRole('alert')).toHaveText(owner.passedOver.title(1));
  await passedOver.getByText(owner.passedOver.which).click();
  await expect(passedOver.getByRole('listitem')).toHaveText('photos/gone.txt');
  await expectAccessible(page);
  await button(passedOver, shared.dismiss).click();
  await expect(passedOver).toBeHidden();
  await expect(list(page).getByRole('listitem')).toHaveCount(2);
});

/** What a name is; what it is saved as. */
const names: readonly (readonly [what: string, name: string, saved: string | RegExp])[] = [
  // Chromium adds the extension, having looked at the content.
  ['a way out of the folder', '../../etc/passwd', /^passwd(\.txt)?$/],
  ['text that turns around', 'invoice\u202Efdp.exe', 'invoicefdp.exe'],
  ['control characters', 'line\nbreak\u0007\u0000.txt', 'linebreak.txt'],
  ['300 bytes of emoji', `${'😀'.repeat(75)}.txt`, /^(😀){62}\.txt$/u],
  ['markup', '<img src=x onerror=alert(1)>.html', '_img src=x onerror=alert(1)_.html'],
  ['what Windows keeps for itself', 'CON.txt', '_CON.txt'],
  ['spaces at both ends', ' plan .pdf ', 'plan .pdf'],
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
      expectNamed(savedAs, saved);
      expect((await readDownload(delivered)).toString()).toBe(what);
    });
  }
  await expect(row(page, names[1]?.[1] ?? '')).toContainText('invoice‹U+202E›fdp.exe');

  const visitor = await newVisitor();
  for (const [what, name, saved] of names.slice(0, 2)) {
    await visitor.goto(await share(page, name));
    const leaf = name.slice(name.lastIndexOf('/') + 1);
    await expect(visitor.getByRole('heading', { name: visibleName(leaf), exact: true })).toBeVisible();
    const delivered = await downloadFrom(visitor, () => openAndSave(visitor).click());
    expectNamed(delivered.suggestedFilename(), saved);
    expect((await readDownload(delivered)).toString()).toBe(what);
    await visitor.goto('about:blank');
  }
});

function expectNamed(name: string, expected: string | RegExp): void {
  if (typeof expected === 'string') expect(name).toBe(expected);
  else expect(name).toMatch(expected);
}
