import { writeFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { errorText } from '../src/app/text/errors.ts';
import { administratorOf } from './administrator.ts';
import { everyEngine, expect, test } from './fixtures.ts';
import { seed, seededNumbers } from './seeded.ts';
import {
  add,
  choose,
  discard,
  download,
  enter,
  expectStored,
  firstVisit,
  kill,
  type MadeFile,
  MiB,
  onDisk,
  owner,
  randomFile,
  readDownload,
  reload,
  row,
  rowButton,
  sha256,
  share,
  shared,
  state,
} from './steps.ts';
import { forScripts, hold, intercept, s3, spy } from './traffic.ts';

/** Five parts. */
const film = randomFile('film.mp4', 37 * MiB);

const denied =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>no</Message></Error>';

test.beforeEach(({ page }) => {
  page.on('dialog', (question) => question.accept()); // "Leave site?"
});

/** Adds the film, lets two parts through, and waits until S3 has answered for them and the others wait. */
async function sendTwoParts(page: Page, file: MadeFile = film) {
  const parts = await hold(page, s3.part, 3);
  const answered = new Promise<void>((resolve) => {
    let count = 0;
    page.on('requestfinished', (request) => {
      if (s3.part(request) && ++count === 2) resolve();
    });
  });
  await add(page, file);
  await Promise.all([parts.arrived, answered]);
  await expect.poll(() => progressOf(page, file.name)).toBeGreaterThanOrEqual(40);
  return parts;
}

/** The same, and reloads the page: the others are held back for as long as it is there. */
async function leaveAfterTwoParts(page: Page): Promise<void> {
  const parts = await sendTwoParts(page);
  await page.reload();
  parts.release();
}

async function progressOf(page: Page, name: string): Promise<number> {
  return row(page, name)
    .getByRole('progressbar')
    .evaluate((bar: HTMLProgressElement) => bar.value);
}

async function chooseAgain(page: Page, file: MadeFile): Promise<void> {
  await choose(page, () => rowButton(page, owner.row.chooseAgain, file.name).click(), [await onDisk(file)]);
}

for (const signIn of ['guest', 'token'] as const) {
  test(`an upload is paused, goes on, and sends nothing twice (${signIn})`, { tag: everyEngine }, async ({
    page,
    newCloud,
  }) => {
    const cloud = await newCloud({ signIn });
    const administrator = administratorOf(cloud);
    await enter(page, cloud);
    const sent = await spy(page, s3.part);
    const parts = await sendTwoParts(page);
    await rowButton(page, owner.row.pause, film.name).click();
    await expect(state(row(page, film.name), owner.upload.paused)).toBeVisible();
    parts.release();
    expect(await administrator.openUploads()).toHaveLength(1);

    sent.length = 0;
    await rowButton(page, owner.row.resume, film.name).click();
    await expectStored(page, film.name);
    // Of the four on their way when it was paused, the two that had not arrived; and the fifth.
    expect(sent.length).toBeLessThanOrEqual(3);
    expect(await administrator.openUploads()).toEqual([]);
    expect(sha256(await readDownload(await download(page, film.name)))).toBe(sha256(film.buffer));
  });

  test(`an upload goes on after a reload, with the file picked again (${signIn})`, {
    tag: everyEngine,
  }, async ({ page, newCloud }) => {
    const cloud = await newCloud({ signIn });
    const administrator = administratorOf(cloud);
    await enter(page, cloud);
    const parts = await sendTwoParts(page);
    await reload(page, cloud);
    parts.release();
    const sent = await spy(page, s3.part);
    await expect(state(row(page, film.name), owner.upload['needs-you'])).toBeVisible();
    await expect.poll(() => progressOf(page, film.name)).toBeGreaterThanOrEqual(40);

    await chooseAgain(page, film);
    await expectStored(page, film.name);
    expect(sent).toHaveLength(3);
    expect(await administrator.openUploads()).toEqual([]);
    expect(await administrator.keys('files/')).toHaveLength(1);
    expect(sha256(await readDownload(await download(page, film.name)))).toBe(sha256(film.buffer));
    await reload(page, cloud);
    await expectStored(page, film.name);
  });
}

for (const signIn of ['guest', 'token'] as const) {
  test(`an upload goes on after a reload where the store lists no checksums (${signIn})`, async ({
    page,
    newCloud,
  }) => {
    const cloud = await newCloud({ signIn, isLookAlike: true });
    await enter(page, cloud);
    const parts = await sendTwoParts(page);
    await reload(page, cloud);
    parts.release();
    const sent = await spy(page, s3.part);
    await expect.poll(() => progressOf(page, film.name)).toBeGreaterThanOrEqual(40);
    await chooseAgain(page, film);
    await expectStored(page, film.name);
    expect(sent).toHaveLength(3);
    expect(sha256(await readDownload(await download(page, film.name)))).toBe(sha256(film.buffer));
    expect(await share(page, film.name)).toContain('#');
  });
}

test('what S3 holds of an upload is not told before S3 has said it', async ({ page, complaints }) => {
  // Of what the page that is left had asked.
  complaints.allow(/ERR_FAILED|403/);
  await firstVisit(page);
  const parts = await sendTwoParts(page);
  const asked = await hold(page, s3.parts);
  await page.reload();
  parts.release();
  await asked.arrived;
  const detail = row(page, film.name).locator('.row__status');
  await expect(detail).toHaveText(owner.upload['needs-you']);
  asked.release();
  await expect(detail).toContainText('are stored already');

  await intercept(page, s3.parts, (route) => route.abort());
  const tried = page.waitForEvent('requestfailed', s3.parts);
  await page.reload();
  await tried;
  await expect(detail).toHaveText(owner.upload['needs-you']);
});

test('a file that is dropped again goes on where it was', async ({ page, cloud }) => {
  const { identityId } = await firstVisit(page);
  await leaveAfterTwoParts(page);
  await expect(state(row(page, film.name), owner.upload['needs-you'])).toBeVisible();
  const sent = await spy(page, s3.part);
  await add(page, film);
  await expectStored(page, film.name);
  expect(sent).toHaveLength(3);
  expect(await administratorOf(cloud).keys(`files/${identityId}/`)).toHaveLength(1);
});

test('a file that changed in between is sent anew, under another key', async ({ page, cloud }) => {
  const administrator = administratorOf(cloud);
  const { identityId } = await firstVisit(page);
  await leaveAfterTwoParts(page);
  const [before] = await administrator.openUploads();
  await expect(state(row(page, film.name), owner.upload['needs-you'])).toBeVisible();

  const wrong = randomFile('another.bin', 5);
  await choose(page, () => rowButton(page, owner.row.chooseAgain, film.name).click(), [wrong]);
  await expect(page.getByText(owner.drop.anotherFile(wrong.name, film.name))).toBeVisible();

  // One bit of a part that S3 holds; name and length are as they were.
  const other = { ...film, buffer: Buffer.from(film.buffer) };
  other.buffer[9 * MiB] = (other.buffer[9 * MiB] ?? 0) ^ 1;
  const sent = await spy(page, s3.part);
  await chooseAgain(page, other);
  await expectStored(page, film.name);
  expect(sent.length).toBe(5);
  expect(await administrator.openUploads()).toEqual([]);
  const keys = await administrator.keys(`files/${identityId}/`);
  expect(keys).toHaveLength(1);
  expect(keys[0]).not.toBe(before);
  expect(sha256(await readDownload(await download(page, film.name)))).toBe(sha256(other.buffer));
});

for (const changes of [true, false]) {
  test(`a file of one part that ${changes ? 'changed' : 'stayed as it was'} after it had left without an answer`, async ({
    page,
    cloud,
    complaints,
  }) => {
    // Whether it is there: who may not list is told no more.
    complaints.allow(/Failed to load resource.*403.*\/files\//);
    const { identityId } = await firstVisit(page);
    const note = randomFile('note.txt', 5000);
    const sent = await hold(page, s3.put);
    const keys = await spy(page, s3.put);
    await add(page, note);
    await sent.arrived;
    await page.reload();
    sent.release();
    await expect(state(row(page, note.name), owner.upload['needs-you'])).toBeVisible();

    const other = { ...note, buffer: Buffer.from(note.buffer) };
    if (changes) other.buffer[4000] = (other.buffer[4000] ?? 0) ^ 1;
    await chooseAgain(page, other);
    await expectStored(page, note.name);
    expect(sha256(await readDownload(await download(page, note.name)))).toBe(sha256(other.buffer));
    // Never another plaintext under the key of the first: what has left twice, has left the same way.
    const paths = new Set(keys.map((request) => new URL(request.url()).pathname));
    expect(paths.size).toBe(changes ? 2 : 1);
    expect(await administratorOf(cloud).keys(`files/${identityId}/`)).toHaveLength(1);
  });
}

test('a file that is picked again and cannot be read is told of', async ({ page }) => {
  await page.addInitScript(() => {
    const picker = async () => {
      const root = await navigator.storage.getDirectory();
      const handle = await root.getFileHandle('gone', { create: true });
      await root.removeEntry('gone');
      return [handle];
    };
    // From the second page on.
    if (
      performance.getEntriesByType('navigation').some((entry) => 'type' in entry && entry.type === 'reload')
    )
      Object.defineProperty(window, 'showOpenFilePicker', { value: picker, configurable: true });
  });
  await firstVisit(page);
  await sendTwoParts(page);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.reload();
  await rowButton(page, owner.row.chooseAgain, film.name).click();
  await expect(page.getByText(errorText('file-unreadable', {}, 'upload').title)).toBeVisible();
  await expect(state(row(page, film.name), owner.upload['needs-you'])).toBeVisible();
});

test('an unfinished upload is discarded with all its parts', async ({ page, cloud }) => {
  const administrator = administratorOf(cloud);
  await firstVisit(page);
  await leaveAfterTwoParts(page);
  await expect(state(row(page, film.name), owner.upload['needs-you'])).toBeVisible();
  expect(await administrator.openUploads()).toHaveLength(1);
  await discard(page, film.name);
  await expect(row(page, film.name)).toBeHidden();
  expect(await administrator.openUploads()).toEqual([]);
  await page.reload();
  await expect(page.getByRole('region', { name: owner.drop.label })).toBeVisible();
  await expect(row(page, film.name)).toBeHidden();
});

test('two tabs never send the same upload', async ({ page, context, cloud }) => {
  const administrator = administratorOf(cloud);
  const { identityId } = await firstVisit(page);
  await sendTwoParts(page);
  const second = await context.newPage();
  second.on('dialog', (question) => question.accept());
  await second.goto(cloud.info.appUrl);
  await expect(state(row(second, film.name), owner.upload.elsewhere)).toBeVisible();
  await expect(row(second, film.name).getByRole('button')).toHaveCount(0);

  // The first one goes: what it left behind is the second one's.
  await page.close();
  await expect(state(row(second, film.name), owner.upload['needs-you'])).toBeVisible();
  await chooseAgain(second, film);
  await expectStored(second, film.name);
  expect(await administrator.openUploads()).toEqual([]);
  expect(await administrator.keys(`files/${identityId}/`)).toHaveLength(1);
});

test('an upload whose last answer was lost with its page is done', async ({ page, cloud, complaints }) => {
  complaints.allow(/Failed to load resource.*404.*x-id=ListParts/);
  const { identityId } = await firstVisit(page);
  // S3 does the work, and nobody hears of it.
  const confirmation = await hold(page, s3.head);
  await add(page, film);
  await confirmation.arrived;
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.reload();
  await expectStored(page, film.name);
  await expect(rowButton(page, owner.row.discard, film.name)).toBeHidden();
  expect(await administratorOf(cloud).keys(`files/${identityId}/`)).toHaveLength(1);
});

test('a failed upload goes on with what S3 holds', async ({ page, cloud, complaints }) => {
  const administrator = administratorOf(cloud);
  complaints.allow(/Failed to load resource.*403.*x-id=UploadPart/);
  await firstVisit(page);
  const sent = await spy(page, s3.part);
  let refuse = true;
  await intercept(
    page,
    (request) => s3.part(request) && request.url().includes('partNumber=3'),
    async (route) => {
      if (!refuse) return route.continue();
      await expect.poll(async () => (await administrator.partSizes()).size).toBeGreaterThan(0);
      await route.fulfill({ status: 403, headers: forScripts, body: denied });
    },
  );
  await add(page, film);
  await expect(state(row(page, film.name), owner.upload.failed)).toBeVisible();
  refuse = false;
  sent.length = 0;
  await rowButton(page, shared.tryAgain, film.name).click();
  await expectStored(page, film.name);
  expect(sent.length).toBeLessThan(5);
  expect(sha256(await readDownload(await download(page, film.name)))).toBe(sha256(film.buffer));
});

test.describe('with a profile on disk', () => {
  test.use({ persistentProfile: true });

  test(`an upload survives ten deaths of its tab (seed ${seed})`, async ({
    page,
    context,
    newCloud,
    complaints,
  }) => {
    complaints.allow(/^crashed/);
    // A page may die before it knew what S3 calls its upload: the next one asks whether it is an object already.
    complaints.allow(/Failed to load resource.*403.*\/files\//);
    test.setTimeout(240_000);
    // Slow enough not to be through before the tenth.
    const cloud = await newCloud({ bytesPerSecond: 40 * MiB });
    const administrator = administratorOf(cloud);
    const { identityId } = await firstVisit(page, cloud.info.appUrl);
    const large = randomFile('large.bin', 300 * MiB);
    const path = test.info().outputPath('large.bin');
    await writeFile(path, large.buffer);
    let current = page;
    let sent = await spy(current, s3.part);
    let inAll = 0;
    const draw = seededNumbers('deaths of an upload');
    await choose(
      current,
      () => current.getByRole('button', { name: owner.drop.choose, exact: true }).click(),
      [path],
    );
    for (let death = 1; death <= 10; death++) {
      await current.waitForTimeout(100 + draw(400));
      inAll += sent.length;
      await kill(current);
      current = await context.newPage();
      sent = await spy(current, s3.part);
      await current.goto(cloud.info.appUrl);
      await expect(state(row(current, 'large.bin'), owner.upload['needs-you'])).toBeVisible();
      await choose(current, () => rowButton(current, owner.row.chooseAgain, 'large.bin').click(), [path]);
    }
    await expectStored(current, 'large.bin', 120_000);
    inAll += sent.length;
    // Four lanes: of each death at most four parts come again.
    expect(inAll).toBeLessThanOrEqual(38 + 10 * 4);
    expect(await administrator.uploadsWithParts()).toEqual([]);
    expect(await administrator.keys(`files/${identityId}/`)).toHaveLength(1);
    const saved = await download(current, 'large.bin', 60_000);
    expect(sha256(await readDownload(saved))).toBe(sha256(large.buffer));
  });
});

test('an upload goes on where a later version has taken the record, and is asked about before it is lost', async ({
  page,
}) => {
  await firstVisit(page);
  const parts = await sendTwoParts(page);
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('s3-envelope-uploads', 1000);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          opening.result.close();
          resolve();
        };
      }),
  );
  await rowButton(page, owner.row.pause, film.name).click();
  await expect(state(row(page, film.name), owner.upload.paused)).toBeVisible();
  page.removeAllListeners('dialog');
  const asked = page.waitForEvent('dialog');
  await page.close({ runBeforeUnload: true });
  const question = await asked;
  expect(question.type()).toBe('beforeunload');
  await question.dismiss();

  parts.release();
  await rowButton(page, owner.row.resume, film.name).click();
  await expectStored(page, film.name);
});
