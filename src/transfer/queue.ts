/** What waits to be started, first come, first served. */
export interface Queue {
  /** Behind all others; where it waits already, it keeps its place. */
  add(id: string): void;
  remove(id: string): void;
  /** Whether nothing waits. */
  readonly isEmpty: boolean;
}

/**
 * Starts so many at once.
 * @param start never rejects; settles when the next one may start
 */
export function createQueue(atOnce: number, start: (id: string) => Promise<void>): Queue {
  const waiting = new Set<string>();
  let free = atOnce;

  function startNext(): void {
    for (const id of waiting) {
      if (free === 0) return;
      free -= 1;
      waiting.delete(id);
      void start(id).finally(() => {
        free += 1;
        startNext();
      });
    }
  }

  return {
    add(id) {
      waiting.add(id);
      startNext();
    },
    remove(id) {
      waiting.delete(id);
    },
    get isEmpty() {
      return waiting.size === 0;
    },
  };
}
