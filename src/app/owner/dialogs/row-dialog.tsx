import './row-dialog.css';
import type { FileEntry } from '../../../transfer/files.ts';
import { formatMoment } from '../../dates.ts';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { Icon } from '../../ui/icons.tsx';
import { WholeName } from '../../ui/whole-name.tsx';
import { lockText } from '../list/status.ts';

/** What is known of a file and all that can be done with it; on a phone, the only place for most of it. */
export function RowDialog({
  entry,
  openable,
  picked,
  onDownload,
  onPreview,
  onShare,
  onRemove,
  onSelect,
  onClose,
}: {
  readonly entry: FileEntry;
  /** Whether there is a file to be had. */
  readonly openable: boolean;
  readonly picked: boolean;
  readonly onDownload: () => void;
  /** Undefined where there is none of its kind. */
  readonly onPreview: (() => void) | undefined;
  readonly onShare: () => void;
  readonly onRemove: () => void;
  readonly onSelect: () => void;
  readonly onClose: () => void;
}) {
  const lock = lockText(entry);
  return (
    <Dialog
      title={<WholeName name={entry.name ?? entry.key.slice(entry.key.lastIndexOf('/') + 1)} />}
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
        {openable && (
          <>
            <button type="button" className="button" data-first-focus onClick={onDownload}>
              <Icon name="download" />
              {owner.row.download}
            </button>
            {onPreview && (
              <button type="button" className="button" onClick={onPreview}>
                <Icon name="eye" />
                {shared.preview}
              </button>
            )}
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
        <button type="button" className="button" onClick={onSelect}>
          <Icon name={picked ? 'close' : 'check'} />
          {picked ? owner.row.unselect : owner.row.select}
        </button>
      </div>
    </Dialog>
  );
}
