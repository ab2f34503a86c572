import type { DownloadRow } from '../transfer/downloads.ts';
import { shared } from './text/shared.ts';

const atRest = new Set<DownloadRow['state']>(['done', 'failed', 'cancelled', 'unfinished', 'elsewhere']);

/** Neither over nor another page's, be it gone or not. */
export const isDownloading = ({ state }: DownloadRow): boolean => !atRest.has(state);

/** A download that rests, and goes on when it is told to. */
export const isResting = ({ state }: DownloadRow): boolean => state === 'paused' || state === 'unfinished';

export const isDownloadMoving = (row: DownloadRow): boolean => isDownloading(row) && !isResting(row);

/** The page cannot be left without losing what it has of it, or does for it. */
export const needsPage = (row: DownloadRow): boolean => isDownloading(row) && !row.outlivesPage;

/** What of a download that came to a stop is here to go on from; undefined where that is nothing. */
export const keptOf = ({ progress }: DownloadRow): string | undefined =>
  progress > 0 ? shared.download.kept(shared.percent(progress)) : undefined;
