/**
 * Bytes on disk: each file encrypted with AES-256-CTR under its object's content key, if it has one, and an IV of
 * its own, so that any range of it can be read by itself.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import type { ContentKey } from './encryption.ts';

export interface SealedFile {
  /** Name in the data directory. */
  readonly file: string;
  /** Base64, 16 bytes: the first counter block. */
  readonly iv: string;
  /** Bytes. */
  readonly size: number;
}

const batchSize = 1024 * 1024;

/** Writes a new file. While one batch is on its way to the disk the next is gathered; never more. */
export async function writeSealed(
  path: string,
  contentKey: ContentKey,
  chunks: AsyncIterable<Buffer>,
): Promise<{ iv: string; size: number }> {
  const iv = randomBytes(16);
  const cipher = contentKey && createCipheriv('aes-256-ctr', contentKey, iv);
  const file = await open(path, 'wx', 0o600);
  let size = 0;
  let inFlight: Promise<void> = Promise.resolve();
  try {
    let batch: Buffer[] = [];
    let gathered = 0;
    const flush = async () => {
      await inFlight;
      inFlight = writeAll(file, batch, gathered);
      // Awaited before the next batch; a failure in between must not count as unhandled.
      inFlight.catch(() => undefined);
      [batch, gathered] = [[], 0];
    };
    for await (const chunk of chunks) {
      batch.push(cipher ? cipher.update(chunk) : chunk);
      gathered += chunk.length;
      size += chunk.length;
      if (gathered >= batchSize) await flush();
    }
    await flush();
    await inFlight;
    await file.close();
  } catch (error) {
    await inFlight.catch(() => undefined);
    await file.close().catch(() => undefined);
    await unlink(path).catch(() => undefined);
    throw error;
  }
  return { iv: iv.toString('base64'), size };
}

async function writeAll(file: FileHandle, batch: readonly Buffer[], length: number): Promise<void> {
  if (length === 0) return;
  const { bytesWritten } = await file.writev(batch);
  if (bytesWritten !== length) throw new Error(`wrote ${bytesWritten} of ${length} bytes: the disk is full`);
}

/** The bytes `start` to `end` (exclusive) of files laid end to end. */
export async function* readSealed(
  directory: string,
  files: readonly SealedFile[],
  contentKey: ContentKey,
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  let offset = 0;
  for (const sealed of files) {
    const [from, to] = [Math.max(start - offset, 0), Math.min(end - offset, sealed.size)];
    if (from < to) yield* readOne(`${directory}/${sealed.file}`, sealed, contentKey, from, to);
    offset += sealed.size;
    if (offset >= end) return;
  }
}

async function* readOne(
  path: string,
  sealed: SealedFile,
  contentKey: ContentKey,
  from: number,
  to: number,
): AsyncGenerator<Buffer> {
  const decipher = contentKey && decipherAt(contentKey, Buffer.from(sealed.iv, 'base64'), from);
  const file = await open(path, 'r');
  const read = async (position: number): Promise<Buffer> => {
    const buffer = Buffer.allocUnsafe(Math.min(batchSize, to - position));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) throw new Error('a data file is shorter than its object');
    return buffer.subarray(0, bytesRead);
  };
  let ahead: Promise<Buffer> | undefined;
  try {
    ahead = read(from);
    for (let position = from; position < to; ) {
      const buffer: Buffer = await ahead;
      position += buffer.length;
      if (position < to) {
        ahead = read(position);
        ahead.catch(() => undefined);
      }
      yield decipher ? decipher.update(buffer) : buffer;
    }
  } finally {
    await ahead?.catch(() => undefined);
    await file.close();
  }
}

function decipherAt(contentKey: Buffer, iv: Buffer, offset: number) {
  const counter = (BigInt(`0x${iv.toString('hex')}`) + BigInt(Math.floor(offset / 16))) % (1n << 128n);
  const block = Buffer.from(counter.toString(16).padStart(32, '0'), 'hex');
  const decipher = createDecipheriv('aes-256-ctr', contentKey, block);
  decipher.update(Buffer.alloc(offset % 16));
  return decipher;
}
