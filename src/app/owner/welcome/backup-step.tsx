import { useEffect, useRef, useState } from 'react';
import type { NewKey, Session } from '../../session.ts';
import { owner } from '../../text/owner.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { Fingerprint } from '../../ui/fingerprint.tsx';
import { Icon } from '../../ui/icons.tsx';
import { type SaveOutcome, saveBackup } from './save-backup.ts';

const text = owner.backup;

/** A new key is kept only after its backup was: this step can be left backwards, not skipped. */
export function BackupStep({
  newKey,
  onReady,
  onBack,
}: {
  readonly newKey: NewKey;
  readonly onReady: (session: Session) => void;
  readonly onBack: () => void;
}) {
  const [outcome, setOutcome] = useState<SaveOutcome>();
  const [confirmed, setConfirmed] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const heading = useRef<HTMLHeadingElement>(null);
  const safe = outcome === 'saved' || (outcome === 'handed' && confirmed);

  useEffect(() => heading.current?.focus(), []);

  const save = async () => {
    const next = await saveBackup(newKey.backup);
    // A second save that was called off does not undo the first.
    if (next !== 'cancelled') setOutcome(outcome === 'saved' ? 'saved' : next);
  };

  const proceed = async () => {
    setBusy(true);
    setError(undefined);
    try {
      onReady(await newKey.confirm());
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  return (
    <>
      <h1 className="welcome__question" ref={heading} tabIndex={-1}>
        {text.title}
      </h1>
      <div className="backup__text">
        <p className="lead">{text.lead}</p>
        <p>
          <strong>{text.loss}</strong>
        </p>
        <p>{text.secrecy}</p>
      </div>
      <dl className="facts backup__file">
        <dt>{text.file}</dt>
        <dd>
          <code>{newKey.backup.fileName}</code>
        </dd>
        <dt>{text.mark}</dt>
        <dd>
          <Fingerprint value={newKey.fingerprint} />
        </dd>
      </dl>
      <button type="button" className={safe ? 'button' : 'button button--main'} onClick={() => void save()}>
        <Icon name="download" />
        {outcome === undefined ? text.save : text.saveAgain}
      </button>
      <div className="backup__saved" role="status">
        {outcome === 'saved' && (
          <p className="backup__good">
            <Icon name="check" />
            {text.saved}
          </p>
        )}
        {outcome === 'handed' && (
          <>
            <p className="backup__look">{text.look}</p>
            <label className="check">
              <input
                type="checkbox"
                checked={confirmed}
                onChange={(event) => setConfirmed(event.target.checked)}
              />
              <span>{text.confirm(newKey.backup.fileName)}</span>
            </label>
          </>
        )}
      </div>
      {error !== undefined && <ErrorView error={error} during="key" />}
      <div className="welcome__actions">
        <button
          type="button"
          className={safe ? 'button button--main' : 'button'}
          disabled={!safe || busy}
          onClick={() => void proceed()}
        >
          {text.continue}
        </button>
        <button type="button" className="button button--quiet" disabled={busy} onClick={onBack}>
          {text.back}
        </button>
      </div>
    </>
  );
}
