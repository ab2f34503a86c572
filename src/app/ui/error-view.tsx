import './error-view.css';
import type { ReactNode } from 'react';
import { type During, describeError } from '../text/errors.ts';
import { shared } from '../text/shared.ts';
import { Icon } from './icons.tsx';

/**
 * Every error in every place: what happened, what it means, what to do, the code for support. `page` has a
 * heading of its own; `note` goes into a row, a dialog or above a list.
 */
export function ErrorView({
  error,
  during,
  kind = 'note',
  kept,
  quiet = false,
  onRetry,
  children,
}: {
  readonly error: unknown;
  readonly during: During;
  readonly kind?: 'page' | 'note';
  /** What is there already of a transfer that failed and can go on, said in place of what an error means elsewhere. */
  readonly kept?: string | undefined;
  /** Where the live region tells of it already. */
  readonly quiet?: boolean;
  readonly onRetry?: (() => void) | undefined;
  /** Further actions. */
  readonly children?: ReactNode;
}) {
  const { title, means, next, again, code } = describeError(error, during, kept);
  const retry = onRetry !== undefined && again;
  return (
    <div className={`error error--${kind}`} role={quiet ? undefined : 'alert'}>
      {kind === 'page' ? (
        <h1 className="error__title">{title}</h1>
      ) : (
        <p className="error__title">
          <Icon name="alert" />
          {title}
        </p>
      )}
      <p className="error__means">{means}</p>
      <p className="error__next">{next}</p>
      <div className="error__foot">
        {retry && (
          <button
            type="button"
            className={kind === 'page' ? 'button button--main' : 'button'}
            onClick={onRetry}
          >
            {shared.tryAgain}
          </button>
        )}
        {children}
        <span className="error__code soft small">
          {shared.codeLabel} <code>{code}</code>
        </span>
      </div>
    </div>
  );
}
