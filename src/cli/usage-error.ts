import { EnvelopeError } from '../core/errors.ts';

/** The command was not given as it must be; ends with exit code 2. */
export function usageError(message: string): EnvelopeError {
  return new EnvelopeError('bad-argument', message);
}
