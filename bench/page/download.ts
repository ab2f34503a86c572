/** Downloads, from the start until the file is handed to the browser or in memory. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { ObjectDecryptor } from '../../src/core/object.ts';
import { createSlots } from '../../src/core/slots.ts';
import { downloadObject } from '../../src/transfer/download.ts';
import { createDownloads } from '../../src/transfer/downloads.ts';
import { defaultLanes } from '../../src/transfer/fetching.ts';
import { openSink } from '../../src/transfer/sinks/open-sink.ts';
import type { DownloadWay } from '../../src/transfer/sinks/sink.ts';
import { freeSpace } from '../../src/transfer/sinks/staging-space.ts';
import { time } from './clock.ts';
import { connection, defaultClient, pickedFile } from './cloud.ts';
import { ownKeyring } from './keyring.ts';
import { openQueue, storeAll } from './queue.ts';

let key = '';
let size = 0;

/** Stores the picked file, encrypted, for the others to download. */
export async function storeForDownload(): Promise<void> {
  const file = pickedFile();
  for (const head of await storeAll(await openQueue(), [file])) key = head.key;
  size = file.size;
}

/** Bytes that this browser lets the page stage; undefined where it doesn't tell. */
export { freeSpace };

/** Decrypted, verified and handed over. */
export async function downloadOurs(way: DownloadWay): Promise<number> {
  const { store } = connection();
  const keyring = { s3ec: await ownKeyring() };
  return timeToDisk(
    way,
    () =>
      new Promise<void>((resolve, reject) => {
        const downloads = createDownloads({ store, way });
        downloads.subscribe(() => {
          for (const { state, error } of downloads.snapshot()) {
            if (state === 'done') resolve();
            else if (state === 'failed') reject(error);
          }
        });
        downloads.start({ key, name: 'bench.bin', size, keyring });
      }),
  );
}

/** The object as it is stored, fetched and written as ours is, and neither opened nor verified. */
export async function downloadUnopened(way: DownloadWay): Promise<number> {
  const { store } = connection();
  return timeToDisk(way, async () => {
    const sink = await openSink({ name: 'bench.bin', size }, way);
    const head = await store.head(key);
    await downloadObject({
      ...{ store, head, sink, decryptor: asItIs(head.size), slots: createSlots(defaultLanes) },
      ...{ signal: new AbortController().signal, onReceived() {}, onVerifying() {} },
      ...{ onOffline() {}, onSaving() {} },
    });
  });
}

function asItIs(length: number): ObjectDecryptor {
  return {
    ...{ plaintextLength: length, objectLength: length, granularity: 16, verifies: 'range' },
    objectRange: (range) => range,
    open: async (_start, body) => body,
    async verify() {},
  };
}

async function timeToDisk(way: DownloadWay, work: () => Promise<void>): Promise<number> {
  const remove = way === 'file-system-access' ? await answerSaveDialog() : undefined;
  const seconds = await time(work);
  await remove?.();
  return seconds;
}

/**
 * With a new file in the origin's own storage: nobody is there to name one. The browser writes it the same way, into a
 * swap file that takes its place when it is closed, but does not look for malware in it.
 */
async function answerSaveDialog(): Promise<() => Promise<void>> {
  const root = await navigator.storage.getDirectory();
  const name = crypto.randomUUID();
  Object.defineProperty(globalThis, 'showSaveFilePicker', {
    configurable: true,
    value: () => root.getFileHandle(name, { create: true }),
  });
  return () => root.removeEntry(name);
}

/** The object as it is stored, by the browser's own download. */
export async function downloadPlain(): Promise<number> {
  const url = await signed('attachment; filename="bench.bin"');
  return time(async () => {
    const anchor = document.createElement('a');
    anchor.href = url;
    anchor.click();
  });
}

/** The object as it is stored, into memory. */
export async function fetchPlain(): Promise<number> {
  const url = await signed();
  return time(async () => {
    const response = await fetch(url, { cache: 'no-store' });
    const body = await response.arrayBuffer();
    if (!response.ok || body.byteLength < size) throw new Error(`fetch answered ${response.status}`);
  });
}

async function signed(disposition?: string): Promise<string> {
  const command = new GetObjectCommand({
    Bucket: connection().info.bucket,
    Key: key,
    ...(disposition && { ResponseContentDisposition: disposition }),
  });
  return getSignedUrl(defaultClient(), command, { expiresIn: 600 });
}
