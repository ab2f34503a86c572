/** Downloads through the service worker. `src/sw` has the tests of what it answers and how it reads. */
import { appendFile, cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { administratorOf, withOneBitChanged } from './administrator.ts';
import { everyEngine, expect, type TestCloud, test } from './fixtures.ts';
import {
  add,
  button,
  deliverBy,
  download,
  downloadFrom,
  expectError,
  expectStored,
  firstVisit,
  link,
  MiB,
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
} from './steps.ts';
import { storeFor } from './stored.ts';
import { hold, intercept, s3, spy } from './traffic.ts';

/** Frames of 1 MiB, fetched in ranges of 8. */
const film = randomFile('Ein Film “neu” 100%.bin', 17 * MiB + 5);

/** A page that streams, with a stored file in its list; the file's key. */
async function storeInFrames(page: Page, cloud: TestCloud, file = film): Promise<string> {
  await deliverBy(page, 'stream');
  const key = await storeFor(cloud, await firstVisit(page), file, 'esdk');
  await page.reload();
  await expectStored(page, file.name);
  return key;
}

test('a file goes through the service worker, bit by bit, for its owner and for a link', {
  tag: everyEngine,
}, async ({ page, newVisitor, cloud, browserName }) => {
  await storeInFrames(page, cloud);
  const address = page.url();
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    void dialog.accept();
  });
  const delivered = await download(page, film.name);
  // Firefox saves no file with a % in its name.
  expect(delivered.suggestedFilename()).toBe(
    browserName === 'firefox' ? film.name.replace('%', '_') : film.name,
  );
  expect(new URL(delivered.url()).pathname).toMatch(/^\/dl\/[\w-]{36}$/);
  expect(sha256(await readDownload(delivered))).toBe(sha256(film.buffer));
  await expect(state(row(page, film.name), shared.download.done)).toBeVisible();
  // The tab has not moved, and nobody was asked whether to leave it.
  expect([page.url(), asked]).toEqual([address, []]);

  const url = await share(page, film.name);
  const visitor = await newVisitor();
  await deliverBy(visitor, 'stream');
  await visitor.goto(url);
  const theirs = await downloadFrom(visitor, () => openAndSave(visitor).click());
  expect(sha256(await readDownload(theirs))).toBe(sha256(film.buffer));
  await expect(visitor.getByText(link.saved)).toBeVisible();
});

test('a cut connection goes on from the next frame, and a pause waits, in the same response', async ({
  page,
  complaints,
  cloud,
}) => {
  complaints.allow(/ERR_FAILED|ERR_CONNECTION/);
  await storeInFrames(page, cloud);
  let downloads = 0;
  page.on('download', () => downloads++);
  await intercept(page, s3.read, (route, call) => (call === 2 ? route.abort() : route.fallback()));
  const reads = await hold(page, s3.read, 3);
  const asked = await spy(page, s3.read);
  const delivered = await downloadFrom(page, () => rowButton(page, owner.row.download, film.name).click());
  await reads.arrived;
  await rowButton(page, owner.row.pauseDownload, film.name).click();
  await expect(state(row(page, film.name), shared.download.paused)).toBeVisible();
  reads.release();
  await rowButton(page, owner.row.resumeDownload, film.name).click();
  expect(sha256(await readDownload(delivered))).toBe(sha256(film.buffer));
  await expect(state(row(page, film.name), shared.download.done)).toBeVisible();
  expect(downloads).toBe(1);
  // Three ranges; one was cut, and the pause broke off what was under way.
  expect(asked.length).toBeLessThanOrEqual(7);
});

test('a changed frame breaks the download off', { tag: everyEngine }, async ({ page, cloud, complaints }) => {
  // Firefox.
  complaints.allow(/A ServiceWorker intercepted the request/);
  const key = await storeInFrames(page, cloud);
  const administrator = administratorOf(cloud);
  await administrator.put(withOneBitChanged(await administrator.get(key), 14 * MiB));
  await page.reload();
  const delivered = await download(page, film.name);
  await expectError(row(page, film.name), 'tag-mismatch');
  expect(await delivered.failure()).not.toBeNull();
});

test('a service worker that was ended is told of, and leaves nothing that looks complete', async ({
  page,
  cloud,
}) => {
  await storeInFrames(page, cloud);
  const reads = await hold(page, s3.read, 3);
  const delivered = await download(page, film.name);
  await reads.arrived;
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('ServiceWorker.enable');
  await devtools.send('ServiceWorker.stopAllWorkers');
  await expectError(row(page, film.name), 'delivery-broken');
  expect(await delivered.failure()).not.toBeNull();
  reads.release();

  const again = await downloadFrom(page, () => button(row(page, film.name), shared.tryAgain).click());
  expect(sha256(await readDownload(again))).toBe(sha256(film.buffer));
});

