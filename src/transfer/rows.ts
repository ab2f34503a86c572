/**
 * A list for a screen to show: rows are replaced, never changed, and listeners hear of changes only so often,
 * however often bytes move, and once for all that is done in one turn, to however many rows.
 */
export interface Rows<Row extends { readonly id: string }> {
  add(row: Row): void;
  get(id: string): Row | undefined;
  /** Does nothing where the row is gone. */
  update(id: string, change: (row: Row) => Row): void;
  remove(id: string): void;
  /** Shows what has changed at once, and tells the listeners before this turn ends. */
  publish(): void;
  subscribe(listener: () => void): () => void;
  /** The same array until something changes. */
  snapshot(): readonly Row[];
}

/** Milliseconds between two times that listeners are told, unless they are to be told at once. */
const shortestPause = 50;
/** Whoever shows rows goes through all of them: the more there are, the less often, so that it stays a small part. */
const rowsPerMillisecond = 30;

export function createRows<Row extends { readonly id: string }>(): Rows<Row> {
  const rows = new Map<string, Row>();
  const listeners = new Set<() => void>();
  let shown: readonly Row[] = [];
  let stale = false;
  let telling = false;
  let told = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function publish(): void {
    clearTimeout(timer);
    timer = undefined;
    stale = true;
    if (telling) return;
    telling = true;
    queueMicrotask(() => {
      telling = false;
      told = performance.now();
      for (const listener of listeners) listener();
    });
  }

  /** Not in this turn: thousands of files arrive in one. */
  function publishSoon(): void {
    if (timer !== undefined) return;
    const pause = Math.max(shortestPause, rows.size / rowsPerMillisecond);
    timer = setTimeout(publish, Math.max(0, told + pause - performance.now()));
  }

  return {
    add(row) {
      rows.set(row.id, row);
      publishSoon();
    },
    get: (id) => rows.get(id),
    update(id, change) {
      const row = rows.get(id);
      if (!row) return;
      rows.set(id, change(row));
      publishSoon();
    },
    remove(id) {
      if (rows.delete(id)) publish();
    },
    publish,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot() {
      if (stale) shown = [...rows.values()];
      stale = false;
      return shown;
    },
  };
}
