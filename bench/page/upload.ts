/** Uploads of the picked file, ours and others; each resolves with its seconds and leaves nothing behind. */
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ByteRange, ObjectEncryptor } from '../../src/core/object.ts';
import { createSlots } from '../../src/core/slots.ts';
import { planParts } from '../../src/transfer/plan.ts';
import { sendObject } from '../../src/transfer/send.ts';
import { readRange } from '../../src/transfer/source.ts';
import type { PeerName } from './bench.ts';
import { time } from './clock.ts';
import { connection, defaultClient, ownClient, pickedFile } from './cloud.ts';
import { peers } from './peers/peers.ts';
import { openQueue, storeAll } from './queue.ts';

const MiB = 1024 ** 2;
const partBytes = 8 * MiB;
const partsInFlight = 4;

/** The key that the last upload stored. */
let lastKey = '';

/** The app's own queue, from handing in the file to S3's confirmation. */
export async function uploadOurs(): Promise<number> {
  const queue = await openQueue();
  const file = pickedFile();
  return time(async () => {
    for (const { key } of await storeAll(queue, [file])) lastKey = key;
  });
}

/** The file itself in slices, parts and number in flight as ours; bodies that never pass through the page. */
export async function uploadPlain(): Promise<number> {
  const client = ownClient();
  const file = pickedFile();
  return time(() => sendPlain(client, slices(file)));
}

/** By the engine that sends ours: read, digested, sent and repeated alike, and not sealed. */
export async function uploadUnsealed(): Promise<number> {
  const { store } = connection();
  const file = pickedFile();
  const { size } = file;
  const request = {
    ...{ store, key: newKey(), metadata: {}, encryptor: unsealed(size), parts: planParts(size, 1) },
    ...{ lanes: partsInFlight, slots: createSlots(partsInFlight), signal: new AbortController().signal },
    read: (range: ByteRange) => readRange(file, range),
  };
  return time(() => sendObject(request));
}

/** Leaves everything as it is. */
function unsealed(plaintextLength: number): ObjectEncryptor {
  return {
    ...{ plaintextLength, objectLength: plaintextLength, metadata: {}, granularity: 1 },
    objectRange: (range) => range,
    seal: async (_start, plaintext) => plaintext,
  };
}

/** `partSize` undefined: lib-storage's own. */
export async function uploadLibStorage(partSize?: number): Promise<number> {
  const client = defaultClient();
  const file = pickedFile();
  const params = { Bucket: connection().info.bucket, Key: newKey(), Body: file };
  return time(() => new Upload({ client, params, ...(partSize && { partSize }) }).done());
}

/** Uppy's plugin, which signs here with the same credentials. `partSize` undefined: its own. */
export async function uploadUppy(partSize?: number): Promise<number> {
  const { uploadFile } = await import('./peers/uppy.ts');
  const file = pickedFile();
  const key = newKey();
  return time(() => uploadFile(file, key, partSize));
}

/** Encrypted by another library, sent as `uploadPlain` sends. */
export async function uploadPeer(name: PeerName): Promise<number> {
  const client = ownClient();
  const peer = await peers[name]();
  const file = pickedFile();
  return time(async () => {
    const sealed = await peer.ofFile(file);
    await sendPlain(
      client,
      sealed instanceof Uint8Array ? slices(new Blob([sealed as BlobPart])) : gather(sealed),
    );
  });
}

/** Removes what the last upload stored. */
export async function removeUploaded(): Promise<void> {
  await connection().store.remove(lastKey);
}

function newKey(): string {
  lastKey = `${connection().prefix}${crypto.randomUUID()}`;
  return lastKey;
}

function* slices(file: Blob): Generator<Blob> {
  for (const { start, end } of planParts(file.size, 1)) yield file.slice(start, end);
}

/** A stream in parts of equal size. */
async function* gather(stream: ReadableStream<Uint8Array>): AsyncGenerator<Blob> {
  let pieces: BlobPart[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    let piece = next.value;
    while (size + piece.length >= partBytes) {
      const fitting = partBytes - size;
      yield new Blob([...pieces, piece.slice(0, fitting)]);
      piece = piece.subarray(fitting);
      pieces = [];
      size = 0;
    }
    // Copied: what a library hands out may be memory that it uses again.
    pieces.push(piece.slice());
    size += piece.length;
  }
  if (size > 0) yield new Blob(pieces);
}

async function sendPlain(client: S3Client, bodies: Iterable<Blob> | AsyncIterable<Blob>): Promise<void> {
  const target = { Bucket: connection().info.bucket, Key: newKey() };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  const parts: { PartNumber: number; ETag: string }[] = [];
  const numbered = number(bodies);
  async function lane(): Promise<void> {
    for (let next = await numbered.next(); !next.done; next = await numbered.next()) {
      const [PartNumber, Body] = next.value;
      const { ETag = '' } = await client.send(
        new UploadPartCommand({ ...target, UploadId, PartNumber, Body }),
      );
      parts[PartNumber - 1] = { PartNumber, ETag };
    }
  }
  await Promise.all(Array.from({ length: partsInFlight }, lane));
  await client.send(
    new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts: parts } }),
  );
}

async function* number(bodies: Iterable<Blob> | AsyncIterable<Blob>): AsyncGenerator<[number, Blob]> {
  let count = 0;
  for await (const body of bodies) yield [++count, body];
}
