import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import type { MessageParameters } from '../gcm/gcm.ts';
import type { ByteRange } from '../object.ts';
import { subtle } from '../subtle.ts';
import { blockBytes } from './algorithm.ts';
import { plaintextLengthOf } from './content.ts';

/**
 * Opens any range of an object without anybody knowing whether it is what was sealed: a tag covers the whole
 * object, and CBC content has none. Nothing that it returns is ever verified.
 */
export interface UnauthenticatedDecryptor {
  readonly verifies: 'never';
  readonly objectLength: number;
  /**
   * Bytes of plaintext: exact for GCM. Of CBC only the end tells how much of the last block is padding, so the
   * plaintext is up to 15 bytes shorter than this.
   */
  readonly longestPlaintext: number;
  /** The bytes of the body that `open` wants for a range of the plaintext; empty beyond the object's end. */
  objectRange(plaintext: ByteRange): ByteRange;
  /**
   * Opens exactly the bytes of `objectRange`. A range ends where the plaintext does, and is empty where it
   * starts after that: a tag or padding never comes out. Rejects with `bad-argument` for a body of another
   * length, with `content-invalid` where CBC does not decrypt, whatever the reason.
   */
  open(plaintext: ByteRange, body: Bytes): Promise<Bytes>;
}

/**
 * The bytes of an object to ask for before anything is known of it, its length and its format included: whole
 * blocks and the one before them, which CBC needs. What is beyond the object's end does not arrive, and is then
 * what `objectRange` leaves out. `end` may be infinite. Throws `bad-argument`.
 */
export function widenRange({ start, end }: ByteRange): ByteRange {
  const isEnd = Number.isSafeInteger(end) || end === Number.POSITIVE_INFINITY;
  if (!Number.isSafeInteger(start) || !isEnd || start < 0 || end < start) {
    throw new EnvelopeError('bad-argument', 'a range needs a beginning and an end after it', {
      details: { start, end },
    });
  }
  const blocks = Math.ceil(end / blockBytes) * blockBytes;
  return { start: Math.max(0, blockStart(start) - blockBytes), end: blocks };
}

/**
 * What an HTTP `Range` header asks for: `bytes=first-last` or `bytes=first-`, the last byte included. Throws
 * `bad-argument` for anything else, suffixes and several ranges among it: the whole object would be no answer.
 */
export function parseRange(header: string): ByteRange {
  const [, first = '', last = ''] = /^bytes=(\d{1,16})-(\d{0,16})$/.exec(header) ?? [];
  const start = first === '' ? Number.NaN : Number(first);
  const end = last === '' ? Number.POSITIVE_INFINITY : Number(last) + 1;
  if (!(start < end)) {
    throw new EnvelopeError('bad-argument', 'the range must be bytes=first-last or bytes=first-');
  }
  widenRange({ start, end });
  return { start, end };
}

/** What the ciphers differ in. */
export interface Blocks {
  readonly longestPlaintext: number;
  /** Opens whole blocks of the body, the first of them at byte `at`, and tells where the plaintext begins. */
  open(at: number, body: Bytes): Promise<{ readonly at: number; readonly plaintext: Bytes }>;
}

export function createUnauthenticatedDecryptor(
  objectLength: number,
  { longestPlaintext, open }: Blocks,
): UnauthenticatedDecryptor {
  function objectRange(plaintext: ByteRange): ByteRange {
    const { start, end } = widenRange(plaintext);
    return { start: Math.min(start, objectLength), end: Math.min(end, objectLength) };
  }

  return {
    verifies: 'never',
    objectLength,
    longestPlaintext,
    objectRange,

    async open(range, body) {
      const { start, end } = objectRange(range);
      if (body.length !== end - start) {
        throw new EnvelopeError('bad-argument', 'the body is not what `objectRange` asked for', {
          details: { start, length: body.length },
        });
      }
      const { at, plaintext } = await open(start, body);
      return plaintext.slice(Math.max(0, range.start - at), Math.max(0, range.end - at));
    },
  };
}

/** A range of AES-GCM content, which is AES-CTR from the block that it starts in. */
export function createGcmBlocks(objectLength: number, { key, iv }: MessageParameters): Blocks {
  const plaintextLength = plaintextLengthOf(objectLength);
  return {
    longestPlaintext: plaintextLength,
    async open(at, body) {
      const ciphertext = body.subarray(0, Math.max(0, plaintextLength - at));
      if (ciphertext.length === 0) return { at, plaintext: ciphertext };
      const counter = new Uint8Array(blockBytes);
      counter.set(iv);
      // SP 800-38D: block 1 masks the tag. The greatest object just does not wrap these 32 bits.
      new DataView(counter.buffer).setUint32(12, 2 + at / blockBytes);
      const opened = await subtle().encrypt({ name: 'AES-CTR', counter, length: 32 }, key.ctr, ciphertext);
      return { at, plaintext: new Uint8Array(opened) };
    },
  };
}

function blockStart(position: number): number {
  return position - (position % blockBytes);
}
