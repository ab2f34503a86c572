import type { UploadRow } from '../../../transfer/uploads.ts';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { WholeName } from '../../ui/whole-name.tsx';

const text = owner.discard;

/** Asks before what is stored of uploads is thrown away; the safe answer has the focus. */
export function DiscardDialog({
  rows,
  onDiscard,
  onClose,
}: {
  readonly rows: readonly UploadRow[];
  readonly onDiscard: () => void;
  readonly onClose: () => void;
}) {
  const [first] = rows;
  // Of one that still runs nobody knows what has arrived; only what rests is counted.
  const resting = rows.filter((row) => row.kept !== undefined);
  const size = resting.reduce((sum, row) => sum + row.size, 0);
  const kept = resting.reduce((sum, row) => sum + (row.kept ?? 0), 0);
  return (
    <Dialog title={text.title(rows.length)} onClose={onClose}>
      {rows.length === 1 && first?.name !== undefined && (
        <p className="dialog__subject">
          <WholeName name={first.name} />
        </p>
      )}
      <div className="dialog__text">
        {kept > 0 && <p>{text.kept(shared.sizeOf(kept, size))}</p>}
        <p>{text.device(rows.length)}</p>
      </div>
      <div className="dialog__actions">
        {/* Enter must do the safe thing. */}
        <button type="button" className="button" data-first-focus onClick={onClose}>
          {text.keep(rows.length)}
        </button>
        <button type="button" className="button button--ink" onClick={onDiscard}>
          {kept > 0 ? text.confirm(shared.size(kept)) : text.confirmNothing(rows.length)}
        </button>
      </div>
    </Dialog>
  );
}
