import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { cut, wipe } from '../memory.ts';
import type { ObjectEncryptor } from '../object.ts';
import { subtle } from '../subtle.ts';
import type { DeriveKey } from './derivation.ts';
import { createFrameRanges } from './frame-ranges.ts';
import type { MessageHeader } from './header.ts';
import { forEachFrame } from './lanes.ts';
import {
  checkFrameLength,
  finalOverhead,
  framesOf,
  type Layout,
  layOut,
  objectRangeOf,
  regularOverhead,
} from './layout.ts';
import { createOrderedHash, maxWaitingBytes } from './ordered-hash.ts';
import {
  createSealer,
  defaultFrameLength,
  type MessageSealer,
  resumeSealer,
  type SealOptions,
} from './sealer.ts';
import { createRunningHash, digestOf, footerLength } from './signature.ts';
import { tagBytes } from './suite.ts';
import type { UnlockOptions } from './unlock.ts';

export interface EncryptMessageOptions extends SealOptions {
  /** Bytes; 0 is fine. At most 2^32 - 1 frames of it. */
  readonly plaintextLength: number;
}

/** Seals one message. */
export interface MessageEncryptor extends ObjectEncryptor {
  /** The header, with which the body begins: all that `resumeMessage` needs beside the key. */
  readonly header: Bytes;
  deriveKey: DeriveKey;
}

/**
 * Seals one message, frame by frame. Everything that opens it is in the message, so `metadata` is empty; the
 * granularity is the frame length.
 *
 * Frames are sealed in any order. The signature of a signed suite is over the message from its beginning, so
 * there what comes early waits, as a copy, until what goes before it has been hashed: up to 128 MiB, and
 * `bad-argument` beyond. Whoever seals roughly from front to back never meets that. The range that ends a signed
 * message waits for all others.
 *
 * Rejects with `too-large` for more frames than can be numbered or for frames of 2 GiB and more, and as `createSealer`
 * does.
 */
export async function encryptMessage(options: EncryptMessageOptions): Promise<MessageEncryptor> {
  const { plaintextLength, frameLength = defaultFrameLength } = options;
  checkFrameLength(frameLength);
  // Before any key is made, though it is not known yet how long header and footer will be.
  layOut({ headerLength: 0, frameLength, footerLength: 0 }, plaintextLength);
  return encryptorOf(await createSealer(options), plaintextLength);
}

export interface ResumeMessageOptions extends UnlockOptions {
  /** Bytes: what they were. */
  readonly plaintextLength: number;
}

/**
 * The encryptor of a message that was begun before, another day and in another place, from the header that it had:
 * seals any range as the first one did. What has been sealed already must not come again with other bytes, since both
 * would be under one keystream, and this encryptor does not remember it: compare digests before anything leaves.
 *
 * Rejects with `algorithm-unsupported` for a signed message, with `too-large`, and as `unlockMessage` does.
 */
export async function resumeMessage(
  header: MessageHeader,
  { plaintextLength, ...options }: ResumeMessageOptions,
): Promise<MessageEncryptor> {
  return encryptorOf(await resumeSealer(header, options), plaintextLength);
}

async function encryptorOf(sealer: MessageSealer, plaintextLength: number): Promise<MessageEncryptor> {
  const { curve } = sealer.suite;
  const layout = layOut(
    {
      headerLength: sealer.header.length,
      frameLength: sealer.frameLength,
      footerLength: curve ? footerLength(curve) : 0,
    },
    plaintextLength,
  );
  const signature = await createSigning(sealer, layout);
  const sealedRanges = createFrameRanges();

  return {
    plaintextLength,
    objectLength: layout.objectLength,
    metadata: {},
    header: sealer.header.slice(),
    deriveKey: sealer.deriveKey,
    granularity: layout.frameLength,
    objectRange: (plaintext) => objectRangeOf(layout, plaintext),

    async seal(start, plaintext, into) {
      const end = start + plaintext.length;
      const frames = framesOf(layout, { start, end });
      const range = objectRangeOf(layout, { start, end });
      sealedRanges.begin(frames);

      const length = range.end - range.start;
      const body = into && into.length >= length ? into.subarray(0, length) : new Uint8Array(length);
      const headerEnd = start === 0 ? layout.headerLength : 0;
      const count = frames.end - frames.start;
      const tags = new Uint8Array(tagBytes * count);
      try {
        // From the back: frames grow, and WebCrypto takes its copy of a frame before anything lands where it was.
        await forEachFrame(count, async (turn) => {
          const index = count - 1 - turn;
          const from = index * layout.frameLength;
          const content = cut(plaintext, from, Math.min(from + layout.frameLength, end - start));
          const final = frames.start + index === layout.frames - 1;
          const at = headerEnd + index * (layout.frameLength + regularOverhead);
          const frame = cut(body, at, at + content.length + (final ? finalOverhead : regularOverhead));
          await sealer.sealFrame(frames.start + index + 1, final, content, frame);
          tags.set(frame.subarray(-tagBytes), tagBytes * index);
        });
        if (start === 0) cut(body, 0, headerEnd).set(sealer.header);
        const digest = new Uint8Array(await subtle().digest('SHA-256', tags));
        if (!sealedRanges.settle(frames, digest)) {
          throw new EnvelopeError('file-changed', 'a range that was sealed before has another plaintext now');
        }
        await signature?.sign(range.start, body);
        return body;
      } catch (error) {
        wipe(body);
        throw error;
      }
    },
  };
}

interface Signing {
  /** Takes a part of the message; if it is the last, waits for the others and fills in the footer. */
  sign(start: number, part: Bytes): Promise<void>;
}

async function createSigning({ suite, signer }: MessageSealer, layout: Layout): Promise<Signing | undefined> {
  const { curve } = suite;
  if (!curve || !signer) return undefined;
  const { objectLength, footerLength: footerBytes } = layout;
  const signedLength = objectLength - footerBytes;
  const hash = createOrderedHash(await createRunningHash(curve));
  let footer: Bytes | undefined;

  /** Of a message that is sealed in one piece, without the slower hash. */
  async function digestAfter(start: number, signed: Bytes): Promise<Bytes> {
    if (start === 0) return digestOf(curve ?? 'P-384', signed);
    await hash.whenReached(start);
    hash.add(start, signed);
    return hash.digest();
  }

  return {
    async sign(start, part) {
      if (start + part.length < objectLength) {
        if (hash.add(start, part)) return;
        throw new EnvelopeError('bad-argument', 'a signed message is sealed roughly from front to back', {
          details: { start, reached: hash.reached(), maxWaitingBytes },
        });
      }
      // Sealed again, the end is the same again.
      footer ??= signer.sign(await digestAfter(start, part.subarray(0, signedLength - start)));
      part.set(footer, signedLength - start);
    },
  };
}
