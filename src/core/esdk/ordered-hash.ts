import type { Bytes } from '../bytes.ts';
import type { RunningHash } from './signature.ts';

/** Hashes a message whose parts come in any order. */
export interface OrderedHash {
  /**
   * Takes the part that starts at `start`, once: what was taken before is known by its place. If its turn has
   * not come, a copy waits for it; false if there is no room for that, and nothing is taken.
   */
  add(start: number, bytes: Bytes): boolean;
  /** Bytes hashed so far, all from the beginning. */
  reached(): number;
  /** Resolves when so many bytes have been hashed. */
  whenReached(length: number): Promise<void>;
  /** Of all that was hashed; to be asked once, and last. */
  digest(): Bytes;
}

/** Above this much waiting, a part that comes too early is not taken. */
export const maxWaitingBytes = 128 * 2 ** 20;

export function createOrderedHash(hash: RunningHash, maxWaiting = maxWaitingBytes): OrderedHash {
  const waiting = new Map<number, Bytes>();
  let waitingBytes = 0;
  let reached = 0;
  let watchers: { readonly length: number; readonly resolve: () => void }[] = [];

  function take(bytes: Bytes): void {
    hash.update(bytes);
    reached += bytes.length;
  }

  return {
    add(start, bytes) {
      if (start < reached || waiting.has(start)) return true;
      if (start > reached) {
        if (waitingBytes + bytes.length > maxWaiting) return false;
        waiting.set(start, bytes.slice());
        waitingBytes += bytes.length;
        return true;
      }
      take(bytes);
      for (let next = waiting.get(reached); next; next = waiting.get(reached)) {
        waiting.delete(reached);
        waitingBytes -= next.length;
        take(next);
      }
      for (const { resolve } of watchers.filter(({ length }) => length <= reached)) resolve();
      watchers = watchers.filter(({ length }) => length > reached);
      return true;
    },
    reached: () => reached,
    digest: () => hash.digest(),
    whenReached: (length) =>
      length <= reached ? Promise.resolve() : new Promise((resolve) => watchers.push({ length, resolve })),
  };
}
