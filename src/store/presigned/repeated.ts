import { EnvelopeError, throwIfAborted } from '../../core/errors.ts';
import { delayAfter, isPassing } from '../passing.ts';

/**
 * Sends again what failed in passing, `attempts` times in all. How often is told in the details of what it fails
 * with, so that nobody above repeats it once more.
 */
export async function repeated<T>(
  attempts: number,
  signal: AbortSignal | undefined,
  task: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      if (attempts === 1 || !(error instanceof EnvelopeError) || !isPassing(error)) throw error;
      if (attempt === attempts) {
        const { code, message, details } = error;
        throw new EnvelopeError(code, message, { cause: error, details: { ...details, tries: attempts } });
      }
      await new Promise((resolve) => setTimeout(resolve, delayAfter(attempt, error)));
      throwIfAborted(signal);
    }
  }
}
