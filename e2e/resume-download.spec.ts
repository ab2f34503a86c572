/** Downloads that are paused, fail, or die with their page, and go on without fetching anything twice. */
import type { Page, Route } from '@playwright/test';
import { errorText } from '../src/app/text/errors.ts';
import { expect, test } from './fixtures.ts';
import { answerSaveDialogs, savedFiles } from './save-dialog.ts';
import {
  add,
  button,
  deliverBy,
  downloadFrom,
  expectError,
  expectStored,
  firstVisit,
  MiB,
  openAndSave,
  owner,
  randomFile,
  readDownload,
  row,
  rowButton,
  share,
  shared,
  staged,
  state,
} from './steps.ts';
import { forScripts, hold, intercept, s3 } from './traffic.ts';

/** Five ranges. */
const film = randomFile('film.mp4', 34 * MiB);
const ranges = 5;

/** For a machine that has much else to do. */
const patience = 90_000;

/** Ranges that were answered in full, by their header. */
function answered(page: Page): readonly string[] {
  const found: string[] = [];
  page.on('requestfinished', async (request) => {
    if (!s3.read(request)) return;
    const range = request.headers()['range'] ?? '';
    if ((await request.response())?.status() === 206) found.push(range);
  });
  return found;
}

/** So many ranges have arrived. */
async function expectArrived(page: Page, count: number, within = row(page, film.name)): Promise<void> {
  const percent = Math.floor((99 * count * 8) / 34);
  await expect(within).toContainText(new RegExp(`${percent}|${percent + 1}`), {
    timeout: patience,
  });
}

function refuse(route: Route): Promise<void> {
  const body = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>';
  return route.fulfill({ status: 403, headers: forScripts, body });
}

/** What is said where nothing is kept. */
const nothing = errorText('truncated', {}, 'link').means.split('. ').at(-1) ?? '';

for (const way of ['staging', 'memory', 'file-system-access'] as const) {
  test.describe(way, () => {
    async function begin(page: Page): Promise<void> {
      await firstVisit(page);
      await deliverBy(page, way);
      if (way === 'file-system-access') await answerSaveDialogs(page, 'save');
      await page.reload();
      await add(page, film);
      await expectStored(page, film.name, patience);
    }

    /** Waits for the end, and for the file. */
    async function expectFilm(page: Page, goOn: () => Promise<void>): Promise<void> {
      const arriving = way === 'file-system-access' ? undefined : page.waitForEvent('download');
      await goOn();
      await expect(state(row(page, film.name), shared.download.done)).toBeVisible({ timeout: patience });
      const bytes = arriving ? await readDownload(await arriving) : (await savedFiles(page))[film.name];
      expect(bytes?.equals(film.buffer)).toBe(true);
    }

    test('a paused download goes on where it stood', async ({ page }) => {
      await begin(page);
      const got = answered(page);
      const held = await hold(page, s3.read, 3);
      await rowButton(page, owner.row.download, film.name).click();
      await expectArrived(page, 2);
      await rowButton(page, owner.row.pauseDownload, film.name).click();
      await expect(state(row(page, film.name), shared.download.paused)).toBeVisible();
      await expect(row(page, film.name)).toContainText(shared.download.kept('').trim());
      held.release();

      await expectFilm(page, () => rowButton(page, owner.row.resumeDownload, film.name).click());
      expect(got).toHaveLength(ranges);
      expect(new Set(got).size).toBe(ranges);
    });

    test('a download that failed is tried again for what is missing', async ({ page, complaints }) => {
      complaints.allow(/Failed to load resource.*403/);
      await begin(page);
      const got = answered(page);
      let refusing = true;
      await intercept(page, s3.read, async (route, call) => {
        if (call <= 3 || !refusing) return route.continue();
        await expectArrived(page, 3);
        return refuse(route);
      });
      await rowButton(page, owner.row.download, film.name).click();
      await expectError(row(page, film.name), 'access-denied', {}, patience);
      refusing = false;
      await expect(row(page, film.name)).toContainText(shared.download.kept('').trim());
      await expect(row(page, film.name)).not.toContainText(nothing);

      await expectFilm(page, () =>
        row(page, film.name).getByRole('button', { name: shared.tryAgain, exact: true }).click(),
      );
      expect(got).toHaveLength(ranges);
      expect(new Set(got).size).toBe(ranges);
    });
  });
}

test('a failed download that is dismissed leaves nothing', async ({ page, complaints }) => {
  complaints.allow(/Failed to load resource.*403/);
  await deliverBy(page, 'staging');
  await firstVisit(page);
  await add(page, film);
  await expectStored(page, film.name, patience);
  await intercept(page, s3.read, (route, call) => (call < 3 ? route.continue() : refuse(route)));
  await rowButton(page, owner.row.download, film.name).click();
  await expect(state(row(page, film.name), shared.download.failed)).toBeVisible();
  expect(await staged(page)).toHaveLength(1);
  await row(page, film.name).getByRole('button', { name: shared.dismiss, exact: true }).click();
  await expect.poll(() => staged(page)).toEqual([]);
});

test('a link’s download that failed says what is kept of it, and does not deny it', async ({
  page,
  newVisitor,
  complaints,
}) => {
  complaints.allow(/Failed to load resource.*403/);
  await firstVisit(page);
  await add(page, film);
  await expectStored(page, film.name, patience);
  const visitor = await newVisitor();
  await deliverBy(visitor, 'staging');
  await visitor.goto(await share(page, film.name));
  await expect(openAndSave(visitor)).toBeVisible();
  let refusing = true;
  const file = visitor.getByRole('listitem');
  await intercept(visitor, s3.read, async (route, call) => {
    if (call < 3 || !refusing) return route.continue();
    await expectArrived(visitor, 2, file);
    return refuse(route);
  });
  await openAndSave(visitor).click();
  await expectError(visitor, 'access-denied', {}, patience);
  await expect(file).toContainText(shared.download.kept('').trim());
  await expect(file).not.toContainText(nothing);

  refusing = false;
  await downloadFrom(visitor, () => button(visitor, shared.tryAgain).click(), patience);
});
