import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { administratorOf } from './administrator.ts';
import { behindFaults } from './faults/before.ts';
import type { Arrived } from './faults/proxy.ts';
import { expect, test } from './fixtures.ts';
import { appearances } from './secrets.ts';
import {
  download,
  downloadFrom,
  firstVisit,
  firstVisitWithKms,
  openAndSave,
  owner,
  readDownload,
  rowButton,
  sha256,
  share,
  textFile,
  upload,
} from './steps.ts';
import { record } from './traffic.ts';

const marker = 'plaintext-marker-7d1f0c';
const names = ['severance-agreement-Meyer.txt', 'severance-annex-Meyer.txt'] as const;
/** One that goes out at once, one that goes out in parts. */
const files = [
  textFile(names[0], `${marker}\n`.repeat(100)),
  textFile(names[1], `${marker}\n`.repeat(370_000)),
];

test('neither content nor name nor key leaves the browser', async ({ page, newVisitor, newCloud }) => {
  const arrived: Arrived[] = [];
  const { cloud } = await behindFaults(newCloud, {}, (what) => arrived.push(what));
  const administrator = administratorOf(cloud);
  const visitor = await newVisitor();
  const sent = [record(page.context()), record(visitor.context())];

  const { key } = await firstVisit(page, cloud.info.appUrl);
  await upload(page, ...files);
  await page.reload();
  const links: string[] = [];
  for (const { name, buffer } of files) {
    expect(sha256(await readDownload(await download(page, name)))).toBe(sha256(buffer));
    const url = await share(page, name);
    links.push(url);
    await visitor.goto(url);
    const delivered = await downloadFrom(visitor, () => openAndSave(visitor).click());
    expect(sha256(await readDownload(delivered))).toBe(sha256(buffer));
  }

  const secrets: Record<string, Buffer> = {
    content: Buffer.from(marker),
    name: Buffer.from('severance'),
    key,
    ...Object.fromEntries(
      links.map((url, index) => [
        `secret of link ${index}`,
        Buffer.from(url.slice(-48), 'base64url').subarray(0, 32),
      ]),
    ),
  };
  const keys = await administrator.keys();
  // Two files, and for each link a copy and a manifest.
  expect(keys).toHaveLength(6);
  const stored = await Promise.all(
    keys.map(async (name) => {
      const { body, metadata } = await administrator.get(name);
      return Buffer.concat([Buffer.from(name + JSON.stringify(metadata)), body]);
    }),
  );
  // Bodies that a worker sends are seen on the line alone. All of them are: for each file, as many bytes as it has.
  const putTo = (key: string) =>
    arrived.filter(({ method, path }) => method === 'PUT' && decodeURIComponent(path).includes(key));
  const ownKeys = keys.filter((key) => key.startsWith('files/'));
  const bytesSent = ownKeys.map((key) => putTo(key).reduce((sum, { body }) => sum + body.length, 0));
  const sizes = await Promise.all(ownKeys.map(async (key) => (await administrator.get(key)).body.length));
  expect(bytesSent).toEqual(sizes);
  expect(Math.max(...ownKeys.map((key) => putTo(key).length))).toBe(2);

  const requests = (await Promise.all(sent.map((each) => each.sent()))).flat();
  const places = {
    'the objects in the bucket': stored,
    'what the browsers say they sent': requests.map((text) => Buffer.from(text, 'latin1')),
    'what came from them': arrived.map(wholeOf),
    'the disk of the cloud': await filesBelow(cloud.dataDir),
  };
  for (const [place, pieces] of Object.entries(places)) {
    expect(pieces.length, place).toBeGreaterThan(5);
    for (const [what, secret] of Object.entries(secrets)) {
      for (const piece of pieces) expect(appearances(secret, piece), `${what} in ${place}`).toEqual([]);
    }
  }
});

function wholeOf({ method, path, headers, body }: Arrived): Buffer {
  return Buffer.concat([Buffer.from(`${method} ${path}\n${JSON.stringify(headers)}\n`), body]);
}

test('the search finds what is not hidden', async ({ cloud }) => {
  const administrator = administratorOf(cloud);
  const key = 'control/object';
  await administrator.put({ key, body: files[0]?.buffer ?? Buffer.of(), metadata: {} });
  expect(appearances(Buffer.from(marker), (await administrator.get(key)).body)).toEqual(['raw', 'percent']);
  await administrator.remove(key);

  const secret = Buffer.from('000102030405060708090a0b0c0d0e0ffffefdfcfbfaf9f8', 'hex');
  for (const before of ['', 'x', 'xy', 'xyz']) {
    const larger = Buffer.concat([Buffer.from(before), secret, Buffer.from('!')]);
    expect(appearances(secret, larger), 'raw').toContain('raw');
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      expect(appearances(secret, Buffer.from(larger.toString(encoding))), encoding).not.toEqual([]);
    }
  }
});

test('with KMS, no data key leaves the browser unwrapped', async ({ page, newCloud }) => {
  const arrived: Arrived[] = [];
  const { cloud } = await behindFaults(newCloud, {}, (what) => arrived.push(what));
  // KMS answers with the bare data key; nothing that is sent may hold it.
  const dataKeys: Buffer[] = [];
  page.on('response', async (response) => {
    if (!/GenerateDataKey|Decrypt/.test(response.request().headers()['x-amz-target'] ?? '')) return;
    const { Plaintext } = (await response.json()) as { Plaintext: string };
    dataKeys.push(Buffer.from(Plaintext, 'base64'));
  });
  await firstVisitWithKms(page, cloud.info.appUrl);
  await upload(page, textFile('small.txt', marker));
  await share(page, 'small.txt');
  expect(dataKeys.length).toBeGreaterThan(0);
  expect(arrived.some(({ method, body }) => method === 'PUT' && body.length > 0)).toBe(true);
  for (const dataKey of dataKeys) {
    for (const request of arrived) expect(appearances(dataKey, wholeOf(request))).toEqual([]);
  }
  await expect(rowButton(page, owner.row.download, 'small.txt')).toBeVisible();
});

async function filesBelow(folder: string): Promise<readonly Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.map(async (path) => Buffer.concat([Buffer.from(path), await readFile(path)])));
}
