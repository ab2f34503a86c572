/** Writes one staged file. A worker, because only there every browser writes at a position without copying. */

export type StagingRequest =
  | { readonly kind: 'create'; readonly folder: string; readonly name: string; readonly size: number }
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'flush' }
  | { readonly kind: 'close' };

export interface StagingReply {
  readonly id: number;
  readonly error?: string;
  readonly full?: boolean;
  /** What was written, back, for its memory. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/** The DOM's types know no worker's file handles. */
interface SyncAccessHandle {
  truncate(size: number): void;
  write(bytes: Uint8Array<ArrayBuffer>, options: { readonly at: number }): number;
  flush(): void;
  close(): void;
}

let handle: SyncAccessHandle | undefined;

async function serve(request: StagingRequest): Promise<void> {
  switch (request.kind) {
    case 'create': {
      const root = await navigator.storage.getDirectory();
      const directory = await root.getDirectoryHandle(request.folder, { create: true });
      const file = await directory.getFileHandle(request.name, { create: true });
      handle = await (
        file as unknown as { createSyncAccessHandle(): Promise<SyncAccessHandle> }
      ).createSyncAccessHandle();
      // Fails now, not at 90 %, where the space is not there.
      handle.truncate(request.size);
      return;
    }
    case 'write': {
      const written = handle?.write(request.bytes, { at: request.position });
      if (written !== request.bytes.length) throw new DOMException('short write', 'QuotaExceededError');
      return;
    }
    case 'flush':
      return handle?.flush();
    case 'close':
      handle?.close();
      handle = undefined;
  }
}

self.onmessage = async ({ data }: MessageEvent<{ id: number; request: StagingRequest }>) => {
  const { id, request } = data;
  let reply: StagingReply = request.kind === 'write' ? { id, bytes: request.bytes } : { id };
  try {
    await serve(request);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'Error';
    reply = { id, error: `staging failed: ${name}`, full: name === 'QuotaExceededError' };
  }
  self.postMessage(reply, { transfer: reply.bytes ? [reply.bytes.buffer] : [] });
};
