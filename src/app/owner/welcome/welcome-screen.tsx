import './welcome.css';
import { useEffect, useRef, useState } from 'react';
import type { NewKey, Session, Welcome } from '../../session.ts';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { Shell } from '../../ui/shell.tsx';
import { HowDialog } from '../dialogs/how-dialog.tsx';
import { BackupStep } from './backup-step.tsx';

type Choice = 'personal' | 'kms' | 'restore';
const text = owner.welcome;

/** The one question of a first visit, and the key's backup if one is made. */
export function WelcomeScreen({
  welcome,
  arrived,
  onReady,
}: {
  readonly welcome: Welcome;
  /** Whether another screen was here before, which had the focus. */
  readonly arrived: boolean;
  readonly onReady: (session: Session) => void;
}) {
  const [choice, setChoice] = useState<Choice>('personal');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [newKey, setNewKey] = useState<NewKey>();
  const [how, setHow] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const returned = useRef(arrived);

  useEffect(() => {
    if (newKey === undefined && returned.current) heading.current?.focus();
    returned.current = newKey !== undefined;
  }, [newKey]);

  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };

  const proceed = () => {
    if (choice === 'restore') picker.current?.click();
    // biome-ignore lint/correctness/useHookAtTopLevel: a method of the session, not a React hook
    else if (choice === 'kms') void run(async () => onReady(await welcome.useKms()));
    else void run(async () => setNewKey(await welcome.makeKey()));
  };

  if (newKey) {
    return (
      <Shell width="narrow">
        <BackupStep newKey={newKey} onReady={onReady} onBack={() => setNewKey(undefined)} />
      </Shell>
    );
  }

  const busyText = { personal: text.making, kms: text.opening, restore: text.reading }[choice];
  const select = (next: Choice) => {
    setChoice(next);
    setError(undefined);
  };
  return (
    <Shell width="narrow">
      <p className="welcome__line">{shared.productLine}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) proceed();
        }}
      >
        <fieldset disabled={busy}>
          <legend className="welcome__legend">
            <h1 className="welcome__question" ref={heading} tabIndex={-1}>
              {text.question}
            </h1>
          </legend>
          <div className="welcome__choices">
            <Option
              value="personal"
              choice={choice}
              onSelect={select}
              label={text.personal}
              hint={text.personalHint}
            />
            {welcome.kms && (
              <Option
                value="kms"
                choice={choice}
                onSelect={select}
                label={text.kms}
                hint={text.kmsHint}
                term={text.kmsTerm(welcome.kms.label)}
              />
            )}
            <Option
              value="restore"
              choice={choice}
              onSelect={select}
              label={text.restore}
              hint={text.restoreHint}
            />
          </div>
        </fieldset>
        {error !== undefined && <ErrorView error={error} during="key" />}
        <div className="welcome__actions">
          <button type="submit" className="button button--main" aria-disabled={busy}>
            {busy ? busyText : choice === 'restore' ? text.chooseKeyFile : text.continue}
          </button>
          <button type="button" className="button button--quiet" onClick={() => setHow(true)}>
            {shared.howItWorks}
          </button>
        </div>
      </form>
      <input
        ref={picker}
        type="file"
        hidden
        aria-label={text.chooseKeyFile}
        accept=".json,application/json"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file) void run(async () => onReady(await welcome.restoreKey(file)));
        }}
      />
      <p className="welcome__technical soft small">{text.technical}</p>
      {how && <HowDialog onClose={() => setHow(false)} />}
    </Shell>
  );
}

function Option({
  value,
  choice,
  onSelect,
  label,
  hint,
  term,
}: {
  readonly value: Choice;
  readonly choice: Choice;
  readonly onSelect: (choice: Choice) => void;
  readonly label: string;
  readonly hint: string;
  /** What somebody who knows it calls it. */
  readonly term?: string;
}) {
  const hintId = `choice-${value}`;
  return (
    <label className="option">
      <input
        className="option__dot"
        type="radio"
        name="holder"
        value={value}
        checked={choice === value}
        aria-label={label}
        aria-describedby={hintId}
        onChange={() => onSelect(value)}
      />
      <span className="option__label">{label}</span>
      <span className="option__hint" id={hintId}>
        {hint}
        {term !== undefined && <span className="option__term small"> {term}</span>}
      </span>
    </label>
  );
}
