import { throwIfAborted } from '../core/errors.ts';

/**
 * Runs a task for each item, so many at once, in order. The first failure aborts the signal of the others and is
 * what it rejects with, once all that had begun have ended.
 */
export async function inLanes<Item>(
  items: Iterable<Item>,
  lanes: number,
  signal: AbortSignal,
  task: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const remaining = items[Symbol.iterator]();

  async function lane(): Promise<void> {
    try {
      for (let next = remaining.next(); !next.done; next = remaining.next()) {
        throwIfAborted(either);
        await task(next.value, either);
      }
    } catch (error) {
      if (!either.aborted) failure.abort(error);
      throw error;
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  if (failure.signal.aborted) throw failure.signal.reason;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
