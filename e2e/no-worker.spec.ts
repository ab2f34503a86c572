/** A host without `sw.js`, as where it was forgotten: what needs a service worker goes another way, or says so. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { preview } from '../src/app/text/preview.ts';
import { expect, test } from './fixtures.ts';
import {
  deliverBy,
  dialog,
  expectError,
  expectStored,
  firstVisit,
  type MadeFile,
  owner,
  randomFile,
  rowButton,
  shared,
} from './steps.ts';
import { storeFor } from './stored.ts';

test('files are saved and played without a service worker', async ({ page, newCloud, complaints }) => {
  complaints.allow(/sw\.js|404/);
  const appDirectory = test.info().outputPath('app');
  await cp('dist', appDirectory, { recursive: true });
  await rm(join(appDirectory, 'sw.js'));
  const cloud = await newCloud({ appDirectory });
  const film = randomFile('film.bin', 3_000_000);
  const tape: MadeFile = { name: 'tape.wav', mimeType: 'audio/wav', buffer: silence(80_000) };
  const backup = await firstVisit(page, cloud.info.appUrl);
  for (const file of [film, tape]) await storeFor(cloud, backup, file, 'esdk');
  const address = page.url();

  // Where nothing else is allowed, it is told, and the host's error page is nowhere.
  await deliverBy(page, 'stream');
  await page.reload();
  await expectStored(page, film.name);
  const visited: string[] = [];
  page.on('framenavigated', (frame) => visited.push(frame.url()));
  let delivered = 0;
  page.on('download', () => delivered++);
  await rowButton(page, owner.row.download, film.name).click();
  await expectError(page, 'device-storage-refused');
  expect(delivered).toBe(0);

  await rowButton(page, shared.preview, tape.name).click();
  const player = dialog(page, tape.name).locator('audio');
  await expect.poll(() => player.evaluate((audio: HTMLAudioElement) => audio.duration)).toBe(5);
  await expect(dialog(page).locator('iframe')).toHaveCount(0);
  await expect(dialog(page)).not.toContainText(preview.cannotTitle);
  await page.keyboard.press('Escape');
  expect([page.url(), visited]).toEqual([address, []]);
});

/** 16-bit mono at 8 kHz. */
function silence(bytes: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + bytes, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(bytes, 40);
  return Buffer.concat([head, Buffer.alloc(bytes)]);
}
