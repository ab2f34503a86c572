import { useEffect, useId, useRef, useState } from 'react';
import type { DownloadRow } from '../../transfer/downloads.ts';
import { visibleName } from '../display-name.ts';
import { wholePercent } from '../format.ts';
import type { LinkSession } from '../link-session.ts';
import { describeError } from '../text/errors.ts';
import { link } from '../text/link.ts';
import { shared } from '../text/shared.ts';
import { Envelope } from '../ui/envelope.tsx';
import { ErrorView } from '../ui/error-view.tsx';
import { FileName } from '../ui/file-name.tsx';
import { Icon } from '../ui/icons.tsx';
import { LiveRegion } from '../ui/live-region.tsx';
import { ProgressBar } from '../ui/progress-bar.tsx';
import { useStore } from '../use-store.ts';

/** What the link leads to, each file with the state of the download that was started for it. */
export function LinkFiles({ session }: { readonly session: LinkSession }) {
  const rows = useStore(session.downloads);
  const [startedFor, setStartedFor] = useState<Readonly<Record<number, string>>>({});

  const start = (index: number) => {
    const before = startedFor[index];
    if (before !== undefined) session.downloads.dismiss(before);
    const id = session.download(index);
    if (id !== undefined) setStartedFor({ ...startedFor, [index]: id });
  };

  return (
    <div className="link">
      <h1 className="hush">{link.heading}</h1>
      <ul className="link__files">
        {session.files.map((file, index) => (
          <LinkFile
            // biome-ignore lint/suspicious/noArrayIndexKey: a link's files never change their order
            key={index}
            file={file}
            alone={session.files.length === 1}
            row={rows.find((row) => row.id === startedFor[index])}
            onStart={() => start(index)}
            onCancel={(id) => session.downloads.cancel(id)}
          />
        ))}
      </ul>
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

const underWay = new Set(['preparing', 'fetching', 'offline', 'verifying', 'saving']);

function LinkFile({
  file,
  alone,
  row,
  onStart,
  onCancel,
}: {
  readonly file: LinkSession['files'][number];
  readonly alone: boolean;
  readonly row: DownloadRow | undefined;
  readonly onStart: () => void;
  readonly onCancel: (id: string) => void;
}) {
  const nameId = useId();
  const name = visibleName(file.name);
  const active = row !== undefined && underWay.has(row.state);
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
        <FileName name={file.name} whole />
      </h2>
      <p className="link__facts numbers">
        {shared.parts([shared.size(file.size), row?.state === 'done' ? undefined : link.lockedUntil])}
      </p>
      <div className="link__state">
        {active ? (
          <>
            <p className="link__line numbers">
              <span>
                {shared.parts([
                  shared.download[row.state],
                  row.state === 'fetching' ? shared.percent(row.progress) : undefined,
                  row.speed === undefined ? undefined : shared.speed(row.speed),
                  shared.timeLeft(row.secondsLeft),
                ])}
              </span>
            </p>
            <ProgressBar progress={row.progress} label={link.progressOf(name)} />
            <button ref={button} type="button" className="button" onClick={() => onCancel(row.id)}>
              {shared.cancel}
            </button>
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
            {row?.state === 'failed' && <ErrorView quiet error={row.error} during="link" />}
            <button
              ref={button}
              type="button"
              className={secondary ? 'button' : 'button button--main'}
              aria-label={alone ? undefined : link.openNamed(name)}
              onClick={onStart}
            >
              {row?.state === 'done'
                ? link.saveAgain
                : row?.state === 'failed'
                  ? shared.tryAgain
                  : link.openAndSave}
            </button>
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
