import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { openLink } from '../link-session.ts';
import { shownLater } from '../use-promise.ts';
import { LinkApp } from './link-app.tsx';

/** Opens the link once, outside React, which may render twice. */
export function mountLink(root: HTMLElement, address: string): void {
  const open = () => shownLater(openLink(address));
  createRoot(root).render(
    <StrictMode>
      <LinkApp first={open()} again={open} />
    </StrictMode>,
  );
}
