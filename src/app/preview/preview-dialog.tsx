import './preview.css';
import { type KeyboardEvent, useState } from 'react';
import { visibleName } from '../display-name.ts';
import { preview as text } from '../text/preview.ts';
import { shared } from '../text/shared.ts';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorView } from '../ui/error-view.tsx';
import { FileName } from '../ui/file-name.tsx';
import { Icon } from '../ui/icons.tsx';
import { ProgressBar } from '../ui/progress-bar.tsx';
import { useDelayed } from '../ui/use-delayed.ts';
import { PreviewContent } from './preview-content.tsx';
import type { Previewed } from './previewable.ts';
import { usePreview } from './use-preview.ts';

/** A file, looked at without saving it. As high as the window; on a phone, a sheet. */
export default function PreviewDialog({
  file,
  onDownload,
  onStep,
  onClose,
}: {
  readonly file: Previewed;
  readonly onDownload: () => void;
  /** To the file before (-1) or after (1) it; undefined where there is none to go to. */
  readonly onStep?: ((by: 1 | -1) => void) | undefined;
  readonly onClose: () => void;
}) {
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : undefined;
    const inside = event.target instanceof HTMLElement && event.target.closest('audio, video, pre');
    if (!onStep || by === undefined || inside || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    onStep(by);
  };
  return (
    <Dialog title={<FileName name={file.name} />} onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys, wherever in the preview the focus is */}
      <div className="preview" onKeyDown={onKeyDown}>
        <Body file={file} onClose={onClose} />
        <footer className="preview__foot">
          <span className="soft small preview__note">{text.checked}</span>
          {onStep && (
            <>
              <button
                type="button"
                className="button button--quiet button--icon"
                aria-label={text.previous}
                title={text.previous}
                onClick={() => onStep(-1)}
              >
                <Icon name="before" />
              </button>
              <button
                type="button"
                className="button button--quiet button--icon"
                aria-label={text.next}
                title={text.next}
                onClick={() => onStep(1)}
              >
                <Icon name="after" />
              </button>
            </>
          )}
          <button type="button" className="button" data-first-focus onClick={onDownload}>
            <Icon name="download" />
            {text.save}
            <span className="soft numbers">{shared.size(file.size)}</span>
          </button>
        </footer>
      </div>
    </Dialog>
  );
}

function Body({ file, onClose }: { readonly file: Previewed; readonly onClose: () => void }) {
  const [attempt, setAttempt] = useState(0);
  const state = usePreview(file, attempt);
  const name = visibleName(file.name);
  const retry = () => setAttempt(attempt + 1);
  const late = useDelayed();
  if (state.state === 'failed') {
    return (
      <div className="preview__stage preview__stage--words">
        <ErrorView error={state.error} during="preview" onRetry={retry} />
      </div>
    );
  }
  if (state.state === 'ready') {
    return (
      <PreviewContent
        preview={state.preview}
        name={name}
        size={file.size}
        onRetry={retry}
        onClose={onClose}
      />
    );
  }
  return (
    <div className="preview__stage preview__stage--words" aria-busy="true">
      <p className="hush" role="status">
        {late ? text.openingShort : ''}
      </p>
      {late && (
        <div className="preview__coming">
          <p className="numbers" aria-hidden="true">
            {shared.parts([
              state.offline ? shared.download.offline : text.opening,
              state.progress > 0 ? shared.percent(state.progress) : undefined,
            ])}
          </p>
          <ProgressBar progress={state.progress} label={shared.loading} />
        </div>
      )}
    </div>
  );
}
