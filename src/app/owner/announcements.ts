import type { DownloadRow } from '../../transfer/downloads.ts';
import type { UploadRow } from '../../transfer/uploads.ts';
import { visibleName } from '../display-name.ts';
import { wholePercent } from '../format.ts';
import { owner } from '../text/owner.ts';
import { shared } from '../text/shared.ts';
import { isUploading } from './list/items.ts';

/** What has been said of the uploads so far. */
export interface Heard {
  /** Rows that had ended when everything had last come to rest; they are of no news. */
  readonly over: ReadonlySet<string>;
  readonly underWay: boolean;
  readonly quarter: number;
  readonly failed: number;
}

export const nothingHeard: Heard = { over: new Set(), underWay: false, quarter: 0, failed: 0 };

/**
 * What a screen reader is told of the uploads: that they started, each quarter of all bytes, each failure,
 * and how it ended. One sentence at a time, never one per file.
 */
export function hear(
  before: Heard,
  rows: readonly UploadRow[],
): { readonly heard: Heard; readonly message?: string } {
  const batch = rows.filter((row) => !before.over.has(row.id));
  const active = batch.filter(isUploading);
  const failed = batch.filter((row) => row.state === 'failed');
  const stored = batch.filter((row) => row.state === 'stored');
  const names = (row: UploadRow | undefined) => visibleName(row?.name ?? '');

  if (active.length === 0) {
    const heard = { ...nothingHeard, over: new Set(rows.map((row) => row.id)) };
    if (batch.length === 0) return { heard };
    const cancelled = batch.length - failed.length - stored.length;
    if (!before.underWay && stored.length + failed.length === 0) return { heard };
    const message = [
      stored.length === 1 ? owner.announce.storedOne(names(stored[0])) : '',
      stored.length > 1 ? owner.announce.stored(stored.length) : '',
      failed.length === 1 ? owner.announce.failedOne(names(failed[0])) : '',
      failed.length > 1 ? owner.announce.failed(failed.length) : '',
      cancelled > 0 ? owner.announce.cancelled(cancelled) : '',
    ];
    return { heard, message: message.filter(Boolean).join(' ') };
  }

  const bytes = batch.reduce((sum, row) => sum + row.size, 0);
  const sent = batch.reduce((sum, row) => sum + row.size * row.progress, 0);
  const quarter = bytes === 0 ? 0 : Math.floor(wholePercent(sent / bytes) / 25);
  const heard = { over: before.over, underWay: true, quarter, failed: failed.length };
  if (!before.underWay) return { heard, message: owner.announce.started(batch.length) };
  if (failed.length > before.failed)
    return { heard, message: owner.announce.failedOne(names(failed.at(-1))) };
  if (quarter > before.quarter)
    return { heard, message: owner.announce.milestone(shared.percent(quarter / 4)) };
  return { heard: { ...heard, quarter: Math.max(quarter, before.quarter) } };
}

/** What is told of downloads: only how each one ended. */
export function hearDownloads(
  before: readonly DownloadRow[],
  after: readonly DownloadRow[],
): string | undefined {
  const known = new Map(before.map((row) => [row.id, row.state]));
  for (const { id, state, name } of after) {
    if (known.get(id) === state) continue;
    if (state === 'done') return owner.announce.saved(visibleName(name));
    if (state === 'failed') return owner.announce.notSaved(visibleName(name));
  }
  return undefined;
}
