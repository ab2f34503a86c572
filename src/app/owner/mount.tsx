import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { start } from '../session.ts';
import { shownLater } from '../use-promise.ts';
import { OwnerApp } from './owner-app.tsx';

export function mountOwner(root: HTMLElement): void {
  const open = () => shownLater(start());
  createRoot(root).render(
    <StrictMode>
      <OwnerApp first={open()} again={open} />
    </StrictMode>,
  );
}
