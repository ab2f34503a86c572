import { useEffect, useState } from 'react';

const stored = 'shortcuts';

function read(): boolean {
  try {
    return localStorage.getItem(stored) !== 'off';
  } catch {
    return true;
  }
}

/** Whether single letters are shortcuts; kept in this browser (WCAG 2.1.4 wants them to be switched off). */
export function useLetters(): readonly [boolean, (on: boolean) => void] {
  const [letters, setLetters] = useState(read);
  return [
    letters,
    (on) => {
      setLetters(on);
      try {
        localStorage.setItem(stored, on ? 'on' : 'off');
      } catch {
        // It then holds until the page is left.
      }
    },
  ];
}

/** Calls what belongs to a key, unless somebody is typing or a dialog is open. */
export function useShortcuts(keys: Readonly<Record<string, () => void>>, enabled: boolean): void {
  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.isComposing)
        return;
      const target = event.target;
      if (
        target instanceof HTMLElement &&
        target.closest('input:not([type="checkbox"]), textarea, select, dialog, [contenteditable]')
      )
        return;
      const run = keys[event.key];
      if (!run || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [keys, enabled]);
}
