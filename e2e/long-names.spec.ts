/** Names, folders included, that fill what S3 keeps beside an object. */
import { administratorOf } from './administrator.ts';
import { expect, test } from './fixtures.ts';
import {
  add,
  download,
  enter,
  expectError,
  expectStored,
  readDownload,
  row,
  sha256,
  storeAs,
  textFile,
  upload,
} from './steps.ts';

for (const format of ['s3ec', 'esdk'] as const) {
  test(`the longest name is stored, and one byte more is refused (${format})`, async ({ page, newCloud }) => {
    const cloud = await newCloud();
    const administrator = administratorOf(cloud);
    await storeAs(page, format);
    await enter(page, cloud);
    const probe = textFile('probe.txt', 'probe');
    await upload(page, probe);
    const [first = ''] = await administrator.keys('files/');
    const { 's3-envelope-name': sealed = '', ...others } = (await administrator.get(first)).metadata;
    expect(sealed).not.toBe('');
    const used = Buffer.byteLength(Object.entries(others).flat().join('')) + 's3-envelope-name'.length;
    // Base64 of an IV of 12 bytes, the name, and a tag of 16.
    const most = Math.floor((2048 - used) / 4) * 3 - 28;

    const longest = textFile('grün '.padEnd(most - 1, 'long '), 'fits');
    expect(Buffer.byteLength(longest.name)).toBe(most);
    const longer = { ...longest, name: `${longest.name}x` };
    await add(page, longer);
    await expectError(row(page, longer.name), 'metadata-too-large');
    const count = (bytes: number) => bytes.toLocaleString('en-US');
    await expect(row(page, longer.name)).toContainText(`${count(most + 1)} bytes of at most ${count(most)}`);
    expect(await administrator.keys('files/')).toEqual([first]);

    await upload(page, longest);
    await page.reload();
    await expectStored(page, longest.name);
    const delivered = await download(page, longest.name);
    expect(sha256(await readDownload(delivered))).toBe(sha256(longest.buffer));
  });
}
