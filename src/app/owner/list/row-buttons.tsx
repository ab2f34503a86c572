import type { FileEntry } from '../../../transfer/files.ts';
import { describeError } from '../../text/errors.ts';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import { Icon, type IconName } from '../../ui/icons.tsx';
import { type Item, isDownloading, isUploading } from './items.ts';

/** What a row can ask for; the same object for all rows as long as the page lives. */
export interface RowActions {
  cancelUpload(id: string): void;
  retryUpload(id: string): void;
  dismissUpload(id: string): void;
  download(entry: FileEntry): void;
  cancelDownload(id: string): void;
  dismissDownload(id: string): void;
  share(entry: FileEntry): void;
  remove(entry: FileEntry): void;
  more(id: string): void;
}

interface Button {
  readonly word: string;
  /** What it is called beside the file's name, where the word alone is not enough. */
  readonly called?: string;
  readonly icon: IconName;
  readonly run: () => void;
  /** On a narrow screen the others are behind "More". */
  readonly kept?: boolean;
}

function uploadButtons({ id, upload }: Item, actions: RowActions): readonly Button[] {
  if (!upload || upload.state === 'stored' || upload.state === 'cancelling') return [];
  if (isUploading(upload)) {
    return [{ word: shared.cancel, icon: 'close', kept: true, run: () => actions.cancelUpload(id) }];
  }
  const again = upload.state === 'cancelled' || describeError(upload.error, 'upload').again;
  const retry: Button = {
    word: shared.tryAgain,
    icon: 'refresh',
    kept: true,
    run: () => actions.retryUpload(id),
  };
  const dismiss: Button = {
    word: shared.dismiss,
    icon: 'close',
    kept: true,
    run: () => actions.dismissUpload(id),
  };
  return again ? [retry, dismiss] : [dismiss];
}

function fileButtons(entry: FileEntry, { id, download }: Item, actions: RowActions): readonly Button[] {
  const remove: Button = { word: owner.row.remove, icon: 'remove', run: () => actions.remove(entry) };
  if (entry.error) return [{ word: owner.row.why, icon: 'help', run: () => actions.more(id) }, remove];
  const fetch: Button =
    download && isDownloading(download)
      ? {
          word: shared.cancel,
          called: owner.row.cancelDownload,
          icon: 'close',
          kept: true,
          run: () => actions.cancelDownload(download.id),
        }
      : { word: owner.row.download, icon: 'download', kept: true, run: () => actions.download(entry) };
  if (entry.name === undefined) return [remove];
  return [fetch, { word: owner.row.share, icon: 'share', run: () => actions.share(entry) }, remove];
}

/** What can be done with a row now; each button says with which file. */
export function RowButtons({
  name,
  tabIndex,
  actions,
  ...item
}: Item & { readonly name: string; readonly tabIndex: number; readonly actions: RowActions }) {
  const { id, entry } = item;
  const buttons = entry ? fileButtons(entry, item, actions) : uploadButtons(item, actions);
  return (
    <span className="row__actions">
      {buttons.map(({ word, called = word, icon, run, kept }) => (
        <button
          key={word}
          type="button"
          className={`button button--quiet row__action ${kept ? 'row__action--kept' : ''}`}
          tabIndex={tabIndex}
          aria-label={owner.row.named(called, name)}
          title={word}
          onClick={run}
        >
          <Icon name={icon} />
          <span className="row__word">{word}</span>
        </button>
      ))}
      {entry && (
        <button
          type="button"
          className="button button--quiet row__action row__action--more"
          tabIndex={tabIndex}
          aria-label={owner.row.named(owner.row.more, name)}
          title={owner.row.more}
          onClick={() => actions.more(id)}
        >
          <Icon name="more" />
        </button>
      )}
    </span>
  );
}
