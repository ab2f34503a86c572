import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { start } from '../session.ts';
import { addErrorTexts } from '../text/errors.ts';
import { ownerConsequences, ownerErrors } from '../text/owner-errors.ts';
import { shownLater } from '../use-promise.ts';
import { OwnerApp } from './owner-app.tsx';

export function mountOwner(root: HTMLElement): void {
  addErrorTexts(ownerErrors, ownerConsequences);
  const open = () => shownLater(start());
  createRoot(root).render(
    <StrictMode>
      <OwnerApp first={open()} again={open} />
    </StrictMode>,
  );
}
