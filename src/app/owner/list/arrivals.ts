import type { UploadRow } from '../../../transfer/uploads.ts';

/** Tells what was added together from what was added later, so that the latest can stand on top. */
export interface Arrivals {
  /** Whatever comes from now on was added later than all before. */
  next(): void;
  /** The latest first, what was added together in its order; above all what an earlier visit has left behind. */
  inOrder(rows: readonly UploadRow[]): readonly UploadRow[];
}

export function createArrivals(): Arrivals {
  const arrived = new Map<string, number>();
  let now = 0;
  const isLeftover = ({ state }: UploadRow) => state === 'needs-you' || state === 'elsewhere';

  return {
    next() {
      now += 1;
    },
    inOrder(rows) {
      const groups = new Map<number, UploadRow[]>();
      for (const row of rows) {
        const group = arrived.get(row.id) ?? (isLeftover(row) ? Number.POSITIVE_INFINITY : now);
        arrived.set(row.id, group);
        const members = groups.get(group);
        if (members) members.push(row);
        else groups.set(group, [row]);
      }
      return [...groups].sort(([a], [b]) => b - a).flatMap(([, members]) => members);
    },
  };
}
