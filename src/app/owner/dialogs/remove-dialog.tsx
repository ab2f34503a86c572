import { useEffect, useRef, useState } from 'react';
import { createSlots } from '../../../core/slots.ts';
import type { FileEntry } from '../../../transfer/files.ts';
import { owner } from '../../text/owner.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { WholeName } from '../../ui/whole-name.tsx';

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
  const [left, setLeft] = useState(entries);
  const [failure, setFailure] = useState<{ readonly error: unknown }>();

  const count = left.length;
  const deleted = entries.length - count;
  const only = count === 1 ? left[0] : undefined;

  const safe = useRef<HTMLButtonElement>(null);
  // While it was busy, no button could have the focus.
  useEffect(() => {
    if (failure) safe.current?.focus();
  }, [failure]);

  const confirm = async () => {
    setBusy(true);
    setFailure(undefined);
    const slots = createSlots(deletionsAtOnce);
    // One that can't be deleted does not hold up the others, and what is said is said once all have been tried.
    const outcomes = await Promise.allSettled(left.map((entry) => slots.run(() => remove(entry))));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (!failed) return onClose();
    setLeft(left.filter((_, index) => outcomes[index]?.status === 'rejected'));
    setFailure({ error: failed.reason });
    setBusy(false);
  };

  return (
    <Dialog title={text.title(count)} onClose={onClose} closable={!busy}>
      {only && (
        <p className="dialog__subject">
          <WholeName name={only.name ?? only.key} />
        </p>
      )}
      <div className="dialog__text">
        <p>{text.body(count)}</p>
        <p>{text.links(linkDays)}</p>
      </div>
      {failure && (
        <ErrorView error={failure.error} during="delete">
          {deleted > 0 && <strong>{text.partly(deleted, entries.length)}</strong>}
        </ErrorView>
      )}
      <div className="dialog__actions">
        {/* Enter must do the safe thing. */}
        <button
          ref={safe}
          type="button"
          className="button"
          data-first-focus
          disabled={busy}
          onClick={onClose}
        >
          {text.keep(count)}
        </button>
        <button type="button" className="button button--ink" disabled={busy} onClick={() => void confirm()}>
          {busy ? text.deleting : text.confirm}
        </button>
      </div>
    </Dialog>
  );
}
