import '../ui/dialog.css';
import { type ComponentProps, useEffect, useState } from 'react';
import { loadPart } from '../../core/load-part.ts';
import { shared } from '../text/shared.ts';
import { ErrorView } from '../ui/error-view.tsx';
import type PreviewDialog from './preview-dialog.tsx';

type Dialog = typeof PreviewDialog;

/** The preview, whose code comes when it is first asked for; an error in its place where it does not come. */
export function PreviewWhenLoaded(props: ComponentProps<Dialog>) {
  const [loaded, setLoaded] = useState<{ readonly dialog?: Dialog; readonly error?: unknown }>({});
  const load = () => {
    loadPart(import('./preview-dialog.tsx')).then(
      (part) => setLoaded({ dialog: part.default }),
      (error: unknown) => setLoaded({ error }),
    );
  };
  useEffect(load, []);
  const { dialog: Dialog, error } = loaded;
  if (error === undefined) return Dialog ? <Dialog {...props} /> : null;
  // A dialog of its own: the one that every other dialog is made with may be what did not come.
  return (
    <dialog ref={showModal} className="dialog" aria-label={shared.preview} onClose={props.onClose}>
      <div className="dialog__sheet">
        <ErrorView error={error} during="preview" onRetry={load}>
          <button type="button" className="button" onClick={props.onClose}>
            {shared.close}
          </button>
        </ErrorView>
      </div>
    </dialog>
  );
}

function showModal(dialog: HTMLDialogElement) {
  dialog.showModal();
  return () => dialog.close();
}
