import type { DownloadRow } from '../../transfer/downloads.ts';
import type { UploadRow } from '../../transfer/uploads.ts';
import { visibleName } from '../display-name.ts';
import { wholePercent } from '../format.ts';
import { owner } from '../text/owner.ts';
import { shared } from '../text/shared.ts';
import { batchOf, type Over, overAfter, sentOf } from './batch.ts';
import { isOpen, isUploading } from './list/items.ts';

/** What has been said of the uploads so far. */
export interface Heard {
  /** They are of no news. */
  readonly over: Over;
  readonly underWay: boolean;
  readonly quarter: number;
  /** Ids of the rows in these states. */
  readonly failed: ReadonlySet<string>;
  readonly paused: ReadonlySet<string>;
  readonly needing: ReadonlySet<string>;
  readonly restarted: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();

export const nothingHeard: Heard = {
  over: none,
  underWay: false,
  quarter: 0,
  failed: none,
  paused: none,
  needing: none,
  restarted: none,
};

/**
 * What a screen reader is told of the uploads: that they started, each quarter of all bytes, each failure, what
 * was paused and goes on, what waits for the person, and how it ended. One sentence at a time, never one per file.
 */
export function hear(
  before: Heard,
  rows: readonly UploadRow[],
): { readonly heard: Heard; readonly message?: string } {
  const batch = batchOf(before.over, rows);
  const failed = batch.filter((row) => row.state === 'failed');
  const paused = rows.filter((row) => row.state === 'paused');
  const needing = rows.filter((row) => row.state === 'needs-you');
  const restarted = rows.filter((row) => row.restarted);
  const open = batch.filter(isOpen);
  const quarter = Math.floor(wholePercent(sentOf(batch)) / 25);
  const heard: Heard = {
    over: overAfter(before.over, rows),
    underWay: open.length > 0,
    quarter: open.length === 0 ? 0 : Math.max(quarter, before.quarter),
    failed: idsOf(failed),
    paused: idsOf(paused),
    needing: idsOf(needing),
    restarted: idsOf(restarted),
  };
  const message = messageOf();
  return message === undefined ? { heard } : { heard, message };

  function messageOf(): string | undefined {
    if (open.length === 0) {
      const end = ending(before, batch);
      if (end !== undefined) return end;
      return newIn(needing, before.needing).length > 0 ? owner.announce.needing(needing.length) : undefined;
    }
    if (!before.underWay) {
      if (paused.length === open.length) return undefined;
      return owner.announce.started(open.length);
    }
    const [newlyFailed] = newIn(failed, before.failed);
    if (newlyFailed) return owner.announce.failedOne(nameOf(newlyFailed));
    const [changed] = newIn(restarted, before.restarted);
    if (changed) return owner.announce.restarted(nameOf(changed));
    const stopped = newIn(paused, before.paused);
    const [first] = stopped;
    if (first) {
      return stopped.length === 1
        ? owner.announce.pausedOne(nameOf(first))
        : owner.announce.paused(stopped.length);
    }
    const resumed = open.filter((row) => before.paused.has(row.id) && isUploading(row));
    const [going] = resumed;
    if (going) {
      return resumed.length === 1
        ? owner.announce.resumedOne(nameOf(going))
        : owner.announce.resumed(resumed.length);
    }
    return quarter > before.quarter ? owner.announce.milestone(shared.percent(quarter / 4)) : undefined;
  }
}

/** How everything that was under way has ended. */
function ending(before: Heard, batch: readonly UploadRow[]): string | undefined {
  const stored = batch.filter((row) => row.state === 'stored');
  const failed = batch.filter((row) => row.state === 'failed');
  const cancelled = batch.filter((row) => row.state === 'cancelled').length;
  if (!before.underWay && stored.length + failed.length === 0) return undefined;
  const message = [
    stored.length === 1 ? owner.announce.storedOne(nameOf(stored[0])) : '',
    stored.length > 1 ? owner.announce.stored(stored.length) : '',
    failed.length === 1 ? owner.announce.failedOne(nameOf(failed[0])) : '',
    failed.length > 1 ? owner.announce.failed(failed.length) : '',
    cancelled > 0 ? owner.announce.cancelled(cancelled) : '',
  ].filter(Boolean);
  return message.length === 0 ? undefined : message.join(' ');
}

const idsOf = (rows: readonly UploadRow[]): ReadonlySet<string> =>
  rows.length === 0 ? none : new Set(rows.map((row) => row.id));

const newIn = (rows: readonly UploadRow[], known: ReadonlySet<string>): readonly UploadRow[] =>
  rows.filter((row) => !known.has(row.id));

const nameOf = (row: UploadRow | undefined): string => visibleName(row?.name ?? '');

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
