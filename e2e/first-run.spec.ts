import { everyEngine, expect, test } from './fixtures.ts';
import { answerSaveDialogs, savedFiles } from './save-dialog.ts';
import {
  add,
  button,
  download,
  expectError,
  expectFilesScreen,
  expectStored,
  firstVisit,
  firstVisitWithKms,
  makeKey,
  owner,
  randomFile,
  readBackup,
  readDownload,
  restore,
  row,
  textFile,
  upload,
} from './steps.ts';

test('a first visit asks who holds the key, and for nothing else', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: owner.welcome.question })).toBeVisible();
  await expect(page.getByRole('radio')).toHaveCount(3);
  await expect(page.getByRole('textbox')).toHaveCount(0);
  await expect(button(page, owner.drop.choose)).toHaveCount(0);
});

test('nothing can be stored before the backup of the key is saved', { tag: everyEngine }, async ({
  page,
}) => {
  await page.goto('/');
  await page.getByRole('radio', { name: owner.welcome.personal }).check();
  await button(page, owner.welcome.continue).click();
  await expect(page.getByRole('heading', { name: owner.backup.title })).toBeVisible();
  await expect(button(page, owner.backup.continue)).toBeDisabled();
  await expect(button(page, owner.drop.choose)).toHaveCount(0);

  // Walking away keeps nothing: the next visit is a first one again.
  await page.reload();
  const backup = await makeKey(page);
  await expect(page.getByText(backup.fingerprint)).toBeVisible();
  expect(backup.key).toHaveLength(32);

  // A browser's downloads tell no page whether they went well, so a person has to.
  await expect(button(page, owner.backup.continue)).toBeDisabled();
  const asked = page.getByRole('status').filter({ hasText: owner.backup.look });
  await asked.getByRole('checkbox', { name: owner.backup.confirm(backup.fileName) }).check();
  await button(page, owner.backup.continue).click();
  await expectFilesScreen(page);
});

test('a backup that the browser has surely written needs no further word', async ({ page }) => {
  await answerSaveDialogs(page, 'save');
  await page.goto('/');
  await button(page, owner.welcome.continue).click();
  await button(page, owner.backup.save).click();
  await expect(page.getByText(owner.backup.saved)).toBeVisible();
  const [[name = '', bytes = Buffer.of()] = []] = Object.entries(await savedFiles(page));
  const { fingerprint } = readBackup(bytes, name);
  await button(page, owner.backup.continue).click();
  await expectFilesScreen(page);
  await expect(page.getByRole('navigation').getByText(fingerprint)).toBeVisible();
});

test('a save dialog that is closed saves nothing', async ({ page }) => {
  await answerSaveDialogs(page, 'close');
  await page.goto('/');
  await button(page, owner.welcome.continue).click();
  await button(page, owner.backup.save).click();
  await expect(button(page, owner.backup.save)).toBeEnabled();
  await expect(button(page, owner.backup.continue)).toBeDisabled();
});

test('the backup opens the files in another browser', { tag: everyEngine }, async ({ page, newVisitor }) => {
  const backup = await firstVisit(page);
  const file = randomFile('contract.pdf', 20_000);
  await upload(page, file);

  const other = await newVisitor();
  await restore(other, textFile(backup.fileName, backup.text));
  await expectFilesScreen(other);
  await expectStored(other, file.name);
  await expect(row(other, file.name)).toContainText(owner.lock.personal);
  expect(await readDownload(await download(other, file.name))).toEqual(file.buffer);
});

test('a key file that was changed is refused', async ({ page }) => {
  const { text, fileName, key } = await firstVisit(page);
  const other = Buffer.from(key);
  other.writeUInt8(other.readUInt8(0) ^ 1, 0);
  const wrong = [
    '{"some":"thing"}',
    'no JSON',
    text.replace(key.toString('base64'), other.toString('base64')),
    text.replace('"version": 1', '"version": 2'),
  ];
  await page.evaluate(() => indexedDB.deleteDatabase('s3-envelope'));
  for (const content of wrong) {
    await restore(page, textFile(fileName, content));
    await expectError(page, 'key-file-invalid');
  }
  await restore(page, textFile(fileName, text));
  await expectFilesScreen(page);
});

for (const [holder, visit, lock] of [
  ['a personal key', firstVisit, owner.lock.personal],
  ['AWS KMS', firstVisitWithKms, owner.lock.kms],
] as const) {
  test(`${holder} is remembered, and opens what it locked`, async ({ page }) => {
    await visit(page);
    const file = randomFile('scan.tiff', 3000);
    await upload(page, file);
    await expect(row(page, file.name)).toContainText(lock);

    await page.reload();
    await expectStored(page, file.name);
    await expect(row(page, file.name)).toContainText(lock);
    expect(await readDownload(await download(page, file.name))).toEqual(file.buffer);
  });
}

test('a second browser on the same cloud sees none of the first one’s files', async ({
  page,
  newVisitor,
}) => {
  await firstVisit(page);
  await upload(page, randomFile('private.txt', 10));
  const other = await newVisitor();
  await firstVisit(other);
  await expect(other.getByRole('heading', { name: owner.list.emptyTitle })).toBeVisible();
  await add(other, randomFile('other.txt', 10));
  await expectStored(other, 'other.txt');
  await expect(row(other, 'private.txt')).toHaveCount(0);
});

test('a first visit in two tabs ends with one key, and the second one says so', async ({ page, context }) => {
  const second = await context.newPage();
  await second.goto('/');
  const unused = await makeKey(second);
  await firstVisit(page);
  await upload(page, randomFile('first.txt', 10));

  await second.getByRole('checkbox', { name: owner.backup.confirm(unused.fileName) }).check();
  await button(second, owner.backup.continue).click();
  await expect(second.getByText(owner.keyOfOtherTab)).toBeVisible();
  await expectStored(second, 'first.txt');
  const later = randomFile('second.txt', 10);
  await upload(second, later);

  await page.reload();
  await expectStored(page, 'second.txt');
  expect(await readDownload(await download(page, later.name))).toEqual(later.buffer);
});
