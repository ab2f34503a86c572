import './batch-bar.css';
import type { UploadRow } from '../../transfer/uploads.ts';
import { describeError } from '../text/errors.ts';
import { owner } from '../text/owner.ts';
import { shared } from '../text/shared.ts';
import { Icon } from '../ui/icons.tsx';
import { isUploading } from './list/items.ts';

const text = owner.batch;

const retriable = (row: UploadRow) => row.state === 'failed' && describeError(row.error, 'upload').again;

/** Several uploads at a glance, and what can be done with all of them; nothing for a single one. */
export function BatchBar({
  uploads,
  onCancel,
  onRetry,
  onDismiss,
  onShow,
}: {
  readonly uploads: readonly UploadRow[];
  readonly onCancel: (ids: readonly string[]) => void;
  readonly onRetry: (ids: readonly string[]) => void;
  readonly onDismiss: (ids: readonly string[]) => void;
  readonly onShow: (id: string) => void;
}) {
  const active = uploads.filter((row) => isUploading(row) && row.state !== 'cancelling');
  const failed = uploads.filter((row) => row.state === 'failed');
  const over = uploads.filter((row) => row.state === 'failed' || row.state === 'cancelled');
  if (active.length < 2 && over.length < 2) return null;

  const ids = (rows: readonly UploadRow[]) => rows.map((row) => row.id);
  const speed = active.reduce((sum, row) => sum + (row.speed ?? 0), 0);
  const left = active.reduce((sum, row) => sum + row.size * (1 - row.progress), 0);
  const firstFailed = failed[0];
  const again = failed.filter(retriable);
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
        {firstFailed && (
          <span className="batch__trouble">
            <Icon name="alert" size={16} />
            {text.trouble(failed.length)}
            <button type="button" className="textlink" onClick={() => onShow(firstFailed.id)}>
              {text.showTrouble}
            </button>
          </span>
        )}
      </p>
      <div className="batch__actions">
        {again.length > 1 && (
          <button type="button" className="button button--quiet" onClick={() => onRetry(ids(again))}>
            {text.retryAll}
          </button>
        )}
        {over.length > 1 && (
          <button type="button" className="button button--quiet" onClick={() => onDismiss(ids(over))}>
            {text.dismissAll}
          </button>
        )}
        {active.length > 1 && (
          <button type="button" className="button button--quiet" onClick={() => onCancel(ids(active))}>
            {text.cancelAll}
          </button>
        )}
      </div>
    </section>
  );
}
