import { EnvelopeError } from '../errors.ts';
import type { Description } from './keyring.ts';

/** The same pairs, in whatever order. */
export function equalDescriptions(a: Description, b: Description): boolean {
  const pairs = Object.entries(a);
  return pairs.length === Object.keys(b).length && pairs.every(([name, value]) => b[name] === value);
}

/** Whether the stored description is that of a key held here; an empty one names nothing. */
export function names(stored: Description, held: Description): boolean {
  return Object.keys(stored).length > 0 && equalDescriptions(stored, held);
}

/** The description without some of its names. */
export function withoutNames(description: Description, dropped: readonly string[]): Description {
  return Object.fromEntries(Object.entries(description).filter(([name]) => !dropped.includes(name)));
}

/**
 * Throws `bad-argument` unless every name and value is text that UTF-8 can hold: half a surrogate pair would
 * be stored as one text and bound as another.
 */
export function checkDescription(description: Description, what: string): void {
  for (const text of Object.entries(description).flat()) {
    if (typeof text !== 'string' || /\p{Surrogate}/u.test(text)) {
      throw new EnvelopeError('bad-argument', `names and values of the ${what} must be well-formed text`);
    }
  }
}
