import './preview.css';
import { type KeyboardEvent, useState } from 'react';
import { visibleName } from '../display-name.ts';
import { preview as text } from '../text/preview.ts';
import { shared } from '../text/shared.ts';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorView } from '../ui/error-view.tsx';
import { FileName } from '../ui/file-name.tsx';
import { Icon, type IconName } from '../ui/icons.tsx';
import { ProgressBar } from '../ui/progress-bar.tsx';
import { useDelayed } from '../ui/use-delayed.ts';
import { PreviewContent } from './preview-content.tsx';
import type { Previewed } from './previewable.ts';
import { usePreview } from './use-preview.ts';

/** To the file before and after it in the list; undefined at an end. */
export interface Steps {
  readonly before: (() => void) | undefined;
  readonly after: (() => void) | undefined;
}

/** A file, looked at without saving it. As high as the window; on a phone, a sheet. */
export default function PreviewDialog({
  file,
  onDownload,
  steps,
  onClose,
}: {
  readonly file: Previewed;
  readonly onDownload: () => void;
  /** Undefined where there is no other file. */
  readonly steps?: Steps | undefined;
  readonly onClose: () => void;
}) {
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: steps?.before, ArrowRight: steps?.after }[event.key];
    const inside = event.target instanceof HTMLElement && event.target.closest('audio, video, pre');
    if (!step || inside || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    step();
  };
  return (
    <Dialog title={<FileName name={file.name} />} onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys, wherever in the preview the focus is */}
      <div className="preview" onKeyDown={onKeyDown}>
        <Body file={file} onClose={onClose} />
        <footer className="preview__foot">
          <span className="soft small preview__note">{text.checked}</span>
          {steps && (
            <>
              <StepButton word={text.previous} icon="before" step={steps.before} />
              <StepButton word={text.next} icon="after" step={steps.after} />
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

/** At the end of the list it stays, and keeps the focus; it says that it leads nowhere. */
function StepButton({
  word,
  icon,
  step,
}: {
  readonly word: string;
  readonly icon: IconName;
  readonly step: (() => void) | undefined;
}) {
  return (
    <button
      type="button"
      className="button button--quiet button--icon"
      aria-label={word}
      title={word}
      aria-disabled={step === undefined}
      onClick={step}
    >
      <Icon name={icon} />
    </button>
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
