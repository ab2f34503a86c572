import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** Rows that enter and leave the document together. */
export const pageSize = 40;

/** A row without an error, in CSS pixels; `--row` of the tokens. */
const rowHeight = 72;

/** How far beyond the window rows are kept, in CSS pixels. */
const margin = 900;

/** A run of the list: rows that are in the document, or the room that rows out of sight take. */
export type Run =
  | { readonly kind: 'rows'; readonly from: number; readonly to: number }
  | { readonly kind: 'gap'; readonly from: number; readonly height: number };

/** The pages to be in the document, with gaps between them; pages next to each other are one run. */
export function runsOf(
  count: number,
  isThere: (page: number) => boolean,
  heightOf: (page: number) => number,
): readonly Run[] {
  const runs: Run[] = [];
  for (let from = 0; from < count; from += pageSize) {
    const page = from / pageSize;
    const to = Math.min(count, from + pageSize);
    const last = runs.at(-1);
    if (isThere(page)) {
      if (last?.kind === 'rows') runs[runs.length - 1] = { ...last, to };
      else runs.push({ kind: 'rows', from, to });
    } else if (last?.kind === 'gap') {
      runs[runs.length - 1] = { ...last, height: last.height + heightOf(page) };
    } else {
      runs.push({ kind: 'gap', from, height: heightOf(page) });
    }
  }
  return runs;
}

/**
 * Of a list of any length, only what is near the window is in the document. Rows carry their index in
 * `data-index`; a page's height is measured once it has been seen, and estimated before.
 * @param kept a row whose page stays, because it has the focus or may get it
 */
export function usePages(list: RefObject<HTMLElement | null>, count: number, kept: number): readonly Run[] {
  const measured = useRef(new Map<number, number>());
  const [seen, setSeen] = useState({ first: 0, last: 0 });

  const heightOf = (page: number) =>
    measured.current.get(page) ?? rowHeight * Math.min(pageSize, count - page * pageSize);

  const look = () => {
    if (!list.current) return;
    const top = list.current.getBoundingClientRect().top;
    const pages = Math.ceil(count / pageSize);
    let first = 0;
    let bottom = top;
    while (first < pages - 1 && bottom + heightOf(first) < -margin) {
      bottom += heightOf(first);
      first += 1;
    }
    let last = first;
    bottom += heightOf(first);
    while (last < pages - 1 && bottom < window.innerHeight + margin) {
      last += 1;
      bottom += heightOf(last);
    }
    setSeen((before) => (before.first === first && before.last === last ? before : { first, last }));
  };

  const looking = useRef(look);
  useLayoutEffect(() => {
    looking.current = look;
    const rows = list.current?.querySelectorAll<HTMLElement>('[data-index]') ?? [];
    const tops = new Map<number, { top: number; bottom: number; rows: number }>();
    for (const row of rows) {
      const page = Math.floor(Number(row.dataset['index']) / pageSize);
      const top = row.offsetTop;
      const bottom = top + row.offsetHeight;
      const known = tops.get(page);
      tops.set(page, { top: known?.top ?? top, bottom, rows: (known?.rows ?? 0) + 1 });
    }
    for (const [page, { top, bottom, rows }] of tops) {
      if (rows === pageSize) measured.current.set(page, bottom - top);
    }
    look();
  });

  useEffect(() => {
    const onMove = () => looking.current();
    window.addEventListener('scroll', onMove, { passive: true });
    window.addEventListener('resize', onMove);
    return () => {
      window.removeEventListener('scroll', onMove);
      window.removeEventListener('resize', onMove);
    };
  }, []);

  const keptPage = Math.floor(kept / pageSize);
  return runsOf(count, (page) => page === keptPage || (page >= seen.first && page <= seen.last), heightOf);
}
