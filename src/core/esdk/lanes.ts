import { createSlots } from '../slots.ts';

/** WebCrypto calls under way at once, over all messages of a thread: enough to keep the cores busy with small frames. */
export const lanes = 8;

const inTurn = createSlots(lanes);

/**
 * Runs a task for every index below `count`, several at once and never more than a few begun, however many
 * there are. Rejects with the failure of the lowest index, once nothing is under way any more.
 */
export async function forEachFrame(count: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const failures: { readonly index: number; readonly error: unknown }[] = [];
  async function lane(): Promise<void> {
    while (next < count && failures.length === 0) {
      const index = next++;
      try {
        await inTurn.run(() => task(index));
      } catch (error) {
        failures.push({ index, error });
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
  const [first] = failures.sort((a, b) => a.index - b.index);
  if (first) throw first.error;
}