test('a page that goes away breaks its download off', async ({ page, cloud }) => {
  await storeInFrames(page, cloud);
  page.on('dialog', (question) => question.accept()); // "Leave site?"
  const reads = await hold(page, s3.read, 3);
  const delivered = await download(page, film.name);
  await reads.arrived;
  await page.reload();
  expect(await delivered.failure()).not.toBeNull();
  reads.release();
});

test('an address that nobody offers is an error, and no page of the site', async ({
  page,
  complaints,
  cloud,
}) => {
  complaints.allow(/404/);
  const small = randomFile('small.bin', 10);
  await storeInFrames(page, cloud, small);
  const delivered = await download(page, small.name);
  expect(await readDownload(delivered)).toEqual(small.buffer);
  // The address was good once.
  for (const address of [delivered.url(), new URL('/dl/nothing', page.url()).href]) {
    const visit = await page.context().newPage();
    const saved: string[] = [];
    visit.on('download', (download) => saved.push(download.url()));
    await visit.goto(address).catch(() => {});
    expect(await visit.title()).not.toBe(shared.product);
    expect(saved).toEqual([]);
    await visit.close();
  }
});

test('a new release of the worker waits for what the old one has under way', async ({
  page,
  context,
  newCloud,
}) => {
  const appDirectory = test.info().outputPath('app');
  await cp('dist', appDirectory, { recursive: true });
  const cloud = await newCloud({ appDirectory });
  await deliverBy(page, 'stream');
  await storeFor(cloud, await firstVisit(page, cloud.info.appUrl), film, 'esdk');
  await page.reload();
  await expectStored(page, film.name);
  const reads = await hold(page, s3.read, 3);
  const first = await download(page, film.name);
  await reads.arrived;

  await appendFile(join(appDirectory, 'sw.js'), '\n// new');
  const other = await context.newPage();
  await deliverBy(other, 'stream');
  await other.goto(cloud.info.appUrl);
  await expectStored(other, film.name);
  const workers = () =>
    other.evaluate(async () => {
      const { active, waiting } = (await navigator.serviceWorker.getRegistration('/dl/')) ?? {};
      return [active, waiting].map((worker) => worker?.state);
    });
  await other.evaluate(async () => {
    await (await navigator.serviceWorker.getRegistration('/dl/'))?.update();
  });
  await expect.poll(workers).toEqual(['activated', 'installed']);
  const second = await download(other, film.name);
  expect(sha256(await readDownload(second))).toBe(sha256(film.buffer));
  expect(await workers()).toEqual(['activated', 'installed']);

  reads.release();
  expect(sha256(await readDownload(first))).toBe(sha256(film.buffer));
  // As browsers do after half a minute.
  const devtools = await context.newCDPSession(other);
  await devtools.send('ServiceWorker.enable');
  await devtools.send('ServiceWorker.stopAllWorkers');
  await expect.poll(workers).toEqual(['activated', undefined]);
  const third = await download(other, film.name);
  expect(sha256(await readDownload(third))).toBe(sha256(film.buffer));
});

for (const { why, provoke } of [
  {
    why: 'the worker does not know the address',
    provoke: (page: Page) =>
      page.addInitScript(() => {
        const { set } = Object.getOwnPropertyDescriptor(HTMLIFrameElement.prototype, 'src') ?? {};
        Object.defineProperty(HTMLIFrameElement.prototype, 'src', {
          set(this: HTMLIFrameElement) {
            set?.call(this, '/dl/nothing');
          },
        });
      }),
  },
  {
    why: 'the worker is not asked',
    provoke: async (page: Page) => {
      const devtools = await page.context().newCDPSession(page);
      await devtools.send('Network.enable');
      await devtools.send('Network.setBypassServiceWorker', { bypass: true });
    },
  },
]) {
  test(`where ${why}, the page stays, goes on, and says so`, async ({ page, cloud, complaints }) => {
    complaints.allow(/404|frame-ancestors/);
    await provoke(page);
    await storeInFrames(page, cloud);
    const address = page.url();
    const visited: string[] = [];
    page.on('framenavigated', (frame) => frame === page.mainFrame() && visited.push(frame.url()));
    const sending = await hold(page, s3.put);
    await add(page, randomFile('other.bin', 6 * MiB));
    await sending.arrived;
    let downloads = 0;
    page.on('download', () => downloads++);

    await rowButton(page, owner.row.download, film.name).click();
    // Nothing else is allowed here.
    await expectError(row(page, film.name), 'device-storage-refused');
    expect(downloads).toBe(0);
    sending.release();
    await expectStored(page, 'other.bin');
    expect([page.url(), visited]).toEqual([address, []]);
    await expect(page.locator('iframe')).toHaveCount(0);
  });
}

test('a file that is verified at its end never goes this way', async ({ page, cloud }) => {
  await deliverBy(page, 'stream');
  await storeFor(cloud, await firstVisit(page), film, 's3ec');
  await page.reload();
  let downloads = 0;
  page.on('download', () => downloads++);
  await rowButton(page, owner.row.download, film.name).click();
  await expectError(row(page, film.name), 'device-storage-refused');
  expect(downloads).toBe(0);
});
