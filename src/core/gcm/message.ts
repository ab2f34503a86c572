import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { cut, freeMemory, wipe } from '../memory.ts';
import { createSlots } from '../slots.ts';
import { type Cipher, createCipher, type Engine, hashAlone, type Segment, sealWhole } from './engine.ts';
import { add, type Element, zero } from './field.ts';
import { blocksOf, concatenate, finish, type Piece } from './ghash.ts';
import type { GcmKey } from './key.ts';
import { createRanges } from './ranges.ts';

export interface MessageParameters {
  readonly key: GcmKey;
  /** 12 bytes. Under one key, one IV serves one plaintext, ever. */
  readonly iv: Bytes;
  /** Authenticated with the message; none unless given. */
  readonly additionalData?: Bytes | undefined;
  /** Bytes of plaintext, and so of ciphertext: at most 2^36 - 32. */
  readonly plaintextLength: number;
}

/** What goes through a message in one direction, range by range. */
export interface Message {
  /**
   * Runs the engine over the range that `input` fills from `start`, and returns the part of `into` that took
   * the output. If anything fails, that part of `into` is wiped. `engine`: another one, for this range alone.
   */
  run(start: number, input: Bytes, into?: Bytes, engine?: Engine): Promise<Bytes>;
  isWhole(): boolean;
  /** Resolves when every byte has gone through. */
  readonly whole: Promise<void>;
  /** The tag, once the message is whole. */
  tag(): Promise<Element>;
}

export interface MessageOptions {
  readonly engine: Engine | Promise<Engine>;
  /** Makes the error for a range that comes a second time and is not what it was the first time. */
  readonly conflict: () => EnvelopeError;
  /** Whether it is a message that is sealed: one of a single segment then takes a single native call. */
  readonly seals: boolean;
  /** A multiple of 16. */
  readonly segmentBytes?: number | undefined;
}

/** What is found out once of a message, and costs more than sealing a short one. */
interface Prepared {
  readonly cipher: Cipher;
  readonly engine: Engine;
  /** The additional data, hashed. */
  readonly additional: Piece;
}

/** SP 800-38D, section 5.2.1.1: the counter has 2^32 - 2 values for the blocks of a message. */
const maxPlaintextBytes = 2 ** 36 - 32;

// A segment and its copies stay in the cache; one of twice this size runs at half the speed.
const defaultSegmentBytes = 512 * 1024;

// For all messages of a thread together: it keeps the cores busy, and the cache from filling up.
const inTurn = createSlots(4);

/** Throws as `createGcmSealer` rejects. */
export function createMessage(
  { key, iv, additionalData = new Uint8Array(), plaintextLength }: MessageParameters,
  { engine: usualEngine, conflict, seals, segmentBytes = defaultSegmentBytes }: MessageOptions,
): Message {
  if (!Number.isSafeInteger(plaintextLength) || plaintextLength < 0) {
    throw new EnvelopeError('bad-argument', 'the length of the plaintext must be a whole number of bytes');
  }
  if (plaintextLength > maxPlaintextBytes) {
    throw new EnvelopeError('too-large', `AES-GCM takes at most ${maxPlaintextBytes} bytes in one message`, {
      details: { plaintextLength },
    });
  }
  if (iv.length !== 12) {
    throw new EnvelopeError('bad-argument', `the IV must have 12 bytes, not ${iv.length}`);
  }

  const nonce = iv.slice();
  const additional = additionalData.slice();
  const ranges = createRanges(plaintextLength);
  const isShort = seals && plaintextLength <= segmentBytes;
  let shortTag: Element | undefined;
  let prepared: Promise<Prepared> | undefined;

  async function prepare(): Promise<Prepared> {
    const [cipher, engine] = await Promise.all([createCipher(key, nonce), usualEngine]);
    return { cipher, engine, additional: await hashAlone(cipher, additional) };
  }

  function whenReady(): Promise<Prepared> {
    prepared ??= prepare();
    return prepared;
  }

  /** Of a whole message, its tag tells as much as a state does of a range. */
  async function runShort(input: Bytes, into: Bytes): Promise<Element> {
    const { output, tag } = await inTurn.run(() =>
      sealWhole(key, nonce, cut(input, 0, plaintextLength), additional),
    );
    cut(into, 0, plaintextLength).set(output);
    freeMemory(output);
    shortTag ??= tag;
    return tag;
  }

  async function runRange(start: number, input: Bytes, into: Bytes, other?: Engine): Promise<Element> {
    const { length } = input;
    const { cipher, engine: usual } = await whenReady();
    const engine = other ?? usual;
    const segments: Promise<Segment>[] = [];
    for (let from = 0; from < length; from += segmentBytes) {
      const to = Math.min(from + segmentBytes, length);
      const previous = segments.at(-1);
      segments.push(
        inTurn.run(async () => {
          const segment = await engine(cipher, (start + from) / 16, cut(input, from, to), previous);
          cut(into, from, to).set(segment.output);
          // At once: the next segment gets it while it is still in the cache.
          freeMemory(segment.output);
          return segment;
        }),
      );
    }
    // Not before all have ended: a straggler would write into a buffer that was wiped.
    await Promise.allSettled(segments);
    return concatenate(cipher.hashKey, await Promise.all(segments));
  }

  return {
    async run(start, input, into = new Uint8Array(input.length), engine) {
      if (into.length < input.length || overlapsAskew(input, into)) {
        throw new EnvelopeError(
          'bad-argument',
          'the output must have room, and may overlap the input only in place',
        );
      }
      const range = ranges.begin(start, input.length);
      const output = into.subarray(0, input.length);
      try {
        const isAll = isShort && input.length === plaintextLength;
        const state = await (isAll ? runShort(input, output) : runRange(start, input, output, engine));
        if (!ranges.settle(range, state)) throw conflict();
        return output;
      } catch (error) {
        wipe(output);
        throw error;
      }
    },

    isWhole: ranges.isWhole,
    whole: ranges.whole,

    async tag() {
      if (shortTag) return shortTag;
      const { cipher, additional: additionalPiece } = await whenReady();
      const pieces = ranges.list.map(({ start, end, state = zero }) => ({
        state,
        blocks: blocksOf(end - start),
      }));
      const state = concatenate(cipher.hashKey, [additionalPiece, ...pieces]);
      return add(finish(cipher.hashKey, state, additional.length, plaintextLength), cipher.tagMask);
    },
  };
}

/** Whether `into`, as far as it is used, overlaps `input` and is not in the same place. */
function overlapsAskew(input: Bytes, into: Bytes): boolean {
  const distance = Math.abs(input.byteOffset - into.byteOffset);
  return input.buffer === into.buffer && distance > 0 && distance < input.length;
}
