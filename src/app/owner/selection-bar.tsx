import './selection-bar.css';
import type { FileEntry } from '../../transfer/files.ts';
import { owner } from '../text/owner.ts';
import { shared } from '../text/shared.ts';
import { Icon } from '../ui/icons.tsx';

const text = owner.selection;

/** What can be done with all rows that are chosen; nothing while none is. */
export function SelectionBar({
  entries,
  onZip,
  onRemove,
  onClear,
}: {
  readonly entries: readonly FileEntry[];
  readonly onZip: (entries: readonly FileEntry[]) => void;
  readonly onRemove: (entries: readonly FileEntry[]) => void;
  readonly onClear: () => void;
}) {
  const openable = entries.filter((entry) => entry.error === undefined && entry.name !== undefined);
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  return (
    <div className="selection" hidden={entries.length === 0} role="toolbar" aria-label={text.label}>
      <p className="selection__line numbers" role="status">
        {entries.length > 0 && shared.parts([text.count(entries.length), shared.size(size)])}
      </p>
      <div className="selection__actions">
        <button
          type="button"
          className="button"
          disabled={openable.length === 0}
          onClick={() => onZip(openable)}
        >
          <Icon name="download" />
          {text.zip}
        </button>
        <button type="button" className="button button--quiet" onClick={() => onRemove(entries)}>
          <Icon name="remove" />
          {owner.row.remove}
        </button>
        <button
          type="button"
          className="button button--quiet button--icon"
          aria-label={text.clear}
          title={text.clear}
          onClick={onClear}
        >
          <Icon name="close" />
        </button>
      </div>
    </div>
  );
}
