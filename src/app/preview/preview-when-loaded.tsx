import { type ComponentProps, useEffect, useState } from 'react';
import { loadPart } from '../../core/load-part.ts';
import { ErrorView } from '../ui/error-view.tsx';
import type PreviewDialog from './preview-dialog.tsx';

type Dialog = typeof PreviewDialog;

/** The preview, whose code comes when it is first asked for; an error in its place where it does not come. */
export function PreviewWhenLoaded(props: ComponentProps<Dialog>) {
  const [loaded, setLoaded] = useState<{ readonly dialog?: Dialog; readonly error?: unknown }>({});
  useEffect(() => {
    loadPart(import('./preview-dialog.tsx')).then(
      (part) => setLoaded({ dialog: part.default }),
      (error: unknown) => setLoaded({ error }),
    );
  }, []);
  const { dialog: Dialog, error } = loaded;
  if (error !== undefined) return <ErrorView error={error} during="preview" />;
  return Dialog ? <Dialog {...props} /> : null;
}
