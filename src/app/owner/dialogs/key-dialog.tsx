import { visibleName } from '../../display-name.ts';
import type { Session } from '../../session.ts';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Fingerprint } from '../../ui/fingerprint.tsx';

const text = owner.key;

/** Who holds the key, where its backup is, where the files are, and as whom they are stored. */
export function KeyDialog({
  session: { lock, bucket, region, keyFileName, account, signOut },
  onHow,
  onClose,
}: {
  readonly session: Session;
  readonly onHow: () => void;
  readonly onClose: () => void;
}) {
  const personal = lock.kind === 'personal';
  return (
    <Dialog title={personal ? text.personalTitle : text.kmsTitle} onClose={onClose}>
      <div className="dialog__text">
        <p>{personal ? text.personal : text.kms}</p>
        {personal && <p>{keyFileName === undefined ? text.backupUnnamed : text.backup(keyFileName)}</p>}
      </div>
      <dl className="facts">
        <dt>{personal ? text.mark : text.kmsKey}</dt>
        <dd>{personal ? <Fingerprint value={lock.fingerprint} /> : lock.label}</dd>
        <dt>{text.bucket}</dt>
        <dd>{bucket}</dd>
        <dt>{text.region}</dt>
        <dd>{region}</dd>
        {account !== undefined && (
          <>
            <dt>{text.account}</dt>
            <dd>
              <bdi>{visibleName(account)}</bdi>
            </dd>
          </>
        )}
      </dl>
      <div className="dialog__actions">
        <button type="button" className="button button--quiet" onClick={onHow}>
          {shared.howItWorks}
        </button>
        {signOut && (
          <button type="button" className="button" onClick={signOut}>
            {text.signOut}
          </button>
        )}
        <button type="button" className="button" onClick={onClose}>
          {shared.done}
        </button>
      </div>
    </Dialog>
  );
}
