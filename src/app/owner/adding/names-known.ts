import type { Files } from '../../../transfer/files.ts';

/** Long enough for some hundred names; nobody should stand before a page that does nothing for longer. */
const patience = 5000;

/**
 * Resolves once the name of every stored file is known, or can't be, and after a while in any case: a name that
 * comes later is at worst stored twice, never written over.
 */
export function namesKnown({ snapshot, subscribe }: Pick<Files, 'snapshot' | 'subscribe'>): Promise<void> {
  const known = () => {
    const { state, entries } = snapshot();
    return (
      state !== 'loading' && entries.every(({ name, error }) => name !== undefined || error !== undefined)
    );
  };
  if (known()) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(end, patience);
    const stop = subscribe(() => known() && end());
  });
}
