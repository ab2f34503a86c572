import './shell.css';
import type { ReactNode } from 'react';
import { shared } from '../text/shared.ts';

export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path className="mark__body" d="M3 7h26v18H3z" />
      <path className="mark__body" d="m3 7 13 10L29 7" />
      <circle className="mark__seal" cx="16" cy="17" r="4.8" />
    </svg>
  );
}

/** The frame of every page: the name, what belongs beside it, the page. */
export function Shell({
  aside,
  width = 'column',
  children,
}: {
  readonly aside?: ReactNode;
  readonly width?: 'narrow' | 'column' | 'wide';
  readonly children: ReactNode;
}) {
  return (
    <div className={`shell shell--${width}`}>
      <header className="shell__head">
        <p className="shell__name">
          <Mark />
          {shared.product}
        </p>
        {aside}
      </header>
      <main className="shell__main" id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
