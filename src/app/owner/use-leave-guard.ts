import { useEffect } from 'react';
import type { DownloadRow } from '../../transfer/downloads.ts';
import type { UploadRow } from '../../transfer/uploads.ts';
import { isDownloading, isUploading } from './list/items.ts';

/** While something is under way, the browser asks before the page is left. */
export function useLeaveGuard(uploads: readonly UploadRow[], downloads: readonly DownloadRow[]): void {
  const busy = uploads.some(isUploading) || downloads.some(isDownloading);
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy]);
}
