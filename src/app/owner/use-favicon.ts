import { useEffect, useState } from 'react';
import type { UploadRow } from '../../transfer/uploads.ts';
import { type Over, overAfter, signOf } from './batch.ts';
import { faviconOf, type Sign } from './favicon.ts';

export function useSign(uploads: readonly UploadRow[]): Sign {
  const [over, setOver] = useState<Over>(new Set());
  const next = overAfter(over, uploads);
  if (next !== over) setOver(next);
  return signOf(over, uploads);
}

/** The tab's icon: how far uploads are, and whether something needs the person; the plain one when all is done. */
export function useFavicon(sign: Sign): void {
  const drawn = faviconOf(sign);
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (!link || drawn === undefined) return;
    const plain = link.getAttribute('href') ?? '';
    link.href = drawn;
    return () => {
      link.href = plain;
    };
  }, [drawn]);
}
