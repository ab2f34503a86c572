/**
 * AES-GCM (NIST SP 800-38D; 12-byte IV, 16-byte tag) that streams, seeks and runs in parallel, on WebCrypto,
 * whose own AES-GCM takes one whole message at a time. The output is that of plain GCM, bit by bit.
 *
 * How: field.ts is the arithmetic, ghash.ts adds up what pieces leave behind, engine.ts seals and opens one
 * segment natively, message.ts cuts ranges into segments and watches over the whole.
 */
import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { leaveMemory, takeMemory } from '../memory.ts';
import { chooseSealingEngine, type Engine, openByCtr } from './engine.ts';
import { equal, fromBytes, toBytes } from './field.ts';
import { createMessage, type MessageParameters } from './message.ts';

export { type GcmKey, importGcmKey } from './key.ts';
export type { MessageParameters } from './message.ts';

/** What tests and measurements vary, and nobody else. */
export interface Tuning {
  readonly engine?: Engine | undefined;
  /** A multiple of 16. */
  readonly segmentBytes?: number | undefined;
}

export interface GcmSealer {
  /**
   * Seals the range of the message that `plaintext` fills from `start`, and resolves with its ciphertext, of
   * the same length: the beginning of `into` if given. `into` may be `plaintext` itself, which is then
   * overwritten, and which is twice as fast as fresh memory. Leave both alone until the promise settles; after
   * a failure the output is wiped.
   *
   * In any order, and many at once. Ranges start at multiples of 16, end at one or with the message, and
   * must not overlap (`bad-argument`). A range may come again with the same bounds and the same plaintext;
   * another plaintext under the same keystream would give both away: `file-changed`, and nothing comes out.
   */
  seal(start: number, plaintext: Bytes, into?: Bytes): Promise<Bytes>;
  /** Resolves when the whole message has been sealed. It never rejects, and waits for ever for a range that failed. */
  sealed(): Promise<void>;
  /** The 16-byte tag. Rejects with `bad-argument` unless the whole message has been sealed. */
  tag(): Promise<Bytes>;
}

export interface GcmOpener {
  /**
   * Opens a range, as `seal` seals one. What comes out is UNVERIFIED until `verify` resolves. A range that
   * comes a second time with another ciphertext is refused: `tag-mismatch`.
   */
  open(start: number, ciphertext: Bytes, into?: Bytes): Promise<Bytes>;
  /**
   * Takes a range that was opened before from its plaintext, which stays as it is: sealed again, it leaves the same
   * state, so `verify` vouches for it as for the others. The ciphertext goes nowhere. Plaintext that is not what
   * was sealed makes `verify` fail, or is refused here (`tag-mismatch`) where the range was opened already.
   */
  recall(start: number, plaintext: Bytes): Promise<void>;
  /**
   * Resolves if everything that was opened is what was sealed. Rejects with `tag-mismatch` if it is not, with
   * `truncated` if parts of the message have not been opened, with `bad-argument` if the tag is not of 16 bytes.
   */
  verify(tag: Bytes): Promise<void>;
}

/** Rejects with `too-large` above 2^36 - 32 bytes, with `bad-argument` if the IV is not of 12 bytes. */
export async function createGcmSealer(
  parameters: MessageParameters,
  tuning: Tuning = {},
): Promise<GcmSealer> {
  const engine = tuning.engine ?? chooseSealingEngine();
  const changed = () =>
    new EnvelopeError('file-changed', 'a range that was sealed before has another plaintext now');
  const { segmentBytes } = tuning;
  const message = createMessage(parameters, { engine, conflict: changed, seals: true, segmentBytes });
  return {
    seal: (start, plaintext, into) => message.run(start, plaintext, into),
    sealed: () => message.whole,
    async tag() {
      if (!message.isWhole()) {
        throw new EnvelopeError('bad-argument', 'parts of the message have not been sealed');
      }
      return toBytes(await message.tag());
    },
  };
}

/** Rejects as `createGcmSealer` does. */
export async function createGcmOpener(
  parameters: MessageParameters,
  tuning: Tuning = {},
): Promise<GcmOpener> {
  const mismatch = () => new EnvelopeError('tag-mismatch', 'the ciphertext is not what was sealed');
  const { segmentBytes } = tuning;
  const message = createMessage(parameters, {
    ...{ engine: openByCtr, conflict: mismatch },
    ...{ seals: false, segmentBytes },
  });
  return {
    open: (start, ciphertext, into) => message.run(start, ciphertext, into),
    async recall(start, plaintext) {
      const engine = await (tuning.engine ?? chooseSealingEngine());
      leaveMemory(await message.run(start, plaintext, takeMemory(plaintext.length), engine));
    },
    async verify(tag) {
      if (tag.length !== 16) {
        throw new EnvelopeError('bad-argument', `the tag must have 16 bytes, not ${tag.length}`);
      }
      if (!message.isWhole()) {
        throw new EnvelopeError('truncated', 'parts of the message have not been opened');
      }
      if (!equal(fromBytes(tag), await message.tag())) throw mismatch();
    },
  };
}
