import type { Bytes } from '../../core/bytes.ts';
import { EnvelopeError } from '../../core/errors.ts';
import { memoryCeiling } from '../sinks/memory.ts';
import { holdStaged, openStagedFile } from '../sinks/staged-file.ts';
import { canStage, freeSpace, roomDetails } from '../sinks/staging-space.ts';

/** Where a file comes together that is only looked at. Nothing is left of it after `discard`. */
export interface Collection {
  /** Any order. The bytes are its own from then on. */
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
  const stagedName = crypto.randomUUID();
  const release = (await holdStaged(stagedName)) ?? (() => {});
  return openStagedFile('create', { stagedName, size }, release);
}
