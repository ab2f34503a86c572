import { useState } from 'react';
import type { Session, Start } from '../session.ts';
import { shared } from '../text/shared.ts';
import { ErrorView } from '../ui/error-view.tsx';
import { Shell } from '../ui/shell.tsx';
import { useDelayed } from '../ui/use-delayed.ts';
import { usePromise } from '../use-promise.ts';
import { FilesScreen } from './files-screen.tsx';
import { SignInDialog } from './sign-in/sign-in-dialog.tsx';
import { SignInScreen } from './sign-in/sign-in-screen.tsx';
import { WelcomeScreen } from './welcome/welcome-screen.tsx';

/** The app of the person who sends: start, first visit, files. */
export function OwnerApp({
  first,
  again,
}: {
  readonly first: Promise<Start>;
  readonly again: () => Promise<Start>;
}) {
  const [starting, setStarting] = useState(first);
  const [signedIn, setSignedIn] = useState<Start>();
  const [entered, setEntered] = useState<Session>();
  const outcome = usePromise(starting);

  const now = signedIn ?? (outcome.state === 'ready' ? outcome.value : undefined);
  const session = entered ?? (now?.kind === 'ready' ? now.session : undefined);
  const arrived = entered !== undefined || signedIn !== undefined;
  if (session) {
    return (
      <>
        <FilesScreen session={session} arrived={arrived} />
        {session.signIn && <SignInDialog signIn={session.signIn} />}
      </>
    );
  }
  if (outcome.state === 'failed') {
    return (
      <Shell>
        <ErrorView error={outcome.error} during="start" kind="page" onRetry={() => setStarting(again())} />
      </Shell>
    );
  }
  if (now?.kind === 'sign-in') return <SignInScreen enter={now.enter} onStart={setSignedIn} />;
  if (now?.kind === 'first-visit')
    return <WelcomeScreen welcome={now.welcome} arrived={arrived} onReady={setEntered} />;
  return <Starting />;
}

function Starting() {
  const late = useDelayed();
  return (
    <Shell>
      <h1 className="hush">{shared.product}</h1>
      <p className="soft" role="status">
        {late ? shared.loading : ''}
      </p>
    </Shell>
  );
}
