import { EnvelopeError } from '../core/errors.ts';

export interface Listener<Told> {
  tell(told: Told): void;
  /** Aborted by the one that was given, and once the caller's function has thrown. */
  readonly signal: AbortSignal;
  /** What the work ended with; what the caller's function threw, where it ended for that. */
  reasonOf(failure: unknown): unknown;
}

/** A caller's function that hears of some work, and the signal to do that work under: its mistakes end it. */
export function listener<Told>(
  hear: ((told: Told) => void) | undefined,
  signal: AbortSignal,
): Listener<Told> {
  const mistake = new AbortController();
  return {
    signal: AbortSignal.any([signal, mistake.signal]),
    tell(told) {
      try {
        hear?.(told);
      } catch (error) {
        mistake.abort(error);
      }
    },
    reasonOf(failure) {
      if (!mistake.signal.aborted) return failure;
      return new EnvelopeError('cancelled', 'what was to hear of the progress threw', {
        cause: mistake.signal.reason,
      });
    },
  };
}
