/** A bad network, from a seed: what is done is done right, and what is not done says so and can be done. */
import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import type { Download, Page } from '@playwright/test';
import { createAesKeyring, importWrappingKey } from '../src/core/keyrings/aes-keyring.ts';
import { createS3StoreOver } from '../src/store/aws/s3-store-over.ts';
import type { ObjectStore } from '../src/store/store.ts';
import { openFile } from '../src/transfer/objects.ts';
import { administratorOf } from './administrator.ts';
import { behindFaults } from './faults/before.ts';
import { seededPlan } from './faults/plan.ts';
import { expect, type TestCloud, test } from './fixtures.ts';
import { seed } from './seeded.ts';
import {
  add,
  type Backup,
  button,
  firstVisit,
  list,
  type MadeFile,
  MiB,
  owner,
  readDownload,
  row,
  rowButton,
  sha256,
  shared,
} from './steps.ts';

const sizes = [
  ...Array.from({ length: 140 }, (_, index) => [0, 1, 15, 16, 17, 1000, 65_536, 200_000][index % 8] ?? 0),
  ...[1, 2, 3, 5, 8, 9, 17, 30].map((size) => size * MiB + 5),
];
const files = sizes.map(
  (size, index): MadeFile => ({
    name: `${String(index).padStart(3, '0')}.bin`,
    mimeType: 'application/octet-stream',
    buffer: bytesOf(size, index),
  }),
);
/** One that is cancelled in the middle. */
const unwanted: MadeFile = { name: 'unwanted.bin', mimeType: '', buffer: bytesOf(25 * MiB, -1) };

test.use({ persistentProfile: true });

test('500 faults hurt no file', async ({ page, newCloud, complaints }, { annotations }) => {
  // Two minutes, on a machine that has nothing else to do.
  test.setTimeout(900_000);
  complaints.allow(/Failed to load resource|blocked by CORS policy/);
  // Chromium puts styles of its own into what it makes of XML that is cut short.
  complaints.allow(/inline style violates.*\/assets\/aws-|style-src-attr inline at .*\/assets\/aws-/);
  const { cloud, proxy } = await behindFaults(newCloud);
  const administrator = administratorOf(cloud);
  await page.setViewportSize({ width: 1280, height: 24_000 });
  await page.addInitScript(hurry);
  const backup = await firstVisit(page, cloud.info.appUrl);
  const downloads: Download[] = [];
  page.on('download', (download) => downloads.push(download));

  try {
    proxy.follow(seededPlan(seed, 0.6));
    await add(page, unwanted, ...files);
    await rowButton(page, shared.cancel, unwanted.name).click();
    await settled(page, files, uploaded);
    const stored = await inState(page, owner.upload.stored);
    for (const group of groupsOf(files, 12)) {
      const there = group.filter(({ name }) => stored.includes(name));
      await startDownloads(page, there);
      await settled(page, there, downloaded);
    }
    const faults = [...proxy.hits.values()].reduce((sum, count) => sum + count, 0);
    annotations.push({ type: 'faults', description: `${faults}: ${JSON.stringify([...proxy.hits])}` });
    expect(faults).toBeGreaterThanOrEqual(500);

    proxy.follow(undefined);
    // What was told of some objects was damaged on its way, so that they seem to be others now.
    await button(page, owner.list.refresh).click();
    for (const name of await inState(page, owner.upload.failed, shared.download.failed)) {
      await tryAgain(page, name);
    }
    await settled(page, files, [owner.upload.stored, shared.download.done]);
    await settled(page, [unwanted], [owner.upload.cancelled]);

    // Nothing of what was delivered is another file, or only a part of one; and all that was stored came.
    const delivered = new Set<string>();
    for (const download of downloads) {
      const name = download.suggestedFilename();
      delivered.add(name);
      expect(sha256(await readDownload(download)), name).toBe(digestOf(name));
    }
    expect([...delivered].sort()).toEqual([...stored].sort());

    // Each file is stored once, whole, and no part of anything is left: of an upload, at most that it was begun.
    const objects = await openAll(cloud, backup, await administrator.keys(`files/${backup.identityId}/`));
    expect(objects.map(({ name }) => name).sort()).toEqual(files.map(({ name }) => name));
    for (const { name, digest } of objects) expect(digest, name).toBe(digestOf(name));
    await expect.poll(() => administrator.uploadsWithParts()).toEqual([]);
    const lost = proxy.log.filter((line) => line.startsWith('CreateMultipartUpload'));
    expect((await administrator.openUploads()).length).toBeLessThanOrEqual(lost.length);
  } finally {
    await test.info().attach(`faults of seed ${seed}`, { body: proxy.log.join('\n') });
  }
});

