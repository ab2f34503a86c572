/** Writes one large body to a file and digests it on the way: WebCrypto digests only what is in memory as a whole. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Bytes } from '../core/bytes.ts';
import { openSendingFolder, type WritableHandle } from './sending-folder.ts';

export type Order =
  /** Comes first where not only the digest is wanted, and is not answered. */
  | { readonly kind: 'keep' }
  | { readonly kind: 'append'; readonly bytes: Bytes }
  /** Nothing is appended any more. */
  | { readonly kind: 'finish' }
  /** Removes the file and ends the worker. */
  | { readonly kind: 'end' };

export type Report =
  /** The bytes come back, for their memory. */
  | { readonly kind: 'appended'; readonly bytes: Bytes }
  | { readonly kind: 'finished'; readonly file: File | undefined; readonly sha256: Bytes }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly name: string };

const digest = sha256.create();
let length = 0;

async function openFile() {
  const { directory, remove } = await openSendingFolder();
  const handle = (await directory.getFileHandle('body', { create: true })) as WritableHandle;
  return { handle, access: await handle.createSyncAccessHandle(), remove };
}

let opening: Promise<Awaited<ReturnType<typeof openFile>> | undefined> = Promise.resolve(undefined);

async function serve(order: Exclude<Order, { readonly kind: 'keep' }>): Promise<Report> {
  switch (order.kind) {
    case 'append': {
      const { bytes } = order;
      const file = await opening;
      if (file && file.access.write(bytes, { at: length }) !== bytes.length) {
        throw new DOMException('short write', 'QuotaExceededError');
      }
      digest.update(bytes);
      length += bytes.length;
      return { kind: 'appended', bytes };
    }
    case 'finish': {
      const file = await opening;
      // Closed before it is read: until then, some systems have not settled when it was changed last.
      file?.access.close();
      const whole = await file?.handle.getFile();
      return { kind: 'finished', file: whole, sha256: new Uint8Array(digest.digest()) };
    }
    case 'end': {
      const file = await opening.catch(() => undefined);
      file?.access.close();
      await file?.remove().catch(() => {});
      return { kind: 'ended' };
    }
  }
}

addEventListener('message', async ({ data: order }: MessageEvent<Order>) => {
  if (order.kind === 'keep') {
    opening = openFile();
    // Whoever orders something next is told.
    opening.catch(() => {});
    return;
  }
  let report: Report;
  try {
    report = await serve(order);
  } catch (error) {
    report = { kind: 'failed', name: (error as Error).name };
  }
  const transfer = report.kind === 'appended' ? [report.bytes.buffer] : [];
  // The DOM's types know the page's postMessage alone.
  (postMessage as (message: Report, transfer: ArrayBuffer[]) => void)(report, transfer);
  if (report.kind === 'ended') close();
});
