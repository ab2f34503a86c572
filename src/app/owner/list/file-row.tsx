import './file-row.css';
import { memo, useId } from 'react';
import type { DownloadRow } from '../../../transfer/downloads.ts';
import type { FileEntry } from '../../../transfer/files.ts';
import type { UploadRow } from '../../../transfer/uploads.ts';
import { formatMoment, formatWhen } from '../../dates.ts';
import { visibleName } from '../../display-name.ts';
import { isResting, keptOf } from '../../downloading.ts';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import { Envelope, type EnvelopeState } from '../../ui/envelope.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { FileName } from '../../ui/file-name.tsx';
import { FolderMark } from '../../ui/folder-mark.tsx';
import { Icon } from '../../ui/icons.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { type Item, isFolder, isKept, isUploading, nameOf } from './items.ts';
import { type RowActions, RowButtons } from './row-buttons.tsx';
import { statusOf } from './status.ts';

interface FileRowProps {
  readonly id: string;
  readonly upload: UploadRow | undefined;
  readonly entry: FileEntry | undefined;
  readonly download: DownloadRow | undefined;
  readonly index: number;
  readonly count: number;
  /** The one row of the list that the Tab key reaches. */
  readonly current: boolean;
  /** The day it is, so that "today" stays true. */
  readonly today: Date;
  readonly actions: RowActions;
  readonly picked: boolean;
  /** While any row is chosen, all show that they can be. */
  readonly picking: boolean;
  readonly onPick: (key: string, reach: boolean) => void;
}

function envelopeOf({ upload, entry, download }: Item): EnvelopeState {
  if (download?.state === 'done') return 'sealed';
  if (entry) return entry.error?.code === 'not-encrypted' ? 'open' : 'sealed';
  if (upload?.state === 'stored') return 'sealed';
  return upload && (upload.progress > 0 || upload.state === 'sending') ? 'closed' : 'open';
}

/** Of a transfer at rest, all is said that there is to say. */
function restOf({ upload, download }: Item): string {
  if (download) return isResting(download) || download.state === 'elsewhere' ? 'row--rests' : '';
  if (upload?.state === 'needs-you') return 'row--rests row--asks';
  return upload?.state === 'paused' ? 'row--rests' : '';
}

/** What is stored already of an upload that can go on. */
const storedOf = (upload: UploadRow): string | undefined =>
  isKept(upload) ? owner.upload.kept(upload.kept ?? 0, upload.size) : undefined;

/** One file in every state it can have. Only an error, which needs its sentences, makes a row taller. */
export const FileRow = memo(function FileRow({
  index,
  count,
  current,
  today,
  actions,
  picked,
  picking,
  onPick,
  ...item
}: FileRowProps) {
  const { id, upload, entry, download } = item;
  const told = useId();
  const rawName = nameOf(item);
  const name = visibleName(rawName ?? owner.list.nameless);
  const status = statusOf(item);
  const folder = isFolder(item);
  const size = folder ? undefined : (entry?.size ?? upload?.size ?? download?.size);
  const tabIndex = current ? 0 : -1;
  const foreign = entry?.error !== undefined || (entry?.lock?.kind === 'personal' && !entry.lock.held);

  return (
    <li
      className={`row ${status.progress === undefined ? '' : 'row--moving'} ${restOf(item)} ${picked ? 'row--picked' : ''} ${picking ? 'row--picking' : ''}`}
      tabIndex={tabIndex}
      aria-label={name}
      aria-describedby={`${told}status ${told}size ${told}when`}
      aria-posinset={index + 1}
      aria-setsize={count}
      data-row={id}
      data-index={index}
    >
      <span className="row__envelope">
        {entry && (
          <input
            type="checkbox"
            className="row__pick"
            aria-label={owner.row.named(owner.row.select, name)}
            tabIndex={tabIndex}
            checked={picked}
            onClick={(event) => onPick(entry.key, event.shiftKey)}
            onChange={() => {}}
          />
        )}
        {folder ? <FolderMark /> : <Envelope state={envelopeOf(item)} seal={foreign ? 'foreign' : 'held'} />}
      </span>
      <span className="row__name">
        {rawName === undefined ? (
          <span className="row__nameless">{owner.list.nameless}</span>
        ) : (
          <FileName name={rawName} />
        )}
      </span>
      <span className={`row__status row__status--${status.tone} numbers`} id={`${told}status`}>
        <Icon name={status.icon} size={16} />
        <span className="row__line">
          <span className="row__state">{status.word}</span>
          {status.detail !== '' && (
            <span className={status.usual ? 'row__detail row__detail--usual' : 'row__detail'}>
              {' '}
              · {status.detail}
            </span>
          )}
        </span>
      </span>
      <span className="row__when numbers" id={`${told}when`}>
        {entry && (
          <time dateTime={entry.storedAt.toISOString()} title={formatMoment(entry.storedAt)}>
            {formatWhen(entry.storedAt, today)}
          </time>
        )}
      </span>
      <span className="row__size numbers" id={`${told}size`}>
        {size === undefined ? '' : shared.size(size)}
      </span>
      <RowButtons {...item} name={name} tabIndex={tabIndex} actions={actions} />
      {status.progress !== undefined && (
        <span className="row__bar">
          <ProgressBar progress={status.progress} label={owner.row.progress(name)} />
        </span>
      )}
      {upload?.restarted && isUploading(upload) && <p className="row__note">{owner.upload.restarted}</p>}
      {!entry && upload?.state === 'failed' && (
        <div className="row__error">
          <ErrorView quiet error={upload.error} during="upload" kept={storedOf(upload)} />
        </div>
      )}
      {!entry && download?.state === 'failed' && (
        <div className="row__error">
          <ErrorView quiet error={download.error} during="download" kept={keptOf(download)}>
            {download.culprit !== undefined && <span>{shared.culprit(visibleName(download.culprit))}</span>}
          </ErrorView>
        </div>
      )}
      {entry && download?.state === 'failed' && (
        <div className="row__error">
          <ErrorView
            quiet
            error={download.error}
            during="download"
            kept={keptOf(download)}
            onRetry={() => actions.download(entry)}
          >
            <button type="button" className="button" onClick={() => actions.dismissDownload(download.id)}>
              {shared.dismiss}
            </button>
          </ErrorView>
        </div>
      )}
    </li>
  );
});
