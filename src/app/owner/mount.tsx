import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { start } from '../session.ts';
import { OwnerApp } from './owner-app.tsx';

export function mountOwner(root: HTMLElement): void {
  createRoot(root).render(
    <StrictMode>
      <OwnerApp first={start()} again={start} />
    </StrictMode>,
  );
}
