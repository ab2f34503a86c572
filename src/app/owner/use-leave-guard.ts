import { useEffect } from 'react';
import type { DownloadRow } from '../../transfer/downloads.ts';
import type { UploadRow, Uploads } from '../../transfer/uploads.ts';
import { isDownloading, isOpen, isUploading } from './list/items.ts';

/** While something is under way, or would be lost with the page, the browser asks before it is left. */
export function useLeaveGuard(
  uploads: readonly UploadRow[],
  downloads: readonly DownloadRow[],
  queue: Uploads,
): void {
  const busy = uploads.some(isUploading) || downloads.some(isDownloading);
  const open = busy || uploads.some(isOpen);
  useEffect(() => {
    if (!open) return;
    const ask = (event: BeforeUnloadEvent) => {
      // What is on record may have gone since.
      if (busy || !queue.survives) event.preventDefault();
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy, open, queue]);
}
