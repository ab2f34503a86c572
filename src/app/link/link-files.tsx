import { useEffect, useId, useRef, useState } from 'react';
import type { DownloadRow } from '../../transfer/downloads.ts';
import { visibleName } from '../display-name.ts';
import { isDownloadMoving, isResting, keptOf, needsPage } from '../downloading.ts';
import { wholePercent } from '../format.ts';
import type { LinkSession } from '../link-session.ts';
import { PreviewWhenLoaded } from '../preview/preview-when-loaded.tsx';
import type { Previewed } from '../preview/previewable.ts';
import { describeError } from '../text/errors.ts';
import { link } from '../text/link.ts';
import { shared } from '../text/shared.ts';
import { Envelope } from '../ui/envelope.tsx';
import { ErrorView } from '../ui/error-view.tsx';
import { Icon } from '../ui/icons.tsx';
import { LiveRegion } from '../ui/live-region.tsx';
import { ProgressBar } from '../ui/progress-bar.tsx';
import { WholeName } from '../ui/whole-name.tsx';
import { useLeaveGuard } from '../use-leave-guard.ts';
import { useStore } from '../use-store.ts';
import { useWakeLock } from '../use-wake-lock.ts';

/** What the link leads to, each file with the state of its download; several of them also as one zip. */
export function LinkFiles({ session }: { readonly session: LinkSession }) {
  const { files, downloads } = session;
  const rows = useStore(downloads);
  useLeaveGuard(rows.some(needsPage));
  useWakeLock(rows.some(isDownloadMoving));

  const [looking, setLooking] = useState<{ readonly index: number; readonly file: Previewed }>();

  const look = (index: number) => {
    const file = session.preview(index);
    return file && (() => setLooking({ index, file }));
  };

  const start = (before: DownloadRow | undefined, begin: () => void) => {
    // Where something was kept, it goes on from there.
    if (before && before.state !== 'done') return downloads.resume(before.id);
    if (before) downloads.dismiss(before.id);
    begin();
  };
  const controls = {
    onPause: (id: string) => downloads.pause(id),
    onResume: (id: string) => downloads.resume(id),
    onCancel: (id: string) => downloads.cancel(id),
  };
  const zip = rows.findLast((row) => row.key === undefined);
  const several = files.length > 1;

  return (
    <div className="link">
      <h1 className="hush">{link.heading}</h1>
      <ul className="link__files">
        {several && (
          <LinkFile
            name={session.zipName}
            size={files.reduce((sum, file) => sum + file.size, 0)}
            action={link.saveAll}
            called={link.saveAll}
            row={zip}
            onStart={() => start(zip, () => session.downloadAll())}
            onPreview={undefined}
            {...controls}
          />
        )}
        {files.map((file, index) => {
          const row = rows.findLast(({ key }) => key === file.key);
          return (
            <LinkFile
              key={file.key}
              name={file.name}
              size={file.size}
              action={link.openAndSave}
              called={several ? link.openNamed(visibleName(file.name)) : undefined}
              row={row}
              onStart={() => start(row, () => session.download(index))}
              onPreview={look(index)}
              {...controls}
            />
          );
        })}
      </ul>
      {looking && (
        <PreviewWhenLoaded
          file={looking.file}
          onDownload={() => {
            setLooking(undefined);
            const { index } = looking;
            const row = rows.findLast(({ key }) => key === files[index]?.key);
            start(row, () => session.download(index));
          }}
          onClose={() => setLooking(undefined)}
        />
      )}
      <footer className="link__foot">
        {session.mangled ? (
          <div className="notice">
            <p>
              <strong>{link.mangledTitle}.</strong> {link.mangled}
            </p>
          </div>
        ) : (
          <>
            <p>{link.promise}</p>
            <p className="soft small">{link.promiseTechnical}</p>
          </>
        )}
      </footer>
    </div>
  );
}

const ended = new Set(['done', 'failed', 'cancelled']);
const canPause = new Set(['checking', 'fetching', 'offline']);

