import type { DownloadRow } from '../../../transfer/downloads.ts';
import type { FileEntry } from '../../../transfer/files.ts';
import { isDownloading, isResting } from '../../downloading.ts';
import { isPreviewable } from '../../preview/previewable.ts';
import { describeError } from '../../text/errors.ts';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import { Icon, type IconName } from '../../ui/icons.tsx';
import { canPause, type Item, isFolder, isKept } from './items.ts';

/** What a row can ask for; the same object for all rows as long as the page lives. */
export interface RowActions {
  pauseUpload(id: string): void;
  /** Goes on, or tries again. */
  resumeUpload(id: string): void;
  /** Asks for the file of an upload that an earlier page began. */
  provideUpload(id: string): void;
  cancelUpload(id: string): void;
  /** Asks first: what is stored of it is lost. */
  discardUpload(id: string): void;
  dismissUpload(id: string): void;
  download(entry: FileEntry): void;
  pauseDownload(id: string): void;
  resumeDownload(id: string): void;
  cancelDownload(id: string): void;
  dismissDownload(id: string): void;
  preview(entry: FileEntry): void;
  share(entry: FileEntry): void;
  remove(entry: FileEntry): void;
  more(id: string): void;
}

interface Button {
  readonly word: string;
  /** What it is called beside the file's name, where the word alone is not enough. */
  readonly called?: string;
  readonly icon: IconName;
  /** Of buttons that take each other's place, so that the focus stays. */
  readonly place?: string;
  readonly run: () => void;
  /** On a narrow screen the others are behind "More". */
  readonly kept?: boolean;
}

function uploadButtons({ id, upload }: Item, actions: RowActions): readonly Button[] {
  if (!upload) return [];
  const button = (
    place: 'flow' | 'end',
    word: string,
    icon: IconName,
    run: (id: string) => void,
  ): Button => ({ place, word, icon, kept: true, run: () => run(id) });
  const resume = button('flow', owner.row.resume, 'play', actions.resumeUpload);
  const choose = button('flow', owner.row.chooseAgain, 'folder', actions.provideUpload);
  const discard = button('end', owner.row.discard, 'remove', actions.discardUpload);
  const cancel = isKept(upload) ? discard : button('end', shared.cancel, 'close', actions.cancelUpload);
  switch (upload.state) {
    case 'stored':
    case 'elsewhere':
    case 'cancelling':
      return [];
    case 'finishing':
      return [cancel];
    case 'paused':
      return [resume, cancel];
    case 'needs-you':
      return [upload.need === 'permission' ? resume : choose, discard];
    case 'failed':
    case 'cancelled': {
      const dismiss = isKept(upload)
        ? discard
        : button('end', shared.dismiss, 'close', actions.dismissUpload);
      if (upload.need === 'file') return [choose, dismiss];
      const again = upload.state === 'cancelled' || describeError(upload.error, 'upload').again;
      return again ? [button('flow', shared.tryAgain, 'refresh', actions.resumeUpload), dismiss] : [dismiss];
    }
    default:
      return [button('flow', owner.row.pause, 'pause', actions.pauseUpload), cancel];
  }
}

/** Of a row that is no file in the storage: an upload, or a zip. */
function transferButtons(item: Item, actions: RowActions): readonly Button[] {
  const { upload, download } = item;
  if (upload || !download) return uploadButtons(item, actions);
  const { id } = download;
  if (isDownloading(download) || isResting(download)) return downloadButtons(download, actions);
  const dismiss: Button = {
    word: shared.dismiss,
    icon: 'close',
    kept: true,
    run: () => actions.dismissDownload(id),
  };
  if (download.state === 'elsewhere') return [];
  if (download.state === 'done') return [dismiss];
  const { code, again: worthIt } = describeError(download.error, 'download');
  // A zip of files of which one was replaced is chosen anew: that one may have another name now.
  const again = download.state === 'cancelled' || (worthIt && code !== 'object-changed');
  const retry: Button = {
    word: shared.tryAgain,
    icon: 'refresh',
    kept: true,
    run: () => actions.resumeDownload(id),
  };
  return again ? [retry, dismiss] : [dismiss];
}

function fileButtons(entry: FileEntry, item: Item, actions: RowActions): readonly Button[] {
  const { id, download } = item;
  const remove: Button = { word: owner.row.remove, icon: 'remove', run: () => actions.remove(entry) };
  if (entry.error) return [{ word: owner.row.why, icon: 'help', run: () => actions.more(id) }, remove];
  const share: Button = { word: owner.row.share, icon: 'share', run: () => actions.share(entry) };
  if (download && isResting(download)) return [...downloadButtons(download, actions), remove];
  if (download && isDownloading(download)) return [...downloadButtons(download, actions), share];
  const fetch: Button = {
    word: owner.row.download,
    icon: 'download',
    kept: true,
    run: () => actions.download(entry),
  };
  if (entry.name === undefined || isFolder(item)) return [remove];
  const look: Button = { word: shared.preview, icon: 'eye', run: () => actions.preview(entry) };
  const take = download?.state === 'elsewhere' ? [] : [fetch];
  // First, so that the others stand below each other whether it is there or not.
  return [...(isPreviewable(entry.name) ? [look] : []), ...take, share, remove];
}

function downloadButtons(row: DownloadRow, actions: RowActions): readonly Button[] {
  const { id } = row;
  const cancel: Button = {
    word: row.state === 'unfinished' ? shared.discard : shared.cancel,
    called: row.state === 'unfinished' ? owner.row.discardDownload : owner.row.cancelDownload,
    icon: 'close',
    kept: true,
    run: () => actions.cancelDownload(id),
  };
  if (isResting(row)) {
    const resume = { called: owner.row.resumeDownload, run: () => actions.resumeDownload(id) };
    return [{ word: shared.resume, icon: 'play', place: 'flow', kept: true, ...resume }, cancel];
  }
  if (!canPause(row)) return [cancel];
  const pause = { called: owner.row.pauseDownload, run: () => actions.pauseDownload(id) };
  return [{ word: shared.pause, icon: 'pause', place: 'flow', kept: true, ...pause }, cancel];
}

/** What can be done with a row now; each button says with which file. */
export function RowButtons({
  name,
  tabIndex,
  actions,
  ...item
}: Item & { readonly name: string; readonly tabIndex: number; readonly actions: RowActions }) {
  const { id, entry } = item;
  const buttons = entry ? fileButtons(entry, item, actions) : transferButtons(item, actions);
  return (
    <span className="row__actions">
      {buttons.map(({ word, called = word, icon, run, kept, place = word }) => (
        <button
          key={place}
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
