/** A clock that is an hour off, and a page that slept: things that are not the network's fault, and look like it. */
import type { Page } from '@playwright/test';
import { type FaultProxy, startFaultProxy } from './faults/proxy.ts';
import { expect, test } from './fixtures.ts';
import {
  add,
  download,
  expectStored,
  firstVisit,
  firstVisitWithKms,
  MiB,
  randomFile,
  readDownload,
  sha256,
  share,
  upload,
} from './steps.ts';

const film = randomFile('film.mp4', 17 * MiB);
const note = randomFile('note.txt', 1000);
const hour = 3_600_000;

for (const [way, shift] of [
  ['ahead', hour],
  ['behind', -hour],
] as const) {
  test(`a clock one hour ${way} is no obstacle`, async ({ page }) => {
    await shiftClock(page, shift);
    const refused: string[] = [];
    let renewals = 0;
    page.on('response', (response) => {
      if (response.status() >= 400) refused.push(`${response.status()} ${response.url()}`);
    });
    page.on('request', (request) => {
      if (request.headers()['x-amz-target']?.endsWith('.GetCredentialsForIdentity')) renewals++;
    });
    await firstVisit(page);
    await upload(page, film, note);
    await page.reload();
    await expectStored(page, film.name);
    expect(sha256(await readDownload(await download(page, film.name)))).toBe(sha256(film.buffer));
    await share(page, note.name);
    // Once for each load of the page: they live for an hour, whatever the clock says.
    expect(renewals).toBe(2);
    expect(refused).toEqual([]);
  });
}

test('a clock one hour ahead is no obstacle to KMS either', async ({ page }) => {
  await shiftClock(page, hour);
  await firstVisitWithKms(page);
  await upload(page, note);
  expect(sha256(await readDownload(await download(page, note.name)))).toBe(sha256(note.buffer));
});

test('an upload goes on after the page slept for five minutes, though its connections are dead', async ({
  page,
  newCloud,
  complaints,
}) => {
  complaints.allow(/Failed to load resource/);
  let proxy: FaultProxy | undefined;
  const cloud = await newCloud({
    standBefore: async (endpoint) => {
      proxy = await startFaultProxy(endpoint);
      return proxy.endpoint;
    },
  });
  await shiftClock(page, 0);
  await firstVisit(page, cloud.info.appUrl);
  proxy?.follow(({ operation }) => (operation === 'UploadPart' ? { kind: 'hang' } : undefined));
  await add(page, film);
  await expect.poll(() => proxy?.log.length).toBe(3);

  await sleepFiveMinutes(page);
  proxy?.follow(undefined);
  await expectStored(page, film.name, 60_000);
  expect(sha256(await readDownload(await download(page, film.name)))).toBe(sha256(film.buffer));
});

/** From the next load of the page on; `clockShift` moves it on. */
async function shiftClock(page: Page, shift: number): Promise<void> {
  await page.addInitScript((shift) => {
    const Real = Date;
    const clock = { shift };
    const now = () => Real.now() + clock.shift;
    class Shifted extends Real {
      constructor(...parts: readonly [] | readonly [number]) {
        super(parts[0] ?? now());
      }
      static override now = now;
    }
    Object.assign(globalThis, { Date: Shifted, clockForTests: clock });
  }, shift);
}

/** Nothing in the page runs, as in a debugger; and when it does again, five minutes have passed. */
async function sleepFiveMinutes(page: Page): Promise<void> {
  await page.evaluate(() => {
    const counter = { ticks: 0 };
    Object.assign(globalThis, { ticksForTests: counter });
    setInterval(() => counter.ticks++, 20);
  });
  const session = await page.context().newCDPSession(page);
  await session.send('Debugger.enable');
  const [{ callFrames }] = await Promise.all([
    new Promise<{ callFrames: readonly { callFrameId: string }[] }>((resolve) =>
      session.once('Debugger.paused', resolve),
    ),
    session.send('Debugger.pause'),
  ]);
  const { callFrameId = '' } = callFrames[0] ?? {};
  const evaluate = async (expression: string): Promise<unknown> =>
    (await session.send('Debugger.evaluateOnCallFrame', { callFrameId, expression })).result.value;
  const before = await evaluate('ticksForTests.ticks');
  await page.waitForTimeout(1000);
  expect(await evaluate('ticksForTests.ticks'), 'the page was to sleep').toBe(before);
  await evaluate('clockForTests.shift += 300_000');
  await session.send('Debugger.resume');
  await session.detach();
}
