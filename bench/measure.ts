/** Rounds, medians and the rows that come of them. */

/** One line of the result. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Name of the row that `ratio` compares with. */
  readonly ratioTo?: string;
  readonly ratio?: number;
  readonly goal?: Goal;
  /** What a reader must know to judge the value. */
  readonly note?: string;
}

/** A bound on the ratio, or on the value itself. */
export interface Goal {
  readonly of: 'ratio' | 'value';
  readonly bound: 'at least' | 'at most';
  readonly limit: number;
}

/** One way of doing the work that a group measures. */
export interface Contestant {
  readonly name: string;
  /** Does the work once; resolves with the seconds it took, whatever is not to be counted left out. */
  run(): Promise<number>;
}

/**
 * Runs everybody in rounds, A B C A B C ..., so that a machine that slows down slows all of them. Each round
 * starts with another contestant.
 * @param warmUps rounds before those that count
 * @returns seconds of every round, by name
 */
export async function interleave(
  contestants: readonly Contestant[],
  rounds: number,
  progress: (text: string) => void,
  warmUps = 1,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const seconds = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 1 - warmUps; round <= rounds; round++) {
    const order = contestants.map((_, index) => contestants[(index + round + warmUps) % contestants.length]);
    for (const contestant of order) {
      if (!contestant) continue;
      progress(`${round < 1 ? 'warming up' : `round ${round} of ${rounds}`}: ${contestant.name}`);
      const took = await contestant.run();
      if (round > 0) seconds.get(contestant.name)?.push(took);
    }
  }
  return seconds;
}

/** Of an empty list: NaN. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : [sorted[middle - 1], sorted[middle]];
  return (low + high) / 2;
}

/** Megabytes (10^6) a second, of the median round; `note` tells the slowest and the fastest. */
export function speedRow(name: string, bytes: number, seconds: readonly number[], note?: string): Row {
  const speeds = seconds.map((one) => bytes / one / 1e6);
  const spread = `${Math.min(...speeds).toFixed(0)} to ${Math.max(...speeds).toFixed(0)}`;
  return { name, value: median(speeds), unit: 'MB/s', note: note ? `${spread}; ${note}` : spread };
}

/** The row with its ratio to another one. */
export function compared(row: Row, to: Row, goal?: Goal): Row {
  return { ...row, ratioTo: to.name, ratio: row.value / to.value, ...(goal && { goal }) };
}

export function reached({ value, ratio, goal }: Row): boolean | undefined {
  if (!goal) return undefined;
  const measured = goal.of === 'ratio' ? (ratio ?? Number.NaN) : value;
  return goal.bound === 'at least' ? measured >= goal.limit : measured <= goal.limit;
}
