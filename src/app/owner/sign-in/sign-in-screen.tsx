import '../welcome/welcome.css';
import { useEffect, useRef } from 'react';
import type { Start } from '../../session.ts';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import { Shell } from '../../ui/shell.tsx';
import { SignInForm } from './sign-in-form.tsx';

const text = owner.signIn;

/** The first question where an organisation knows people by an access code. */
export function SignInScreen({
  enter,
  onStart,
}: {
  readonly enter: (code: string) => Promise<Start>;
  readonly onStart: (start: Start) => void;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <Shell width="narrow">
      <p className="welcome__line">{shared.productLine}</p>
      <h1 className="welcome__question" ref={heading} tabIndex={-1}>
        {text.title}
      </h1>
      <p className="lead sign-in__lead">{text.lead}</p>
      <SignInForm className="welcome__actions" enter={async (code) => onStart(await enter(code))} />
    </Shell>
  );
}
