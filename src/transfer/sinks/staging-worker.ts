/**
 * Writes one staged file and its ledger. A worker, because only there every browser writes at a position without
 * copying.
 */
import { ledgerNameOf } from './ledger.ts';

export type StagingRequest =
  | { readonly kind: 'create'; readonly folder: string; readonly name: string; readonly size: number }
  /** A file of an earlier page, of exactly this size. */
  | { readonly kind: 'reopen'; readonly folder: string; readonly name: string; readonly size: number }
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'read'; readonly position: number; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Adds to the ledger. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'close' };

export interface StagingReply {
  readonly id: number;
  readonly error?: string;
  readonly full?: boolean;
  /** What was written, back, for its memory; or what was read. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/** The DOM's types know no worker's file handles. */
interface SyncAccessHandle {
  getSize(): number;
  truncate(size: number): void;
  read(bytes: Uint8Array<ArrayBuffer>, options: { readonly at: number }): number;
  write(bytes: Uint8Array<ArrayBuffer>, options: { readonly at: number }): number;
  close(): void;
}

let file: SyncAccessHandle | undefined;
let ledger: SyncAccessHandle | undefined;

async function open(folder: string, name: string, create: boolean): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const directory = await root.getDirectoryHandle(folder, { create });
  const access = async (entry: string, create: boolean) => {
    const handle = await directory.getFileHandle(entry, { create });
    return patiently(() =>
      (handle as unknown as { createSyncAccessHandle(): Promise<SyncAccessHandle> }).createSyncAccessHandle(),
    );
  };
  file = await access(name, create);
  ledger = await access(ledgerNameOf(name), create);
}

/** A page that has just died may hold its files a little longer than its lock. */
async function patiently<T>(task: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await task();
    } catch (error) {
      if (tries === 20 || (error as Error).name !== 'NoModificationAllowedError') throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function writeAll(handle: SyncAccessHandle | undefined, bytes: Uint8Array<ArrayBuffer>, at: number): void {
  if (handle?.write(bytes, { at }) !== bytes.length)
    throw new DOMException('short write', 'QuotaExceededError');
}

async function serve(request: StagingRequest): Promise<void> {
  switch (request.kind) {
    case 'create':
      await open(request.folder, request.name, true);
      // Fails now, not at 90 %, where the space is not there.
      return file?.truncate(request.size);
    case 'reopen':
      await open(request.folder, request.name, false);
      if (file?.getSize() !== request.size) throw new Error('the staged file has another size');
      return;
    case 'write':
      return writeAll(file, request.bytes, request.position);
    case 'read':
      if (file?.read(request.bytes, { at: request.position }) !== request.bytes.length) {
        throw new Error('short read');
      }
      return;
    case 'note':
      return writeAll(ledger, new TextEncoder().encode(request.text), ledger?.getSize() ?? 0);
    case 'close':
      file?.close();
      ledger?.close();
      file = undefined;
      ledger = undefined;
  }
}

self.onmessage = async ({ data }: MessageEvent<{ id: number; request: StagingRequest }>) => {
  const { id, request } = data;
  let reply: StagingReply = 'bytes' in request ? { id, bytes: request.bytes } : { id };
  try {
    await serve(request);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'Error';
    reply = { id, error: `staging failed: ${name}`, full: name === 'QuotaExceededError' };
  }
  self.postMessage(reply, { transfer: reply.bytes ? [reply.bytes.buffer] : [] });
};
