import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { loadArchive } from '../../transfer/downloads.ts';
import type { FileEntry } from '../../transfer/files.ts';
import type { Item } from './list/items.ts';

/** The rows that a person has chosen, to do one thing with all of them. */
export interface Selection {
  /** Keys of what is chosen and still in the list. */
  readonly keys: ReadonlySet<string>;
  readonly entries: readonly FileEntry[];
  /** `reach`: with all between it and the row that was toggled last. */
  toggle(key: string, reach: boolean): void;
  all(): void;
  clear(): void;
}

/** @param items what the list shows, in its order; what a search hides is not chosen any more */
export function useSelection(items: readonly Item[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string>(undefined);
  const shown = useRef<readonly FileEntry[]>([]);

  const there = useMemo(() => items.flatMap(({ entry }) => entry ?? []), [items]);
  const entries = useMemo(() => there.filter(({ key }) => chosen.has(key)), [there, chosen]);
  const keys = useMemo(() => new Set(entries.map(({ key }) => key)), [entries]);
  useEffect(() => {
    shown.current = there;
  }, [there]);

  const some = keys.size > 0;
  useEffect(() => {
    // So that the click that asks for it need not wait.
    if (some) void loadArchive();
  }, [some]);

  const toggle = useCallback((key: string, reach: boolean) => {
    const order = shown.current.map((entry) => entry.key);
    const from = anchor.current === undefined ? -1 : order.indexOf(anchor.current);
    const to = order.indexOf(key);
    anchor.current = key;
    setChosen((before) => {
      const after = new Set(before);
      if (reach && from >= 0 && to >= 0) {
        for (const between of order.slice(Math.min(from, to), Math.max(from, to) + 1)) after.add(between);
      } else if (!after.delete(key)) after.add(key);
      return after;
    });
  }, []);
  const all = useCallback(() => setChosen(new Set(shown.current.map(({ key }) => key))), []);
  const clear = useCallback(() => setChosen(new Set()), []);
  return { keys, entries, toggle, all, clear };
}
