import { EnvelopeError } from '../core/errors.ts';

/** Lets a fixed number of tasks run at once, first come, first served. */
export interface Slots {
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];

  function take(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    if (free > 0) {
      free--;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(cancelled(signal));
      };
      waiting.push(enter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  function give(): void {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }

  return {
    async run(task, signal) {
      await take(signal);
      try {
        return await task();
      } finally {
        give();
      }
    },
  };
}

function cancelled(signal: AbortSignal | undefined): EnvelopeError {
  return new EnvelopeError('cancelled', 'cancelled while waiting', { cause: signal?.reason });
}
