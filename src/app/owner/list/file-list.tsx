import './file-list.css';
import {
  type KeyboardEvent,
  type Ref,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { isPreviewable } from '../../preview/previewable.ts';
import { owner } from '../../text/owner.ts';
import type { Selection } from '../use-selection.ts';
import { FileRow } from './file-row.tsx';
import { type Item, isFolder } from './items.ts';
import type { RowActions } from './row-buttons.tsx';
import { usePages } from './use-pages.ts';

export interface FileListHandle {
  /** Puts the focus back into the list, on the row it was on or the one that took its place. */
  refocus(): void;
  focus(): void;
  show(id: string): void;
}

/** The list: any number of rows, one of them in the Tab order, the arrow keys going from one to the next. */
export function FileList({
  ref,
  items,
  today,
  letters,
  actions,
  selection,
}: {
  readonly ref: Ref<FileListHandle>;
  readonly items: readonly Item[];
  readonly today: Date;
  /** Whether single letters are shortcuts. */
  readonly letters: boolean;
  readonly actions: RowActions;
  readonly selection: Selection;
}) {
  const list = useRef<HTMLUListElement>(null);
  const [current, setCurrent] = useState<string>();
  const currentIndex = useRef(0);
  const wanted = useRef<string>(undefined);

  const foundIndex = current === undefined ? 0 : items.findIndex((item) => item.id === current);
  // Where the current row has gone, the one that took its place is next.
  const index = foundIndex >= 0 ? foundIndex : Math.min(currentIndex.current, items.length - 1);
  const currentId = items[index]?.id;
  useEffect(() => {
    currentIndex.current = Math.max(0, index);
  }, [index]);
  const runs = usePages(list, items.length, index);

  const rowOf = (id: string | undefined) =>
    [...(list.current?.children ?? [])].find(
      (row): row is HTMLElement => row instanceof HTMLElement && row.dataset['row'] === id,
    );

  const goTo = (next: number) => {
    const item = items[Math.max(0, Math.min(next, items.length - 1))];
    if (!item) return;
    wanted.current = item.id;
    setCurrent(item.id);
  };

  useLayoutEffect(() => {
    if (wanted.current === undefined) return;
    const row = rowOf(wanted.current);
    wanted.current = undefined;
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
  });

  // React hears nothing of focus that moves while it changes the document, so these are the browser's own events.
  const hadFocus = useRef(false);
  useEffect(() => {
    const element = list.current;
    const onFocus = ({ target }: FocusEvent) => {
      hadFocus.current = true;
      const row = target instanceof Element ? target.closest<HTMLElement>('[data-row]') : null;
      if (row) setCurrent(row.dataset['row']);
    };
    const onBlur = ({ target }: FocusEvent) => {
      // Left on purpose, unless it is being taken out of the document right now.
      queueMicrotask(() => {
        const there = target instanceof Element && target.isConnected;
        if (there && !element?.contains(document.activeElement)) hadFocus.current = false;
      });
    };
    element?.addEventListener('focusin', onFocus);
    element?.addEventListener('focusout', onBlur);
    return () => {
      element?.removeEventListener('focusin', onFocus);
      element?.removeEventListener('focusout', onBlur);
    };
  }, []);
  // The bar that comes with the first choice stands where that row may be.
  const picking = selection.keys.size > 0;
  useLayoutEffect(() => {
    if (picking && hadFocus.current) document.activeElement?.scrollIntoView({ block: 'nearest' });
  }, [picking]);

  // A row that leaves the document under the focus would send it back to the top of the page.
  useLayoutEffect(() => {
    if (hadFocus.current && document.activeElement === document.body) rowOf(currentId)?.focus();
  });

  useImperativeHandle(ref, () => ({
    refocus() {
      if (document.activeElement === document.body) rowOf(currentId)?.focus();
    },
    focus() {
      rowOf(currentId)?.focus();
    },
    show(id) {
      goTo(items.findIndex((item) => item.id === id));
    },
  }));

  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key === 'a') {
      event.preventDefault();
      selection.all();
    }
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const item = items[index];
    const onRow = event.target instanceof HTMLElement && event.target.dataset['row'] !== undefined;
    const moves: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      Home: 0,
      End: items.length - 1,
    };
    const move = moves[event.key];
    if (move !== undefined) {
      event.preventDefault();
      goTo(move);
    } else if (onRow && item?.entry) {
      const { entry } = item;
      const openable = entry.error === undefined && entry.name !== undefined && !isFolder(item);
      if (event.key === 'Enter' && openable) actions.download(entry);
      else if (event.key === ' ' || event.key === 'Enter') actions.more(item.id);
      else if (event.key === 'Delete') actions.remove(entry);
      else if (event.key === 'p' && letters && openable && isPreviewable(entry.name ?? ''))
        actions.preview(entry);
      else if (event.key === 's' && letters && openable) actions.share(entry);
      else if (event.key === 'x' && letters) selection.toggle(entry.key, false);
      else return;
      event.preventDefault();
    }
  };

  return (
    <ul ref={list} className="list" aria-label={owner.list.label} onKeyDown={onKeyDown}>
      {runs.flatMap((run) =>
        run.kind === 'gap'
          ? [<li key={`gap ${run.from}`} aria-hidden="true" style={{ height: run.height }} />]
          : items
              .slice(run.from, run.to)
              .map((item, offset) => (
                <FileRow
                  key={item.id}
                  {...item}
                  index={run.from + offset}
                  count={items.length}
                  current={item.id === currentId}
                  today={today}
                  actions={actions}
                  picked={item.entry !== undefined && selection.keys.has(item.entry.key)}
                  picking={picking}
                  onPick={selection.toggle}
                />
              )),
      )}
    </ul>
  );
}
