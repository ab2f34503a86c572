import { EnvelopeError } from '../errors.ts';
import { type Element, equal } from './field.ts';

/** Part of a message, in bytes, `end` excluded; with the GHASH state of its ciphertext once that is known. */
export interface Range {
  readonly start: number;
  readonly end: number;
  state?: Element;
}

/** The ranges of one message: which were begun, and what each left behind. */
export interface Ranges {
  /** Begins a range, or begins it again. Throws `bad-argument` where it cannot belong to the message. */
  begin(start: number, byteLength: number): Range;
  /** Notes the state of a range. False, and nothing noted, if it has left another one before. */
  settle(range: Range, state: Element): boolean;
  /** All that was begun, in the message's order. */
  readonly list: readonly Range[];
  /** Whether the settled ranges make up the whole message. */
  isWhole(): boolean;
  /** Resolves when they do. */
  readonly whole: Promise<void>;
}

export function createRanges(messageLength: number): Ranges {
  // Sorted, and no two overlap: so settled bytes need only be counted.
  const list: Range[] = [];
  let settledBytes = 0;
  let resolveWhole: () => void = () => {};
  const whole = new Promise<void>((resolve) => {
    resolveWhole = resolve;
  });
  const isWhole = () => settledBytes === messageLength;
  if (isWhole()) resolveWhole();

  return {
    begin(start, byteLength) {
      const end = start + byteLength;
      check(start, end, messageLength);
      // From the back, since most callers go from front to back.
      const before = list.findLastIndex((range) => range.start <= start);
      const previous = list[before];
      if (previous?.start === start && previous.end === end) return previous;
      const next = list[before + 1];
      if ((previous && previous.end > start) || (next && next.start < end)) {
        throw new EnvelopeError('bad-argument', 'ranges of one message must not overlap', {
          details: { start, end },
        });
      }
      const range = { start, end };
      list.splice(before + 1, 0, range);
      return range;
    },

    settle(range, state) {
      if (range.state) return equal(range.state, state);
      range.state = state;
      settledBytes += range.end - range.start;
      if (isWhole()) resolveWhole();
      return true;
    },

    list,
    isWhole,
    whole,
  };
}

function check(start: number, end: number, messageLength: number): void {
  const details = { start, end, messageLength };
  const refuse = (message: string) => new EnvelopeError('bad-argument', message, { details });
  if (!Number.isSafeInteger(start) || start < 0 || start % 16 !== 0) {
    throw refuse('a range must start at a multiple of 16 bytes');
  }
  if (end > messageLength) throw refuse('a range must not reach beyond the message');
  if (end === start && messageLength > 0) throw refuse('a range must not be empty');
  if (end % 16 !== 0 && end < messageLength) {
    throw refuse('a range must end at a multiple of 16 bytes or with the message');
  }
}
