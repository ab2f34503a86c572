import { useEffect, useLayoutEffect, useRef } from 'react';

const isGone = (element: Element) => !element.isConnected || element.closest('[hidden]') !== null;

/** Where a button goes together with what it was for, the focus goes on to `next`, not to the top of the page. */
export function useHeldFocus(next: () => void): void {
  const last = useRef<Element>(undefined);
  useEffect(() => {
    const onFocus = ({ target }: FocusEvent) => {
      if (target instanceof Element) last.current = target;
    };
    const onBlur = ({ target }: FocusEvent) => {
      // Left on purpose, unless it is being taken away right now.
      queueMicrotask(() => {
        if (last.current === target && document.activeElement !== target && !isGone(last.current))
          last.current = undefined;
      });
    };
    document.addEventListener('focusin', onFocus);
    document.addEventListener('focusout', onBlur);
    return () => {
      document.removeEventListener('focusin', onFocus);
      document.removeEventListener('focusout', onBlur);
    };
  }, []);
  useLayoutEffect(() => {
    const before = last.current;
    if (!before || !isGone(before)) return;
    last.current = undefined;
    const now = document.activeElement;
    if (now === document.body || now === before) next();
  });
}
