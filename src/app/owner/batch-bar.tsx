import './batch-bar.css';
import type { UploadRow } from '../../transfer/uploads.ts';
import { describeError } from '../text/errors.ts';
import { owner } from '../text/owner.ts';
import { shared } from '../text/shared.ts';
import { Icon } from '../ui/icons.tsx';
import { isKept, isPausable, isUploading, needsPerson } from './list/items.ts';

const text = owner.batch;

export interface BatchActions {
  pause(rows: readonly UploadRow[]): void;
  /** Goes on, or tries again. */
  resume(rows: readonly UploadRow[]): void;
  /** Asks first where bytes of any of them are stored already. */
  cancel(rows: readonly UploadRow[]): void;
  /** Asks first: what is stored of them is lost. */
  discard(rows: readonly UploadRow[]): void;
  dismiss(rows: readonly UploadRow[]): void;
  show(row: UploadRow): void;
}

const retriable = (row: UploadRow) => row.state === 'failed' && describeError(row.error, 'upload').again;

/** Several uploads at a glance, and what can be done with all of them; nothing for a single one. */
export function BatchBar({
  uploads,
  actions,
}: {
  readonly uploads: readonly UploadRow[];
  readonly actions: BatchActions;
}) {
  const active = uploads.filter((row) => isUploading(row) && row.state !== 'cancelling');
  const pausable = active.filter(isPausable);
  const paused = uploads.filter((row) => row.state === 'paused');
  const trouble = uploads.filter(needsPerson);
  const leftovers = uploads.filter((row) => row.state === 'needs-you');
  const failedKept = uploads.filter((row) => row.state === 'failed' && isKept(row));
  // What can go on is discarded on purpose, or not at all.
  const discardable = [...leftovers, ...failedKept];
  const over = uploads.filter((row) => row.state === 'cancelled' || (row.state === 'failed' && !isKept(row)));
  if (active.length + paused.length < 2 && discardable.length < 2 && over.length < 2) return null;

  const speed = active.reduce((sum, row) => sum + (row.speed ?? 0), 0);
  const left = active.reduce((sum, row) => sum + row.size * (1 - row.progress), 0);
  const [first] = trouble;
  const again = uploads.filter(retriable);
  const resumable = [...paused, ...leftovers.filter((row) => row.need === 'permission')];
  const several = active.length + resumable.length > 1;
  const button = (word: string, run: () => void) => (
    <button type="button" className="button button--quiet" onClick={run}>
      {word}
    </button>
  );
  return (
    <section className="batch" aria-label={text.label}>
      <p className="batch__line numbers">
        {active.length > 0 && (
          <span>
            {shared.parts([
              text.left(active.length),
              speed > 0 ? shared.speed(speed) : undefined,
              speed > 0 ? shared.timeLeft(left / speed) : undefined,
            ])}
          </span>
        )}
        {paused.length > 0 && <span>{text.paused(paused.length)}</span>}
        {first && (
          <span className="batch__trouble">
            <Icon name="alert" size={16} />
            {text.trouble(trouble.length)}
            <button type="button" className="textlink" onClick={() => actions.show(first)}>
              {text.showTrouble}
            </button>
          </span>
        )}
      </p>
      <div className="batch__actions">
        {resumable.length > 0 && several && button(text.resumeAll, () => actions.resume(resumable))}
        {pausable.length > 0 && several && button(text.pauseAll, () => actions.pause(pausable))}
        {again.length > 1 && button(text.retryAll, () => actions.resume(again))}
        {over.length > 1 && button(text.dismissAll, () => actions.dismiss(over))}
        {discardable.length > 1 && button(text.discardAll, () => actions.discard(discardable))}
        {active.length + paused.length > 1 &&
          button(text.cancelAll, () => actions.cancel([...active, ...paused]))}
      </div>
      {leftovers.some((row) => row.need === 'file') && (
        <p className="batch__hint soft small">{text.leftovers}</p>
      )}
    </section>
  );
}
