/** Files of which nothing is stored in full here: where they begin to go another way, and that they do. */
import { open } from 'node:fs/promises';
import { administratorOf } from './administrator.ts';
import { expect, test } from './fixtures.ts';
import { add, firstVisit, MiB, owner, row, rowButton, shared, state } from './steps.ts';

test('parts too large for memory come together on disk, and nothing of them stays there', async ({
  page,
  cloud,
}) => {
  const administrator = administratorOf(cloud);
  await firstVisit(page);
  // Sparse: it takes no room.
  const path = test.info().outputPath('disk.img');
  const file = await open(path, 'w');
  await file.truncate(330 * 1024 * MiB);
  await file.close();
  await add(page, path);

  // A message, since S3EC ends at 64 GiB: 34 frames of 1 MiB, each with its numbers and its tag.
  await expect
    .poll(async () => (await administrator.partSizes()).get(2), { timeout: 60_000 })
    .toBe(34 * (MiB + 32));
  await expect(state(row(page, 'disk.img'), owner.upload.sending)).toBeVisible();
  await rowButton(page, shared.cancel, 'disk.img').click();
  await expect(state(row(page, 'disk.img'), owner.upload.cancelled)).toBeVisible();
  expect(await administrator.openUploads()).toEqual([]);
  const lying = () =>
    page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const sending = await root.getDirectoryHandle('sending', { create: true });
      const found: string[] = [];
      for await (const folder of sending.values()) {
        for await (const name of (folder as FileSystemDirectoryHandle).keys()) found.push(name);
      }
      return found.filter((name) => name === 'body');
    });
  await expect.poll(lying).toEqual([]);
});
