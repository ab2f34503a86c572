import './link.css';
import { useState } from 'react';
import type { LinkSession } from '../link-session.ts';
import { link } from '../text/link.ts';
import { shared } from '../text/shared.ts';
import { Envelope } from '../ui/envelope.tsx';
import { ErrorView } from '../ui/error-view.tsx';
import { Shell } from '../ui/shell.tsx';
import { useDelayed } from '../ui/use-delayed.ts';
import { useOnline } from '../use-online.ts';
import { usePromise } from '../use-promise.ts';
import { LinkFiles } from './link-files.tsx';

/** The page that opens a link: what came, one button, what became of it. */
export function LinkApp({
  first,
  again,
}: {
  readonly first: Promise<LinkSession>;
  readonly again: () => Promise<LinkSession>;
}) {
  const [opening, setOpening] = useState(first);
  const outcome = usePromise(opening);
  return (
    <Shell width="narrow">
      {outcome.state === 'pending' && <Opening />}
      {outcome.state === 'failed' && (
        <div className="link link--failed">
          <ErrorView error={outcome.error} during="link" kind="page" onRetry={() => setOpening(again())} />
        </div>
      )}
      {outcome.state === 'ready' && <LinkFiles session={outcome.value} />}
    </Shell>
  );
}

function Opening() {
  const late = useDelayed();
  const veryLate = useDelayed(8000);
  const online = useOnline();
  const message = online ? (veryLate ? link.openingStill : link.opening) : shared.download.offline;
  return (
    <div className="link" aria-busy="true">
      <h1 className="hush">{link.heading}</h1>
      {late && (
        <div className="link__skeleton" aria-hidden="true">
          <Envelope state="sealed" size="page" />
          <span className="bone bone--title" />
          <span className="bone" />
          <span className="bone bone--button" />
        </div>
      )}
      <p className={online && !veryLate ? 'hush' : 'link__waiting soft'} role="status">
        {late ? message : ''}
      </p>
    </div>
  );
}
