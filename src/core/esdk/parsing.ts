import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';

/**
 * Parses what may not have arrived yet: yields how many bytes it needs in all, counted from where it began,
 * and is resumed with at least so many, again from where it began.
 */
export type Parsing<T> = Generator<number, T, Bytes>;

/** `needed`: what the bytes must at least grow to before there is any sense in trying again. */
export type Parsed<T> = { readonly value: T } | { readonly needed: number };

/** Goes as far as these bytes reach. */
export function parseSoFar<T>(parsing: Parsing<T>, bytes: Bytes): Parsed<T> {
  let step = parsing.next(bytes);
  while (!step.done) {
    if (step.value > bytes.length) return { needed: step.value };
    step = parsing.next(bytes);
  }
  return { value: step.value };
}

/** For bytes that are all there: `truncated` if they end too early. */
export function parseAll<T>(parsing: Parsing<T>, bytes: Bytes): T {
  const parsed = parseSoFar(parsing, bytes);
  if ('value' in parsed) return parsed.value;
  throw truncated(parsed.needed - bytes.length);
}

export function truncated(missing: number): EnvelopeError {
  return new EnvelopeError('truncated', 'the message ends before it is complete', { details: { missing } });
}
