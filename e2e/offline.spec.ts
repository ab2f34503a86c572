import { expect, test } from './fixtures.ts';
import {
  add,
  button,
  deliverBy,
  download,
  expectError,
  expectStored,
  firstVisit,
  MiB,
  owner,
  randomFile,
  readDownload,
  row,
  rowButton,
  sha256,
  shared,
  staged,
  state,
  upload,
} from './steps.ts';
import { hold, intercept, s3 } from './traffic.ts';

const film = randomFile('film.mp4', 17 * MiB);

/** Whether CORS let the request through is asked by one that S3 refuses, as the browser's console tells. */
const whetherCors = /Failed to load resource.*403/;
const away = /ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_FAILED/;

test('an upload waits for the network and goes on by itself', async ({ page, context, complaints }) => {
  complaints.allow(away);
  complaints.allow(whetherCors);
  await firstVisit(page);
  const parts = await hold(page, s3.part, 2);
  await add(page, film);
  await parts.arrived;
  await context.setOffline(true);
  parts.release();
  await expect(state(row(page, film.name), owner.upload.offline)).toBeVisible();
  await expect(page.getByText(owner.offline)).toBeVisible();

  await context.setOffline(false);
  await expectStored(page, film.name);
  await expect(page.getByText(owner.offline)).toBeHidden();
  await page.unrouteAll();
  expect(sha256(await readDownload(await download(page, film.name)))).toBe(sha256(film.buffer));
});

test('a download waits for the network and goes on by itself', async ({ page, context, complaints }) => {
  complaints.allow(away);
  complaints.allow(whetherCors);
  await firstVisit(page);
  await upload(page, film);
  const ranges = await hold(page, s3.read, 2);
  const delivery = download(page, film.name);
  await ranges.arrived;
  await context.setOffline(true);
  ranges.release();
  await expect(state(row(page, film.name), shared.download.offline)).toBeVisible();

  await context.setOffline(false);
  expect(sha256(await readDownload(await delivery))).toBe(sha256(film.buffer));
});

test('an answer that is cut short is asked for again, not delivered', async ({ page, complaints }) => {
  complaints.allow(whetherCors);
  await firstVisit(page);
  await upload(page, film);
  await intercept(page, s3.read, async (route, call) => {
    if (call !== 2) return route.continue();
    const response = await route.fetch();
    const body = await response.body();
    const { 'content-length': _, ...headers } = response.headers();
    await route.fulfill({ response, headers, body: body.subarray(0, body.length >> 1) });
  });
  expect(sha256(await readDownload(await download(page, film.name)))).toBe(sha256(film.buffer));
});

test('a connection that stays cut delivers nothing, and keeps what came', async ({ page, complaints }) => {
  complaints.allow(/ERR_CONNECTION_RESET/);
  complaints.allow(whetherCors);
  await deliverBy(page, 'staging');
  await page.clock.install();
  await firstVisit(page);
  await upload(page, film);
  let delivered = 0;
  page.on('download', () => delivered++);
  await intercept(page, s3.read, (route, call) =>
    call === 1 ? route.continue() : route.abort('connectionreset'),
  );
  await rowButton(page, owner.row.download, film.name).click();
  await expect(state(row(page, film.name), shared.download.offline)).toBeVisible();
  // It is tried several times, over half a minute; that need not be waited for.
  await expect(async () => {
    await page.clock.fastForward(20_000);
    await expectError(row(page, film.name), 'network-failed', {}, 500);
  }).toPass({ timeout: 30_000 });
  expect(delivered).toBe(0);
  expect(await staged(page)).toHaveLength(1);

  // A second try brings the rest.
  await page.unrouteAll();
  const again = page.waitForEvent('download');
  await button(row(page, film.name), shared.tryAgain).click();
  expect(sha256(await readDownload(await again))).toBe(sha256(film.buffer));
});

test('a list that can not be had says so, and keeps what is known', async ({ page, complaints }) => {
  complaints.allow(/ERR_FAILED/);
  await firstVisit(page);
  await upload(page, randomFile('kept.txt', 5));
  await page.reload();
  await expectStored(page, 'kept.txt');
  let broken = true;
  await page.route(/^http:\/\/127/, (route) => (broken ? route.abort() : route.continue()));
  await button(page, owner.list.refresh).click();
  await expectError(page, 'network-failed');
  await expect(row(page, 'kept.txt')).toBeVisible();
  broken = false;
  await button(page, shared.tryAgain).click();
  await expect(page.getByRole('alert')).toHaveCount(0);
});
