import { useEffect } from 'react';

/**
 * While something would be lost with the page, the browser asks before it is left.
 * @param unless asked at that moment: what is on record may have gone since
 */
export function useLeaveGuard(wanted: boolean, unless?: { readonly survives: boolean }): void {
  useEffect(() => {
    if (!wanted) return;
    const ask = (event: BeforeUnloadEvent) => {
      if (!unless?.survives) event.preventDefault();
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [wanted, unless]);
}
