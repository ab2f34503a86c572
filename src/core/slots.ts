import { cancelled } from './errors.ts';

/** Lets tasks run at once that take so many slots together, first come, first served. */
export interface Slots {
  /** How many there are. */
  readonly count: number;
  /** @param taken by this task, 1 unless given; all of them where it is more */
  run<T>(task: () => Promise<T>, signal?: AbortSignal, taken?: number): Promise<T>;
}

interface Waiting {
  readonly wanted: number;
  enter(): void;
}

export function createSlots(count: number): Slots {
  let free = count;
  // Only the first ever enters: a task that takes many slots is not overtaken for ever by those that take one.
  const waiting: Waiting[] = [];

  function take(wanted: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    if (waiting.length === 0 && free >= wanted) {
      free -= wanted;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const place: Waiting = {
        wanted,
        enter() {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(place), 1);
        reject(cancelled(signal));
        // It may have been what the others behind it waited for.
        give(0);
      };
      waiting.push(place);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  function give(returned: number): void {
    free += returned;
    for (let next = waiting[0]; next && free >= next.wanted; next = waiting[0]) {
      waiting.shift();
      free -= next.wanted;
      next.enter();
    }
  }

  return {
    count,
    async run(task, signal, taken = 1) {
      const wanted = Math.min(count, taken);
      await take(wanted, signal);
      try {
        return await task();
      } finally {
        give(wanted);
      }
    },
  };
}
