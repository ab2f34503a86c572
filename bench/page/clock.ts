/** Seconds that the work takes. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Works off the items in order, in so many lanes beside each other, counted from 0. */
export async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T, lane: number) => Promise<void>,
): Promise<void> {
  // One iterator for all: whoever is free takes the next item.
  const remaining = items.values();
  async function run(lane: number): Promise<void> {
    for (const item of remaining) await work(item, lane);
  }
  await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
}

/** Start offsets of pieces of so many bytes. */
export function offsets(length: number, step: number): number[] {
  return Array.from({ length: Math.ceil(length / step) }, (_, index) => index * step);
}
