import { EnvelopeError } from '../core/errors.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import { delayAfter, isPassing } from '../store/passing.ts';
import { onWaking } from '../store/waking.ts';

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Told `true` when the network is away and a wait begins, and `false` when that wait ends, however it does. */
  readonly onOffline?: (offline: boolean) => void;
}

/** With the delays between them, the last of these comes three quarters of a minute after the first. */
const attempts = 8;
/** What arrives damaged again and again, the network did not damage. */
const attemptsIfDamaged = 3;

/**
 * Repeats a task that failed for want of a network or a service: at once when the browser is back online or the page
 * is seen again, which spends no try, else after a delay that doubles, with jitter; never sooner than the service asked
 * for. While the browser is offline it waits, and no try is spent. Everything else fails at once, and so does what the
 * client has repeated by itself: one layer repeats.
 */
export async function withRetry<T>(task: () => Promise<T>, { signal, onOffline }: RetryOptions): Promise<T> {
  async function offline<Ended>(wait: Promise<Ended>): Promise<Ended> {
    onOffline?.(true);
    try {
      return await wait;
    } finally {
      onOffline?.(false);
    }
  }

  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof EnvelopeError) || !isPassing(error)) throw error;
      if (globalThis.navigator?.onLine === false) {
        await offline(untilOnline(signal));
        // Being offline says nothing about the service.
        attempt = 0;
        continue;
      }
      const enough = error.code === 'checksum-mismatch' ? attemptsIfDamaged : attempts;
      if (attempt >= enough || error.details['tries'] !== undefined) throw error;
      // Whatever happens meanwhile, not sooner than it was asked for.
      const wait = untilDue(delayAfter(attempt, error), signal, error.details['retryAfter'] === undefined);
      const woken = await (error.code === 'network-failed' ? offline(wait) : wait);
      if (woken) attempt--;
    }
  }
}

function untilOnline(signal: AbortSignal): Promise<void> {
  return settleOn(signal, (resolve) => onWaking(() => globalThis.navigator.onLine && resolve()));
}

/** Milliseconds; if it `wakes`, or until there is reason to look again at once, which it tells. */
function untilDue(milliseconds: number, signal: AbortSignal, wakes: boolean): Promise<boolean> {
  return settleOn(signal, (resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    const stop = wakes ? onWaking(() => resolve(true)) : undefined;
    return () => {
      clearTimeout(timer);
      stop?.();
    };
  });
}

function settleOn<Ended>(
  signal: AbortSignal,
  start: (resolve: (ended: Ended) => void) => () => void,
): Promise<Ended> {
  let stop = () => {};
  const ended = new Promise<Ended>((resolve) => {
    stop = start(resolve);
  });
  return unlessAborted(ended, signal).finally(stop);
}
