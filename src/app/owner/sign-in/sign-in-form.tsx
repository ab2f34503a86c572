import './sign-in.css';
import { type FormEvent, type ReactNode, useId, useRef, useState } from 'react';
import { owner } from '../../text/owner.ts';
import { ErrorView } from '../../ui/error-view.tsx';

const text = owner.signIn;

/** Asks for the access code. What was entered goes to `enter` and stays nowhere else. */
export function SignInForm({
  enter,
  className,
  children,
}: {
  /** Rejects with what to show below the field. */
  readonly enter: (code: string) => Promise<void>;
  readonly className: string;
  /** Further buttons. */
  readonly children?: ReactNode;
}) {
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);
  const [error, setError] = useState<unknown>();
  const field = useRef<HTMLInputElement>(null);
  const ids = { field: useId(), hint: useId() };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const code = field.current?.value.trim() ?? '';
    if (busy || code === '') return;
    setBusy(true);
    setError(undefined);
    try {
      await enter(code);
    } catch (failure) {
      setError(failure);
      setBusy(false);
      field.current?.select();
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <label className="sign-in__label" htmlFor={ids.field}>
        {text.label}
      </label>
      <input
        ref={field}
        id={ids.field}
        className="field sign-in__field"
        type={shown ? 'text' : 'password'}
        name="access-code"
        autoComplete="current-password"
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        required
        aria-describedby={ids.hint}
        data-first-focus
      />
      <label className="check">
        <input type="checkbox" checked={shown} onChange={(event) => setShown(event.target.checked)} />
        <span>{text.show}</span>
      </label>
      <p className="soft small sign-in__hint" id={ids.hint}>
        {text.hint}
      </p>
      {error !== undefined && <ErrorView error={error} during="start" />}
      <div className={className}>
        {children}
        <button type="submit" className="button button--main" aria-disabled={busy}>
          {busy ? text.checking : text.enter}
        </button>
      </div>
    </form>
  );
}
