import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bytes } from '../core/bytes.ts';
import type { ByteRange } from '../core/object.ts';
import { fileFailure, readFully, writeFully } from './file-io.ts';

/**
 * A place for bytes that do not fit in memory and must not be seen yet: a file of nobody else's, without a name once
 * it is open, and encrypted (AES-256-CTR) under a key that is gone with this program, so that no plaintext is
 * on a disk that nobody asked to be there.
 */
export interface Staging {
  /** Any order; positions never overlap, since two plaintexts under one keystream would give both away. */
  write(position: number, bytes: Uint8Array): Promise<void>;
  read(range: ByteRange): Promise<Bytes>;
  close(): Promise<void>;
}

const blockBytes = 16;

export async function createStaging(): Promise<Staging> {
  const key = await crypto.subtle.generateKey({ name: 'AES-CTR', length: 256 }, false, ['encrypt']);
  const file = await openNameless(join(tmpdir(), `s3-envelope-${randomUUID()}`));

  async function crypt(position: number, bytes: Uint8Array): Promise<Bytes> {
    const skipped = position % blockBytes;
    const padded = new Uint8Array(skipped + bytes.length);
    padded.set(bytes, skipped);
    const counter = new Uint8Array(blockBytes);
    new DataView(counter.buffer).setBigUint64(8, BigInt((position - skipped) / blockBytes));
    const result = await crypto.subtle.encrypt({ name: 'AES-CTR', counter, length: 64 }, key, padded);
    padded.fill(0);
    return new Uint8Array(result, skipped);
  }

  return {
    async write(position, bytes) {
      await writeFully(file, position, await crypt(position, bytes));
    },
    async read(range) {
      return crypt(range.start, await readFully(file, range));
    },
    close: () => file.close(),
  };
}

async function openNameless(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'wx+', 0o600);
    await unlink(path);
    return file;
  } catch (error) {
    throw fileFailure('device-storage-refused', path, error);
  }
}
