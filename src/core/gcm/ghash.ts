/**
 * GHASH in pieces (NIST SP 800-38D, section 6.4).
 *
 * The state after the blocks X1..Xn is X1·H^n + X2·H^(n-1) + ... + Xn·H: a sum. So the state that a segment
 * leaves when it is hashed alone, from zero, can be moved past the n blocks that follow it by one
 * multiplication with H^n, and the states of all segments, each in its place, add up to that of the message.
 */
import { add, type Element, inverse, multiply, zero } from './field.ts';

/** The hash key H = E_K(0^128), and what is worth computing once from it. As secret as the key itself. */
export interface HashKey {
  /** H^(2^k) for k from 0 to 31: enough for every message that GCM allows. */
  readonly powers: readonly Element[];
  readonly inverse: Element;
}

/** One key in 2^128 has H = 0, and no inverse: nobody will meet it. */
export function createHashKey(h: Element): HashKey {
  const powers: Element[] = [];
  for (let power = h; powers.length < 32; power = multiply(power, power)) powers.push(power);
  return { powers, inverse: inverse(h) };
}

/** The number of 16-byte blocks that hold so many bytes. */
export function blocksOf(bytes: number): number {
  return Math.ceil(bytes / 16);
}

/** Moves a state past `blocks` blocks of zeros, fewer than 2^32: state · H^blocks. */
export function advance({ powers }: HashKey, state: Element, blocks: number): Element {
  return powers.reduce((moved, power, k) => ((blocks >>> k) & 1 ? multiply(moved, power) : moved), state);
}

/** What was hashed alone, from zero: the state it left, and its length in blocks. */
export interface Piece {
  readonly state: Element;
  readonly blocks: number;
}

/** The state after all of the pieces, one behind the other. */
export function concatenate(key: HashKey, pieces: readonly Piece[]): Element {
  return pieces.reduce((sum, { state, blocks }) => add(advance(key, sum, blocks), state), zero);
}

/** GCM's last block: two lengths in bits, each as a 64-bit number. */
function lengthBlock(additionalBytes: number, cipherBytes: number): Element {
  const words = (bytes: number) => [Math.floor(bytes / 2 ** 29), bytes << 3] as const;
  return [...words(additionalBytes), ...words(cipherBytes)];
}

/** From the state after additional data and ciphertext to the hash: one more block, the lengths in bytes. */
export function finish(key: HashKey, state: Element, additionalBytes: number, cipherBytes: number): Element {
  return advance(key, add(state, lengthBlock(additionalBytes, cipherBytes)), 1);
}

/** Undoes `finish`: from a hash to the state before the length block. */
export function unfinish(key: HashKey, hash: Element, additionalBytes: number, cipherBytes: number): Element {
  return add(multiply(hash, key.inverse), lengthBlock(additionalBytes, cipherBytes));
}
