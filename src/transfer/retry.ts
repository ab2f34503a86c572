import { EnvelopeError } from '../core/errors.ts';

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Told `true` when the network is away and a wait begins, `false` when work goes on. */
  readonly onOffline?: (offline: boolean) => void;
}

const attempts = 6;
const firstDelay = 500;
const longestDelay = 15_000;

/**
 * Repeats a task that failed for want of a network or a service: at once when the browser is back online,
 * else after a delay that doubles, with jitter so that many clients do not come back together. Everything
 * else fails at once; what it fails with never depends on which cryptographic check said no.
 */
export async function withRetry<T>(task: () => Promise<T>, { signal, onOffline }: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof EnvelopeError) || !isPassing(error)) throw error;
      if (globalThis.navigator?.onLine === false) {
        onOffline?.(true);
        await untilOnline(signal);
        onOffline?.(false);
        // Being offline says nothing about the service.
        attempt = 0;
        continue;
      }
      if (attempt === attempts) throw error;
      if (error.code === 'network-failed') onOffline?.(true);
      await delay(Math.min(firstDelay * 2 ** (attempt - 1), longestDelay) * jitter(), signal);
      onOffline?.(false);
    }
  }
}

/** 0.5 to 1.5. */
function jitter(): number {
  return 0.5 + (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) / 255;
}

function isPassing(error: EnvelopeError): boolean {
  return error.code === 'network-failed' || error.code === 'service-failed';
}

function untilOnline(signal: AbortSignal): Promise<void> {
  return settleOn(signal, (resolve) => {
    globalThis.addEventListener?.('online', resolve);
    return () => globalThis.removeEventListener?.('online', resolve);
  });
}

/** Milliseconds, or until the browser says that it is online again. */
function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  return settleOn(signal, (resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    globalThis.addEventListener?.('online', resolve);
    return () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.('online', resolve);
    };
  });
}

function settleOn(signal: AbortSignal, start: (resolve: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      stop();
      reject(new EnvelopeError('cancelled', 'cancelled while waiting', { cause: signal.reason }));
    };
    const stop = start(() => {
      stop();
      signal.removeEventListener('abort', abort);
      resolve();
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