/** Waits pass ten times as fast. */
function hurry(): void {
  const start = setTimeout;
  const faster = (task: () => void, wait = 0) => start(task, wait < 100 ? wait : wait / 10);
  Object.assign(globalThis, { setTimeout: faster });
}

const uploaded: readonly string[] = [owner.upload.stored, owner.upload.failed];
const downloaded: readonly string[] = [shared.download.done, shared.download.failed];

/** Name and word of every row. */
function states(page: Page): Promise<readonly (readonly [name: string, word: string])[]> {
  return list(page)
    .getByRole('listitem')
    .evaluateAll((rows) =>
      rows.map(
        (each) =>
          [
            each.getAttribute('aria-label') ?? '',
            each.querySelector('.row__state')?.textContent ?? '',
          ] as const,
      ),
    );
}

async function settled(page: Page, files: readonly MadeFile[], ended: readonly string[]): Promise<void> {
  const names = new Set(files.map(({ name }) => name));
  await expect(async () => {
    const rows = (await states(page)).filter(([name]) => names.has(name));
    expect(rows).toHaveLength(names.size);
    expect(rows.filter(([, word]) => !ended.includes(word))).toEqual([]);
  }).toPass({ timeout: 600_000, intervals: [500] });
}

/** An error that opens above a row moves it, perhaps between press and release: that is no click, and so repeated. */
async function startDownloads(page: Page, there: readonly MadeFile[]): Promise<void> {
  const names = there.map(({ name }) => name);
  await expect(async () => {
    const resting = new Set(await inState(page, owner.upload.stored));
    const missed = names.filter((name) => resting.has(name));
    for (const name of missed) await rowButton(page, owner.row.download, name).click();
    expect(missed).toEqual([]);
  }).toPass({ intervals: [100] });
}

async function inState(page: Page, ...words: readonly string[]): Promise<readonly string[]> {
  return (await states(page)).filter(([, word]) => words.includes(word)).map(([name]) => name);
}

/** A download that failed is begun anew by the same button. */
async function tryAgain(page: Page, name: string): Promise<void> {
  const again = button(row(page, name), shared.tryAgain).or(rowButton(page, shared.tryAgain, name));
  const download = rowButton(page, owner.row.download, name);
  await ((await again.count()) > 0 ? again.first() : download).click();
}

/** What the objects hold for the person who has the key. */
async function openAll(
  { info }: TestCloud,
  { key, fingerprint }: Backup,
  keys: readonly string[],
): Promise<readonly { readonly name: string | undefined; readonly digest: string }[]> {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = info;
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  });
  const store: ObjectStore = createS3StoreOver(client, bucket);
  const s3ec = createAesKeyring({
    wrappingKey: await importWrappingKey(new Uint8Array(key)),
    materialsDescription: { 's3-envelope-key': fingerprint },
  });
  const opened: { name: string | undefined; digest: string }[] = [];
  for (const each of keys) {
    const head = await store.head(each);
    const { decryptor, name } = await openFile(store, head, { s3ec });
    const body = await store.read(each, { start: 0, end: head.size }, { etag: head.etag });
    const plaintext = await decryptor.open(0, body);
    await decryptor.verify();
    opened.push({ name, digest: sha256(Buffer.from(plaintext)) });
  }
  return opened;
}

function digestOf(name: string | undefined): string {
  const file = files.find((each) => each.name === name);
  return file ? sha256(file.buffer) : 'no such file';
}

/** The same on every run, and another for every file. */
function bytesOf(size: number, index: number): Buffer {
  const block = createHash('shake256', { outputLength: Math.min(size, MiB) })
    .update(`${index}`)
    .digest();
  return Buffer.alloc(size, size > 0 ? block : 0);
}

function groupsOf<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  );
}
