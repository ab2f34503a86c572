import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { cut, freeMemory, wipe } from '../memory.ts';
import { createSlots } from '../slots.ts';
import { createCipher, type Engine, hashAlone, type Segment } from './engine.ts';
import { add, type Element, zero } from './field.ts';
import { blocksOf, concatenate, finish } from './ghash.ts';
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
  tag(): Element;
}

/** SP 800-38D, section 5.2.1.1: the counter has 2^32 - 2 values for the blocks of a message. */
const maxPlaintextBytes = 2 ** 36 - 32;

// A segment and its copies stay in the cache; one of twice this size runs at half the speed.
const defaultSegmentBytes = 512 * 1024;

// For all messages of a thread together: it keeps the cores busy, and the cache from filling up.
const inTurn = createSlots(4);

/** `conflict` makes the error for a range that comes a second time and is not what it was the first time. */
export async function createMessage(
  { key, iv, additionalData = new Uint8Array(), plaintextLength }: MessageParameters,
  chosenEngine: Engine | Promise<Engine>,
  conflict: () => EnvelopeError,
  segmentBytes = defaultSegmentBytes,
): Promise<Message> {
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

  const additional = additionalData.slice();
  const [cipher, usualEngine] = await Promise.all([createCipher(key, iv), chosenEngine]);
  const additionalPiece = await hashAlone(cipher, additional);
  const ranges = createRanges(plaintextLength);

  async function runRange(start: number, input: Bytes, into: Bytes, engine: Engine): Promise<Element> {
    const segments: Promise<Segment>[] = [];
    const { length } = input;
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
    async run(start, input, into = new Uint8Array(input.length), engine = usualEngine) {
      if (into.length < input.length || overlapsAskew(input, into)) {
        throw new EnvelopeError(
          'bad-argument',
          'the output must have room, and may overlap the input only in place',
        );
      }
      const range = ranges.begin(start, input.length);
      const output = into.subarray(0, input.length);
      try {
        const state = await runRange(start, input, output, engine);
        if (!ranges.settle(range, state)) throw conflict();
        return output;
      } catch (error) {
        wipe(output);
        throw error;
      }
    },

    isWhole: ranges.isWhole,
    whole: ranges.whole,

    tag() {
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
