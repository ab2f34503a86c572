import { useEffect, useState } from 'react';
import type { Session } from '../session.ts';
import { hear, hearDownloads, nothingHeard } from './announcements.ts';

/** The last thing worth saying aloud. */
export function useAnnouncements({ uploads, downloads }: Session): string {
  const [message, setMessage] = useState('');
  useEffect(() => {
    let heard = hear(nothingHeard, uploads.snapshot()).heard;
    let rows = downloads.snapshot();
    const stopUploads = uploads.subscribe(() => {
      const next = hear(heard, uploads.snapshot());
      heard = next.heard;
      if (next.message !== undefined) setMessage(next.message);
    });
    const stopDownloads = downloads.subscribe(() => {
      const next = hearDownloads(rows, downloads.snapshot());
      rows = downloads.snapshot();
      if (next !== undefined) setMessage(next);
    });
    return () => {
      stopUploads();
      stopDownloads();
    };
  }, [uploads, downloads]);
  return message;
}