function LinkFile({
  name: rawName,
  size,
  action,
  called,
  row,
  onStart,
  onPreview,
  onPause,
  onResume,
  onCancel,
}: {
  readonly name: string;
  readonly size: number;
  /** What the button says that saves it, and what it is called where that alone is not enough. */
  readonly action: string;
  readonly called: string | undefined;
  readonly row: DownloadRow | undefined;
  readonly onStart: () => void;
  readonly onPreview: (() => void) | undefined;
  readonly onPause: (id: string) => void;
  readonly onResume: (id: string) => void;
  readonly onCancel: (id: string) => void;
}) {
  const nameId = useId();
  const name = visibleName(rawName);
  const active = row !== undefined && !ended.has(row.state);
  const resting = row !== undefined && isResting(row);
  const message = milestone(name, row);
  // Where the same click would end the same way, it is not what the page urges.
  const secondary =
    row?.state === 'done' || (row?.state === 'failed' && !describeError(row.error, 'link').again);
  const button = useRef<HTMLButtonElement>(null);
  const wasActive = useRef(false);

  // The button that had the focus is replaced by another one at both ends of a download.
  useEffect(() => {
    if (active !== wasActive.current && document.activeElement === document.body) button.current?.focus();
    wasActive.current = active;
  }, [active]);

  return (
    <li className="link__file" aria-labelledby={nameId}>
      <LiveRegion message={message} />
      <Envelope state={row?.state === 'done' ? 'open' : 'sealed'} size="page" />
      <h2 className="link__name" id={nameId}>
        <WholeName name={rawName} />
      </h2>
      <p className="link__facts numbers">
        {shared.parts([shared.size(size), row?.state === 'done' ? undefined : link.lockedUntil])}
      </p>
      <div className="link__state">
        {active ? (
          <>
            <p className="link__line numbers">
              <span>
                {shared.parts([
                  shared.download[row.state],
                  row.state === 'elsewhere' ? shared.download.elsewhereHint : undefined,
                  row.state === 'fetching' ? shared.percent(row.progress) : undefined,
                  resting ? keptOf(row) : undefined,
                  row.speed === undefined ? undefined : shared.speed(row.speed),
                  shared.timeLeft(row.secondsLeft),
                ])}
              </span>
            </p>
            <ProgressBar progress={row.progress} label={link.progressOf(name)} />
            <div className="link__choice">
              {(resting || canPause.has(row.state)) && (
                <button
                  type="button"
                  className={resting ? 'button button--main' : 'button'}
                  onClick={() => (resting ? onResume : onPause)(row.id)}
                >
                  {resting ? shared.resume : shared.pause}
                </button>
              )}
              {row.state !== 'elsewhere' && (
                <button ref={button} type="button" className="button" onClick={() => onCancel(row.id)}>
                  {row.state === 'unfinished' ? shared.discard : shared.cancel}
                </button>
              )}
            </div>
          </>
        ) : (
          <>
            {row?.state === 'done' && (
              <div className="link__done">
                <p className="link__good">
                  <Icon name="check" />
                  {link.saved}
                </p>
                <p className="soft">{link.savedNext}</p>
              </div>
            )}
            {row?.state === 'cancelled' && <p className="soft">{link.cancelled}</p>}
            {row?.state === 'failed' && (
              <ErrorView quiet error={row.error} during="link" kept={keptOf(row)} />
            )}
            {row?.culprit !== undefined && <p>{shared.culprit(visibleName(row.culprit))}</p>}
            <button
              ref={button}
              type="button"
              className={secondary ? 'button' : 'button button--main'}
              aria-label={called}
              onClick={onStart}
            >
              {row?.state === 'done' ? link.saveAgain : row?.state === 'failed' ? shared.tryAgain : action}
            </button>
            {onPreview && (
              <button
                type="button"
                className="button"
                aria-label={called === undefined ? undefined : link.previewNamed(name)}
                onClick={onPreview}
              >
                {shared.preview}
              </button>
            )}
          </>
        )}
      </div>
    </li>
  );
}

/** What a screen reader hears: every quarter, and the end. */
function milestone(name: string, row: DownloadRow | undefined): string {
  if (row === undefined) return '';
  if (row.state === 'done') return link.announceSaved(name);
  if (row.state === 'cancelled') return link.cancelled;
  if (row.state === 'failed') return link.announceFailed(name, describeError(row.error, 'link').title);
  if (row.state === 'offline') return shared.download.offline;
  const quarter = Math.floor(wholePercent(row.progress) / 25) / 4;
  return quarter > 0 && quarter < 1 ? link.announceProgress(shared.percent(quarter)) : '';
}
