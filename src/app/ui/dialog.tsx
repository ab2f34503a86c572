import './dialog.css';
import { type MouseEvent, type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { shared } from '../text/shared.ts';
import { Icon } from './icons.tsx';

/**
 * A native modal dialog, open as long as it is mounted: focus starts at `data-first-focus` (or the first
 * button), stays inside and goes back on closing; Esc and a click beside it close it. On a phone it is a sheet at the lower edge.
 */
export function Dialog({
  title,
  onClose,
  closable = true,
  children,
}: {
  readonly title: ReactNode;
  readonly onClose: () => void;
  /** False while something runs that must not be walked away from. */
  readonly closable?: boolean;
  readonly children: ReactNode;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>('[data-first-focus]')?.focus();
    return () => dialog?.close();
  }, []);

  const onBackdrop = (event: MouseEvent) => {
    if (closable && event.target === ref.current) onClose();
  };

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click is one on the backdrop; Esc is its key
    <dialog
      ref={ref}
      className="dialog"
      aria-labelledby={titleId}
      onClick={onBackdrop}
      onCancel={(event) => {
        event.preventDefault();
        if (closable) onClose();
      }}
      // A browser may close it over our heads (Esc twice); the event comes late, so look whether it is still so.
      onClose={() => {
        if (ref.current?.open === false) onClose();
      }}
    >
      <div className="dialog__sheet">
        <header className="dialog__head">
          <h2 className="dialog__title" id={titleId}>
            {title}
          </h2>
          {closable && (
            <button
              type="button"
              className="button button--quiet button--icon"
              aria-label={shared.close}
              onClick={onClose}
            >
              <Icon name="close" />
            </button>
          )}
        </header>
        {children}
      </div>
    </dialog>
  );
}
