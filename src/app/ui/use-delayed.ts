import { useEffect, useState } from 'react';

/** False at first, true once it has taken so long that somebody wonders. */
export function useDelayed(milliseconds = 300): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), milliseconds);
    return () => clearTimeout(timer);
  }, [milliseconds]);
  return late;
}
