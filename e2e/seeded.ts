/** Chance that can be repeated: a run tells its seed, and another one takes it from `FAULT_SEED`. */
import { createHash } from 'node:crypto';

export const seed = process.env['FAULT_SEED'] ?? '1';

/** Whole numbers from 0 up to `below` (excluded), always the same ones for a purpose under one seed. */
export function seededNumbers(purpose: string): (below: number) => number {
  let count = 0;
  return (below) => {
    const digest = createHash('sha256').update(`${seed}/${purpose}/${count++}`).digest();
    return digest.readUInt32BE(0) % below;
  };
}
