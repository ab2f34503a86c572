/** What the tests of ESDK messages share: small keyrings, and a message read in each way there is. */
import { type Bytes, concatBytes } from '../bytes.ts';
import { importWrappingKey } from '../keyrings/aes-keyring.ts';
import type { ObjectDecryptor, ObjectEncryptor } from '../object.ts';
import {
  createDecryptStream,
  createRawAesKeyring,
  type DecryptOptions,
  type DecryptStreamOptions,
  decrypt,
  type MessageHeader,
  type MessageKeyring,
  parseHeader,
  unlockMessage,
} from './esdk.ts';
import { truncated } from './parsing.ts';

export async function aesKeyring(fill = 7, keyName = 'k'): Promise<MessageKeyring> {
  const wrappingKey = await importWrappingKey(new Uint8Array(32).fill(fill));
  return createRawAesKeyring({ keyNamespace: 'test', keyName, wrappingKey });
}

/** Bytes that repeat late enough for a swap to show. */
export function sample(length: number): Bytes {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff);
}

export function streamOf(bytes: Bytes, chunkBytes: number): ReadableStream<Bytes> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + chunkBytes));
      at += chunkBytes;
    },
  });
}

export interface Collected {
  readonly bytes: Bytes;
  readonly error?: unknown;
}

/** All that comes out, and what ended it. */
export async function collect(stream: ReadableStream<Bytes>): Promise<Collected> {
  const chunks: Bytes[] = [];
  const reader = stream.getReader();
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) chunks.push(step.value);
    return { bytes: concatBytes(...chunks) };
  } catch (error) {
    return { bytes: concatBytes(...chunks), error };
  }
}

export function headerOf(message: Bytes, options: Partial<DecryptOptions> = {}): MessageHeader {
  const parsed = parseHeader(message, options);
  if ('value' in parsed) return parsed.value;
  throw truncated(parsed.needed - message.length);
}

/** Opens ranges of so many frames in the order given, then verifies. */
export async function openRanges(
  decryptor: ObjectDecryptor,
  message: Bytes,
  framesInRange: number,
  order: (starts: number[]) => number[] = (starts) => starts,
): Promise<Bytes> {
  const { plaintextLength, granularity } = decryptor;
  const plaintext = new Uint8Array(plaintextLength);
  for (const start of order(rangeStarts(plaintextLength, granularity * framesInRange))) {
    const end = Math.min(start + granularity * framesInRange, plaintextLength);
    const range = decryptor.objectRange({ start, end });
    plaintext.set(await decryptor.open(start, message.slice(range.start, range.end)), start);
  }
  await decryptor.verify();
  return plaintext;
}

/** Seals ranges of so many frames in the order given, all at once. */
export async function sealRanges(
  encryptor: ObjectEncryptor,
  plaintext: Bytes,
  framesInRange: number,
  order: (starts: number[]) => number[] = (starts) => starts,
): Promise<Bytes> {
  const { objectLength, granularity } = encryptor;
  const message = new Uint8Array(objectLength);
  const bytes = granularity * framesInRange;
  await Promise.all(
    order(rangeStarts(plaintext.length, bytes)).map(async (start) => {
      const range = plaintext.slice(start, start + bytes);
      const body = await encryptor.seal(start, range);
      const place = encryptor.objectRange({ start, end: start + range.length });
      if (body.length !== place.end - place.start) throw new Error('the body does not fit its range');
      message.set(body, place.start);
    }),
  );
  return message;
}

function rangeStarts(length: number, bytes: number): number[] {
  return Array.from({ length: Math.max(1, Math.ceil(length / bytes)) }, (_, index) => index * bytes);
}

/** The ways to read a message; each resolves with the plaintext once all of it is verified. */
export const readers = {
  whole: async (message, options) => (await decrypt(message, options)).plaintext,

  async stream(message, options) {
    const { bytes, error } = await collect(decryptStreamOf(message, options, 1000));
    if (error) throw error;
    return bytes;
  },

  async ranges(message, options) {
    const unlocked = await unlockMessage(headerOf(message, options), options);
    const decryptor = unlocked.decryptor(message.length, message.slice(-106));
    return openRanges(decryptor, message, 2, (starts) => starts.reverse());
  },
} as const satisfies Record<string, (message: Bytes, options: DecryptOptions) => Promise<Bytes>>;

export function decryptStreamOf(
  message: Bytes,
  options: DecryptOptions,
  chunkBytes: number,
): ReadableStream<Bytes> {
  const signed = options.signed === 'refuse' ? 'refuse' : 'release-before-signature';
  const streamOptions: DecryptStreamOptions = { ...options, signed };
  return streamOf(message, chunkBytes).pipeThrough(createDecryptStream(streamOptions));
}

export function flipBit(bytes: Bytes, bit: number): Bytes {
  const changed = bytes.slice();
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
  return changed;
}
