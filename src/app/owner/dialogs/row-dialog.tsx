import './row-dialog.css';
import type { FileEntry } from '../../../transfer/files.ts';
import { formatMoment } from '../../format.ts';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { FileName } from '../../ui/file-name.tsx';
import { Icon } from '../../ui/icons.tsx';
import { lockText } from '../list/status.ts';

/** What is known of a file and all that can be done with it; on a phone, the only place for most of it. */
export function RowDialog({
  entry,
  onDownload,
  onShare,
  onRemove,
  onClose,
}: {
  readonly entry: FileEntry;
  readonly onDownload: () => void;
  readonly onShare: () => void;
  readonly onRemove: () => void;
  readonly onClose: () => void;
}) {
  const lock = lockText(entry);
  return (
    <Dialog
      title={<FileName name={entry.name ?? entry.key.slice(entry.key.lastIndexOf('/') + 1)} />}
      onClose={onClose}
    >
      <dl className="facts numbers">
        <dt>{owner.row.size}</dt>
        <dd>{shared.size(entry.size)}</dd>
        <dt>{owner.row.stored}</dt>
        <dd>{formatMoment(entry.storedAt)}</dd>
        {lock !== '' && (
          <>
            <dt>{owner.row.key}</dt>
            <dd className="facts__sentence">{lock}</dd>
          </>
        )}
      </dl>
      {entry.error && <ErrorView quiet error={entry.error} during="list" />}
      <div className="rowmenu">
        {!entry.error && entry.name !== undefined && (
          <>
            <button type="button" className="button" data-first-focus onClick={onDownload}>
              <Icon name="download" />
              {owner.row.download}
            </button>
            <button type="button" className="button" onClick={onShare}>
              <Icon name="share" />
              {owner.row.share}
            </button>
          </>
        )}
        <button type="button" className="button" onClick={onRemove}>
          <Icon name="remove" />
          {owner.row.remove}
        </button>
      </div>
    </Dialog>
  );
}
