/** Files above 64 GiB are messages of the Encryption SDK. So are small ones here, for which the page is told so. */
import { checkHeader, openMessage, openName } from '../docs/formats-reader.ts';
import { createRawAesKeyring, encrypt } from '../src/core/esdk/esdk.ts';
import { importWrappingKey } from '../src/core/keyrings/aes-keyring.ts';
import { nameKey } from '../src/vault/personal-key.ts';
import { administratorOf, withOneBitChanged } from './administrator.ts';
import { expect, test } from './fixtures.ts';
import {
  download,
  downloadFrom,
  expectError,
  expectStored,
  firstVisit,
  firstVisitWithKms,
  MiB,
  openAndSave,
  owner,
  randomFile,
  readDownload,
  row,
  rowButton,
  sha256,
  share,
  staged,
  storeAs,
  upload,
} from './steps.ts';

const file = randomFile('großer Film.mov', 9 * MiB + 3);

test('a message is stored in parts, listed by its name, and comes back', async ({ page, cloud }) => {
  await storeAs(page, 'esdk');
  const { key, fingerprint, identityId } = await firstVisit(page);
  await upload(page, file);
  await page.reload();
  await expectStored(page, file.name);
  await expect(row(page, file.name)).toContainText(owner.lock.personal);
  const delivered = await download(page, file.name);
  expect(sha256(await readDownload(delivered))).toBe(sha256(file.buffer));

  // Another program, which knows the format's description and nothing of ours.
  const administrator = administratorOf(cloud);
  const [stored = ''] = await administrator.keys(`files/${identityId}/`);
  const { body, metadata } = await administrator.get(stored);
  checkHeader(metadata, body);
  const opened = openMessage(body, { provider: 's3-envelope-key', name: fingerprint, aes: key });
  expect(opened.suite).toBe('0478');
  expect(sha256(opened.plaintext)).toBe(sha256(file.buffer));
  expect(openName(metadata, opened.scope)).toBe(file.name);
});

test('a message that KMS locked comes back', async ({ page }) => {
  await storeAs(page, 'esdk');
  await firstVisitWithKms(page);
  await upload(page, file);
  await page.reload();
  await expectStored(page, file.name);
  await expect(row(page, file.name)).toContainText(owner.lock.kms);
  expect(sha256(await readDownload(await download(page, file.name)))).toBe(sha256(file.buffer));
});

test('a message opens behind a link, for which its code is loaded then and not before', async ({
  page,
  newVisitor,
}) => {
  await storeAs(page, 'esdk');
  await firstVisit(page);
  await upload(page, file);
  const url = await share(page, file.name);

  const visitor = await newVisitor();
  const scripts: string[] = [];
  visitor.context().on('response', (response) => scripts.push(new URL(response.url()).pathname));
  const ofMessages = () => scripts.filter((script) => /esdk/.test(script));
  await visitor.goto(url);
  await expect(visitor.getByRole('listitem', { name: file.name })).toContainText('9.4 MB');
  expect(ofMessages()).toEqual([]);
  const delivered = await downloadFrom(visitor, () => openAndSave(visitor).click());
  expect(sha256(await readDownload(delivered))).toBe(sha256(file.buffer));
  expect(ofMessages()).not.toEqual([]);
});

test('a message in which a bit was changed is not delivered', async ({ page, cloud }) => {
  await storeAs(page, 'esdk');
  const { identityId } = await firstVisit(page);
  await upload(page, file);
  const administrator = administratorOf(cloud);
  const [stored = ''] = await administrator.keys(`files/${identityId}/`);
  await administrator.put(withOneBitChanged(await administrator.get(stored)));
  await page.reload();
  await expectStored(page, file.name);

  let delivered = 0;
  page.on('download', () => delivered++);
  await rowButton(page, owner.row.download, file.name).click();
  await expectError(row(page, file.name), 'tag-mismatch');
  expect(delivered).toBe(0);
  expect(await staged(page)).toEqual([]);
});

test('a message that another program stored is listed and opens, signed as those of AWS are', async ({
  page,
  cloud,
}) => {
  const { key, fingerprint, identityId } = await firstVisit(page);
  const wrappingKey = await importWrappingKey(new Uint8Array(key));
  const keyring = createRawAesKeyring({ wrappingKey, ...nameKey(fingerprint) });
  const { buffer } = randomFile('theirs', 200_000);
  const body = await encrypt(new Uint8Array(buffer), { keyring, suite: '0578', frameLength: 4096 });
  const stored = { key: `files/${identityId}/theirs.bin`, body: Buffer.from(body), metadata: {} };
  await administratorOf(cloud).put(stored);
  await page.reload();
  await expectStored(page, 'theirs.bin');
  expect(sha256(await readDownload(await download(page, 'theirs.bin')))).toBe(sha256(buffer));
});
