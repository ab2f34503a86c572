/** What the fuzz tests share: damage of every kind, what came of it, and how much memory that took. */
import fc from 'fast-check';
import { type Bytes, concatBytes } from './bytes.ts';
import { EnvelopeError, type ErrorCode } from './errors.ts';

// A slow machine tries less, and fails no test by it.
fc.configureGlobal({ interruptAfterTimeLimit: 20_000 });

export type Outcome = ErrorCode | 'no error';

/** The code of what was thrown; anything but a foreseen error of the list fails the test by being thrown on. */
export async function outcomeOf(action: () => unknown): Promise<Outcome> {
  try {
    await action();
    return 'no error';
  } catch (error) {
    if (error instanceof EnvelopeError && error.code !== 'internal-error') return error.code;
    throw error;
  }
}

/** What lengths and counts lie about with. */
const extremes = fc.constantFrom(
  ...['00', '01', '7f', '80', 'ff', '0000', 'ffff', '00000000', '00000001', '7fffffff', 'ffffffff'],
  ...['fffffffe', '80000000', '0000000000000000', '0000000fffffffe0', '001fffffffffffff', 'ffffffffffffffff'],
);

type Damage = (bytes: Bytes) => Bytes;

/** Positions are fractions, so that a case shrinks and repeats whatever the length. */
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (bytes: Bytes, fraction: number) => Math.floor(fraction * (bytes.length + 1));

const once: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(place, fc.nat(7)).map(([where, bit]) => (bytes: Bytes) => {
    const changed = bytes.slice();
    const index = Math.min(at(bytes, where), bytes.length - 1);
    if (index >= 0) changed[index] = (changed[index] ?? 0) ^ (1 << bit);
    return changed;
  }),
  fc.tuple(place, extremes).map(([where, hex]) => (bytes: Bytes) => {
    const field = Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
    const changed = bytes.slice();
    if (field.length <= changed.length)
      changed.set(field, Math.floor(where * (changed.length - field.length + 1)));
    return changed;
  }),
  place.map((where) => (bytes: Bytes) => bytes.slice(0, at(bytes, where))),
  place.map((where) => (bytes: Bytes) => bytes.slice(at(bytes, where))),
  fc.tuple(place, place).map(([one, other]) => (bytes: Bytes) => {
    const [from, to] = [Math.min(one, other), Math.max(one, other)].map((where) => at(bytes, where));
    return concatBytes(bytes.slice(0, from), bytes.slice(to));
  }),
  fc.tuple(place, place).map(([one, other]) => (bytes: Bytes) => {
    const [from, to] = [Math.min(one, other), Math.max(one, other)].map((where) => at(bytes, where));
    return concatBytes(bytes.slice(0, to), bytes.slice(from));
  }),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 70 })).map(([where, added]) => (bytes: Bytes) => {
    const index = at(bytes, where);
    return concatBytes(bytes.slice(0, index), added, bytes.slice(index));
  }),
);

/** Flipped bits, lying lengths, and bytes that were cut off, cut out, doubled or slipped in; up to three times. */
export const damage: fc.Arbitrary<Damage> = fc
  .array(once, { minLength: 1, maxLength: 3 })
  .map((steps) => (bytes: Bytes) => steps.reduce((sofar, step) => step(sofar), bytes));

/**
 * Bytes of the largest array that was made while the action ran, if it was made by its length. What is made of
 * other arrays is not counted: it can be no larger than they are together.
 */
export async function largestAllocation(action: () => unknown): Promise<number> {
  const Real = globalThis.Uint8Array;
  let largest = 0;
  globalThis.Uint8Array = new Proxy(Real, {
    construct(target, parameters) {
      const [length] = parameters;
      if (typeof length === 'number') largest = Math.max(largest, length);
      return Reflect.construct(target, parameters);
    },
  });
  try {
    await action();
  } finally {
    globalThis.Uint8Array = Real;
  }
  return largest;
}

/** How many bytes were set or sliced from one array to another while the action ran: no machine is too slow for it. */
export async function bytesCopied(action: () => unknown): Promise<number> {
  const { set, slice } = Uint8Array.prototype;
  let copied = 0;
  Uint8Array.prototype.set = function (from, at) {
    copied += from.length;
    set.call(this, from, at);
  };
  Uint8Array.prototype.slice = function (start, end) {
    const piece = slice.call(this, start, end);
    copied += piece.length;
    return piece as Bytes;
  };
  try {
    await action();
  } finally {
    // Both are inherited.
    Reflect.deleteProperty(Uint8Array.prototype, 'set');
    Reflect.deleteProperty(Uint8Array.prototype, 'slice');
  }
  return copied;
}

/**
 * What came of it. Fails where an expression that may take the square of a text's length, or worse, is to search more
 * than so many characters: one that repeats something, but for a single class from the start on.
 */
export async function outcomeWithin(most: number, action: () => unknown): Promise<Outcome> {
  const real = RegExp.prototype.exec;
  function exec(this: RegExp, text: string) {
    // Which is asked by expressions as well.
    RegExp.prototype.exec = real;
    if (text.length > most && mayBeSlow(this)) throw new Error(`${text.length} characters for ${this}`);
    RegExp.prototype.exec = exec;
    return real.call(this, text);
  }
  RegExp.prototype.exec = exec;
  try {
    return await outcomeOf(action);
  } finally {
    RegExp.prototype.exec = real;
  }
}

function mayBeSlow({ source }: RegExp): boolean {
  const repeats = source.replaceAll(/\\.|\[(?:\\.|[^\]])*\]/g, 'x').split(/[*+]|\{\d+,\d*\}/).length - 1;
  return repeats > 1 || (repeats === 1 && !/^\^[^|]*$/.test(source));
}
