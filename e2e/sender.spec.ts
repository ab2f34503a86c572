/** Large bodies leave from a worker. `src/store/send-bytes.browser.test.ts` has the tests of that; here it cannot be. */
import { expect, test } from './fixtures.ts';
import { add, download, expectStored, firstVisit, MiB, randomFile, readDownload, sha256 } from './steps.ts';

test('where the sending worker is missing, the page sends by itself', async ({ page, complaints }) => {
  complaints.allow(/send-worker|404/);
  let asked = 0;
  await page.context().route('**/send-worker*', (route) => {
    asked++;
    return route.fulfill({ status: 404 });
  });
  await firstVisit(page);
  const file = randomFile('film.mp4', 20 * MiB);
  await add(page, file);
  await expectStored(page, file.name);
  expect(sha256(await readDownload(await download(page, file.name)))).toBe(sha256(file.buffer));
  expect(asked).toBe(1);
});
