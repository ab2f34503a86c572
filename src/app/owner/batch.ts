import type { UploadRow } from '../../transfer/uploads.ts';
import type { Sign } from './favicon.ts';
import { isOpen, isUploading, needsPerson } from './list/items.ts';

/** Rows that had ended when everything had last come to rest; all others belong to one batch. */
export type Over = ReadonlySet<string>;

/**
 * The rows that a number for all of them counts: those that ended early stay in it, so that it never falls back.
 * What an earlier visit has left behind is none of it until it goes on.
 */
export const batchOf = (over: Over, rows: readonly UploadRow[]): readonly UploadRow[] =>
  rows.filter((row) => !over.has(row.id) && row.state !== 'needs-you' && row.state !== 'elsewhere');

/** Once nothing is under way, all that has ended belongs to the past. */
export function overAfter(over: Over, rows: readonly UploadRow[]): Over {
  if (rows.some(isOpen)) return over;
  const ended = rows.filter(({ state }) => state === 'stored' || state === 'failed' || state === 'cancelled');
  return ended.every((row) => over.has(row.id)) ? over : new Set(ended.map((row) => row.id));
}

/** Of all bytes, 0 to 1. */
export function sentOf(batch: readonly UploadRow[]): number {
  const bytes = batch.reduce((sum, row) => sum + row.size, 0);
  const sent = batch.reduce((sum, row) => sum + row.size * row.progress, 0);
  return bytes === 0 ? 0 : sent / bytes;
}

/** What the tab's icon tells of the uploads. */
export function signOf(over: Over, rows: readonly UploadRow[]): Sign {
  const attention = rows.some(needsPerson);
  if (!rows.some(isOpen)) return { kind: attention ? 'attention' : 'plain' };
  const mark = attention ? 'attention' : rows.some(isUploading) ? 'moving' : 'paused';
  return { kind: 'ring', mark, progress: sentOf(batchOf(over, rows)) };
}
