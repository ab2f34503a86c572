import type { Bytes } from '../../core/bytes.ts';
import { EnvelopeError } from '../../core/errors.ts';
import { memoryCeiling } from '../sinks/memory.ts';
import { holdStaged, removeStaged, stagingFolder } from '../sinks/staging.ts';
import { canStage, freeSpace, roomDetails } from '../sinks/staging-space.ts';
import { closed, written } from '../sinks/writable.ts';

/** Where a file comes together that is only looked at. Nothing is left of it after `discard`. */
export interface Collection {
  /** Any order. The bytes are its own until the promise settles. */
  write(position: number, bytes: Bytes): Promise<void>;
  /** All of it, once everything is written; good until `discard`. */
  finish(): Promise<Blob>;
  discard(): Promise<void>;
}

/** In memory up to 256 MiB, above in the origin's own file system. Rejects with `device-full`. */
export async function openCollection(size: number): Promise<Collection> {
  return size <= memoryCeiling ? inMemory() : onDisk(size);
}

function inMemory(): Collection {
  const parts = new Map<number, Blob>();
  return {
    async write(position, bytes) {
      parts.set(position, new Blob([bytes]));
    },
    async finish() {
      return new Blob([...parts].sort(([a], [b]) => a - b).map(([, part]) => part));
    },
    async discard() {
      parts.clear();
    },
  };
}

/** A file in the folder of the staged ones, so that what a page that died has left is swept with theirs. */
async function onDisk(size: number): Promise<Collection> {
  if (!canStage()) {
    throw new EnvelopeError('device-full', 'the file is too large to collect in memory', {
      details: { needed: size, inMemory: memoryCeiling },
    });
  }
  const free = await freeSpace();
  if (free !== undefined && free < size) {
    throw new EnvelopeError('device-full', 'the browser grants too little space', {
      details: roomDetails(size, free),
    });
  }
  const name = crypto.randomUUID();
  const release = await holdStaged(name);
  let writable: FileSystemWritableFileStream | undefined;

  async function discard(): Promise<void> {
    await writable?.abort().catch(() => {});
    await removeStaged(name);
    release?.();
  }
  try {
    const handle = await (await stagingFolder()).getFileHandle(name, { create: true });
    const open = await handle.createWritable();
    writable = open;
    return {
      write: (position, data) => written(open.write({ type: 'write', position, data }), size),
      async finish() {
        await closed(open.close(), size);
        writable = undefined;
        return handle.getFile();
      },
      discard,
    };
  } catch (cause) {
    await discard();
    throw new EnvelopeError('device-storage-refused', 'nothing can be staged here', { cause });
  }
}
