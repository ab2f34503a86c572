import { useState } from 'react';
import type { Session, Start } from '../session.ts';
import { shared } from '../text/shared.ts';
import { ErrorView } from '../ui/error-view.tsx';
import { Shell } from '../ui/shell.tsx';
import { useDelayed } from '../ui/use-delayed.ts';
import { usePromise } from '../use-promise.ts';
import { FilesScreen } from './files-screen.tsx';
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
  const [entered, setEntered] = useState<Session>();
  const outcome = usePromise(starting);

  const session =
    entered ??
    (outcome.state === 'ready' && outcome.value.kind === 'ready' ? outcome.value.session : undefined);
  if (session) return <FilesScreen session={session} />;
  if (outcome.state === 'failed') {
    return (
      <Shell>
        <ErrorView error={outcome.error} during="start" kind="page" onRetry={() => setStarting(again())} />
      </Shell>
    );
  }
  if (outcome.state === 'ready' && outcome.value.kind === 'first-visit') {
    return <WelcomeScreen welcome={outcome.value.welcome} onReady={setEntered} />;
  }
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
