import './key-chip.css';
import type { Session } from '../session.ts';
import { owner } from '../text/owner.ts';
import { Fingerprint } from '../ui/fingerprint.tsx';

/** Which key is at work; opens what is to be known about it. */
export function KeyChip({ lock, onClick }: { readonly lock: Session['lock']; readonly onClick: () => void }) {
  return (
    <button type="button" className="button button--quiet chip" onClick={onClick}>
      <span className="chip__word">
        {lock.kind === 'personal' ? owner.keyChip.personal : owner.keyChip.kms}
      </span>
      <Fingerprint value={lock.kind === 'personal' ? lock.fingerprint : lock.label} />
    </button>
  );
}
