import { useState } from 'react';
import { createSlots } from '../../../core/slots.ts';
import type { FileEntry } from '../../../transfer/files.ts';
import { owner } from '../../text/owner.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { FileName } from '../../ui/file-name.tsx';

const text = owner.remove;

const deletionsAtOnce = 6;

/** Asks before files are deleted, and says what that means; the safe answer has the focus. */
export function RemoveDialog({
  entries,
  linkDays,
  remove,
  onClose,
}: {
  readonly entries: readonly FileEntry[];
  readonly linkDays: number;
  readonly remove: (entry: FileEntry) => Promise<void>;
  readonly onClose: () => void;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const count = entries.length;
  const only = count === 1 ? entries[0] : undefined;

  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const slots = createSlots(deletionsAtOnce);
      await Promise.all(entries.map((entry) => slots.run(() => remove(entry))));
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  return (
    <Dialog title={text.title(count)} onClose={onClose} closable={!busy}>
      {only && (
        <p className="dialog__subject">
          <FileName name={only.name ?? only.key} />
        </p>
      )}
      <div className="dialog__text">
        <p>{text.body(count)}</p>
        <p>{text.links(linkDays)}</p>
      </div>
      {error !== undefined && <ErrorView error={error} during="delete" />}
      <div className="dialog__actions">
        {/* Enter must do the safe thing. */}
        <button type="button" className="button" data-first-focus disabled={busy} onClick={onClose}>
          {text.keep}
        </button>
        <button type="button" className="button button--ink" disabled={busy} onClick={() => void confirm()}>
          {busy ? text.deleting : text.confirm}
        </button>
      </div>
    </Dialog>
  );
}
