/** A handful of faults in every engine; `faults.spec.ts` has hundreds. */
import { administratorOf } from './administrator.ts';
import { behindFaults } from './faults/before.ts';
import { seededPlan } from './faults/plan.ts';
import { everyEngine, expect, test } from './fixtures.ts';
import {
  add,
  download,
  enter,
  expectStored,
  MiB,
  owner,
  randomFile,
  readDownload,
  row,
  rowButton,
  sha256,
  shared,
  state,
} from './steps.ts';

for (const signIn of ['guest', 'token'] as const) {
  test(`a bad network hurts no file (${signIn})`, { tag: everyEngine }, async ({
    page,
    newCloud,
    complaints,
  }) => {
    // What a browser says of a connection that was cut, or of an answer without headers.
    complaints.allow(/Failed to load resource|CORS|Cross-Origin/);
    const { cloud, proxy } = await behindFaults(newCloud, { signIn });
    const files = [0, 1, 1000, 5 * MiB, 9 * MiB].map((size) => randomFile(`${size}.bin`, size));
    await enter(page, cloud);
    proxy.follow(seededPlan('every engine', 0.5));
    await add(page, ...files);
    const ended = ({ name }: (typeof files)[number]) =>
      state(row(page, name), owner.upload.stored).or(state(row(page, name), owner.upload.failed));
    for (const file of files) await expect(ended(file)).toBeVisible({ timeout: 60_000 });
    expect(proxy.log.length).toBeGreaterThan(2);

    proxy.follow(undefined);
    for (const { name } of files) {
      const failed = await state(row(page, name), owner.upload.failed).isVisible();
      if (failed) await rowButton(page, shared.tryAgain, name).click();
    }
    for (const { name } of files) await expectStored(page, name);
    for (const { name, buffer } of files) {
      expect(sha256(await readDownload(await download(page, name)))).toBe(sha256(buffer));
    }
    await expect.poll(() => administratorOf(cloud).uploadsWithParts()).toEqual([]);
  });
}
