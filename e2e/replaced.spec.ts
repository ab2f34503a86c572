/** What a screen says of a file is true of the object that was looked at, and of no other that took its place. */
import { administratorOf } from './administrator.ts';
import { expect, test } from './fixtures.ts';
import {
  button,
  dialog,
  download,
  expectError,
  expectStored,
  firstVisit,
  owner,
  readDownload,
  row,
  rowButton,
  share,
  shared,
  textFile,
  upload,
} from './steps.ts';
import { storeFor } from './stored.ts';

const flyer = textFile('flyer.txt', 'for everybody');
// Of the same length.
const letter = textFile('letter.txt', 'for one alone');

for (const [action, word] of [
  ['downloaded', owner.row.download],
  ['shared', owner.row.share],
  ['looked at', shared.preview],
] as const) {
  test(`an object that took another's place is not ${action} under its name`, async ({ page, cloud }) => {
    const administrator = administratorOf(cloud);
    const { identityId } = await firstVisit(page);
    const prefix = `files/${identityId}/`;
    await upload(page, flyer);
    const [key = ''] = await administrator.keys(prefix);
    await upload(page, letter);
    const other = (await administrator.keys(prefix)).find((each) => each !== key) ?? '';
    await page.reload();
    for (const { name } of [flyer, letter]) await expectStored(page, name);
    await administrator.put({ ...(await administrator.get(other)), key });
    const before = await administrator.keys('shared/');
    const delivered: string[] = [];
    page.on('download', (each) => delivered.push(each.suggestedFilename()));

    await rowButton(page, word, flyer.name).click();
    if (action === 'downloaded') await expectError(row(page, flyer.name), 'object-changed');
    else {
      await expectError(dialog(page), 'object-changed');
      await button(dialog(page), shared.tryAgain).click();
      await expectError(dialog(page), 'object-changed');
      await page.keyboard.press('Escape');
    }
    await button(page, owner.list.refresh).click();
    await expect(row(page, letter.name)).toHaveCount(2);
    await expect(row(page, flyer.name)).toHaveCount(0);
    expect(delivered).toEqual([]);
    expect(await administrator.keys('shared/')).toEqual(before);
  });
}

test('a newer object of the same name is shared and saved once the list is refreshed', async ({
  page,
  cloud,
}) => {
  const administrator = administratorOf(cloud);
  const backup = await firstVisit(page);
  const { identityId } = backup;
  await upload(page, flyer);
  const [key = ''] = await administrator.keys(`files/${identityId}/`);
  await page.reload();
  await expectStored(page, flyer.name);
  // As another browser of the same person replaces it.
  const newer = await storeFor(cloud, backup, textFile(flyer.name, 'for everybody, corrected'), 's3ec');
  await administrator.put({ ...(await administrator.get(newer)), key });
  await administrator.remove(newer);

  await rowButton(page, owner.row.download, flyer.name).click();
  await expectError(row(page, flyer.name), 'object-changed');
  await button(page, owner.list.refresh).click();
  await expect(row(page, flyer.name)).toContainText('24 bytes');
  expect((await readDownload(await download(page, flyer.name))).toString()).toBe('for everybody, corrected');
  expect(await share(page, flyer.name)).toContain('#/open/');
});
