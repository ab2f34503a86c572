import type { Bytes } from '../core/bytes.ts';
import { openSendingFolder, type SendingFolder, type WritableHandle } from './sending-folder.ts';

/*
 * Bodies lie in files while they leave, in the origin private file system, and the browser reads them there as it sends.
 * Of bytes that a script sends, Chromium (156) makes three copies in fresh memory, and keeps one until the garbage
 * collector comes, for which it counts as no reason. By files, an upload takes half the renderer's memory and processor
 * time, and as much memory for 4 GiB as for 2. What lies there is what S3 gets: ciphertext.
 *
 * A few files serve all bodies in turn, so their pages stay in memory and are written over before a disk sees most of
 * them. For a worker alone: only there a file is written without another copy.
 */

export interface Spool {
  /** Undefined where there is no room. */
  lay(body: Bytes): Promise<Laid | undefined>;
  /** Removes all of it; nothing is laid afterwards. */
  remove(): Promise<void>;
}

export interface Laid {
  readonly file: File;
  /** Its place is for the next body. */
  free(): void;
}

/** Undefined where bodies are better sent as bytes. */
export async function openSpool(): Promise<Spool | undefined> {
  // Of no use elsewhere: Firefox and WebKit keep no copies.
  if (!('userAgentData' in navigator)) return undefined;
  try {
    return spoolIn(await openSendingFolder());
  } catch {
    return undefined;
  }
}

function spoolIn({ directory, remove }: SendingFolder): Spool {
  const free: WritableHandle[] = [];
  let made = 0;

  const make = async () => {
    made++;
    return (await directory.getFileHandle(`${made}`, { create: true })) as WritableHandle;
  };
  return {
    async lay(body) {
      try {
        const handle = free.pop() ?? (await make());
        // Closed before it is read: until then, some systems have not settled when it was changed last.
        const access = await handle.createSyncAccessHandle();
        try {
          access.truncate(body.length);
          if (access.write(body, { at: 0 }) !== body.length) return undefined;
        } finally {
          access.close();
        }
        return { file: await handle.getFile(), free: () => free.push(handle) };
      } catch {
        return undefined;
      }
    },
    remove,
  };
}
