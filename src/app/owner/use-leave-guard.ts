import { useEffect } from 'react';
import type { DownloadRow } from '../../transfer/downloads.ts';
import { isFetchingDownload } from '../../transfer/stream/navigate.ts';
import type { UploadRow, Uploads } from '../../transfer/uploads.ts';
import { isDownloading, isOpen, isUploading } from './list/items.ts';

/** While something is under way, or would be lost with the page, the browser asks before it is left. */
export function useLeaveGuard(
  uploads: readonly UploadRow[],
  downloads: readonly DownloadRow[],
  { survives }: Uploads,
): void {
  const busy = uploads.some(survives ? isUploading : isOpen) || downloads.some(isDownloading);
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => {
      if (!isFetchingDownload()) event.preventDefault();
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy]);
}
