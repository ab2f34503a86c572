import './share-dialog.css';
import { useEffect, useRef, useState } from 'react';
import type { FileEntry } from '../../../transfer/files.ts';
import { formatMoment } from '../../dates.ts';
import type { Session } from '../../session.ts';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { Icon } from '../../ui/icons.tsx';
import { LiveRegion } from '../../ui/live-region.tsx';
import { WholeName } from '../../ui/whole-name.tsx';
import { shownLater, usePromise } from '../../use-promise.ts';

const text = owner.share;

/** A link that is being made; it is started by a click, so that no effect can make two. */
export interface Sharing {
  readonly entry: FileEntry;
  readonly link: ReturnType<Session['share']>;
  readonly abort: () => void;
}

/** Starts making the link. */
export function beginSharing(session: Session, entry: FileEntry): Sharing {
  const controller = new AbortController();
  const link = shownLater(session.share(entry, controller.signal));
  return { entry, link, abort: () => controller.abort() };
}

export function ShareDialog({
  sharing,
  onAgain,
  onClose,
}: {
  readonly sharing: Sharing;
  readonly onAgain: () => void;
  readonly onClose: () => void;
}) {
  const outcome = usePromise(sharing.link);
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');
  const field = useRef<HTMLInputElement>(null);
  const copyButton = useRef<HTMLButtonElement>(null);
  const close = () => {
    sharing.abort();
    onClose();
  };

  useEffect(() => {
    if (outcome.state === 'ready') copyButton.current?.focus();
  }, [outcome.state]);

  const copy = async (url: string) => {
    try {
      await navigator.clipboard.writeText(url);
      setCopied('yes');
    } catch {
      field.current?.select();
      setCopied('failed');
    }
  };

  return (
    <Dialog title={text.title} onClose={close}>
      <p className="dialog__subject">
        <WholeName name={sharing.entry.name ?? sharing.entry.key} />
      </p>
      <LiveRegion
        message={
          outcome.state === 'pending'
            ? text.preparing
            : outcome.state === 'ready'
              ? copied === 'yes'
                ? text.copied
                : text.ready
              : ''
        }
      />
      {outcome.state === 'failed' ? (
        <ErrorView error={outcome.error} during="share" onRetry={onAgain} />
      ) : (
        <>
          <div className="share__link">
            {outcome.state === 'ready' ? (
              <>
                <input
                  ref={field}
                  className="field share__field"
                  aria-label={text.linkLabel}
                  readOnly
                  value={outcome.value.url}
                  autoComplete="off"
                  onFocus={(event) => event.target.select()}
                />
                <button
                  ref={copyButton}
                  type="button"
                  className="button button--main share__copy"
                  onClick={() => void copy(outcome.value.url)}
                >
                  <Icon name={copied === 'yes' ? 'check' : 'copy'} />
                  {copied === 'yes' ? text.copied : text.copy}
                </button>
              </>
            ) : (
              <div className="share__wait" aria-hidden="true">
                <p>{text.preparing}</p>
                <p className="soft small">{text.preparingHint}</p>
              </div>
            )}
          </div>
          {copied === 'failed' && <p className="share__note">{text.copyFailed}</p>}
          <div className="dialog__text share__who">
            <p>
              <strong>{text.who}</strong>{' '}
              {outcome.state === 'ready' && (
                <time
                  dateTime={outcome.value.expires.toISOString()}
                  title={formatMoment(outcome.value.expires)}
                >
                  {text.until(outcome.value.expires)}
                </time>
              )}
            </p>
            <p className="soft small">{text.whoHint}</p>
          </div>
        </>
      )}
      <div className="dialog__actions">
        <button type="button" className="button" onClick={close}>
          {outcome.state === 'ready' ? shared.done : shared.cancel}
        </button>
      </div>
    </Dialog>
  );
}
