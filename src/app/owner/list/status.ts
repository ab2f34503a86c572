import type { DownloadRow } from '../../../transfer/downloads.ts';
import type { FileEntry } from '../../../transfer/files.ts';
import type { UploadRow } from '../../../transfer/uploads.ts';
import { describeError } from '../../text/errors.ts';
import { owner } from '../../text/owner.ts';
import { shared } from '../../text/shared.ts';
import type { IconName } from '../../ui/icons.tsx';
import { type Item, isFolder } from './items.ts';

/** A row's second line: an icon and a word for the state, then what is known about it. */
export interface Status {
  readonly icon: IconName;
  readonly word: string;
  readonly detail: string;
  readonly tone: 'plain' | 'good' | 'care';
  /** The detail is what it is of most files, and gives way where there is little room. */
  readonly usual?: boolean;
  /** Only while bytes move, or wait to. */
  readonly progress?: number;
}

const uploadIcons: Record<UploadRow['state'], IconName> = {
  waiting: 'clock',
  checking: 'seal',
  paused: 'pause',
  'needs-you': 'alert',
  elsewhere: 'tab',
  sealing: 'seal',
  sending: 'up',
  finishing: 'dots',
  stored: 'check',
  offline: 'away',
  failed: 'alert',
  cancelling: 'dots',
  cancelled: 'stop',
};

const downloadIcons: Record<DownloadRow['state'], IconName> = {
  unfinished: 'pause',
  elsewhere: 'tab',
  preparing: 'dots',
  checking: 'dots',
  fetching: 'down',
  offline: 'away',
  paused: 'pause',
  verifying: 'seal',
  saving: 'dots',
  done: 'check',
  failed: 'alert',
  cancelled: 'stop',
};

function moving(row: UploadRow | DownloadRow): string {
  return shared.parts([
    shared.percent(row.progress),
    shared.timeLeft(row.secondsLeft),
    // Where nothing moves just now, there is no speed to tell.
    row.speed ? shared.speed(row.speed) : undefined,
  ]);
}

const kept = (row: DownloadRow) => shared.download.kept(shared.percent(row.progress));

/** What is stored already of an upload that is at rest, where that is known. */
function keptText({ size, kept }: UploadRow): string {
  if (kept === undefined) return '';
  return kept > 0 ? owner.upload.kept(kept, size) : owner.upload.keptNothing;
}

function ofUpload(row: UploadRow): Status {
  const base = {
    icon: uploadIcons[row.state],
    word: owner.upload[row.state],
    detail: '',
    tone: 'plain',
  } as const;
  switch (row.state) {
    case 'waiting':
    case 'sealing':
    case 'cancelling':
      return { ...base, progress: row.progress };
    case 'sending':
    case 'checking':
      return { ...base, detail: moving(row), progress: row.progress };
    case 'paused':
      return { ...base, detail: keptText(row), progress: row.progress };
    case 'needs-you':
      return { ...base, tone: 'care', detail: keptText(row), progress: row.progress };
    case 'elsewhere':
      return base;
    case 'offline':
      return {
        ...base,
        tone: 'care',
        detail: shared.parts([shared.percent(row.progress), owner.upload.offlineHint]),
        progress: row.progress,
      };
    case 'finishing':
      return { ...base, detail: owner.upload.finishingHint, progress: row.progress };
    case 'failed':
      return { ...base, tone: 'care' };
    case 'stored':
      return { ...base, tone: 'good' };
    case 'cancelled':
      return { ...base, detail: owner.upload.cancelledHint };
  }
}

function ofDownload(row: DownloadRow): Status {
  const base = {
    icon: downloadIcons[row.state],
    word: shared.download[row.state],
    detail: '',
    tone: 'plain',
  } as const;
  switch (row.state) {
    case 'fetching':
      return { ...base, detail: moving(row), progress: row.progress };
    case 'offline':
      return { ...base, tone: 'care', detail: shared.percent(row.progress), progress: row.progress };
    case 'preparing':
    case 'checking':
    case 'verifying':
    case 'saving':
      return { ...base, progress: row.progress };
    case 'paused':
    case 'unfinished':
      return { ...base, detail: kept(row), progress: row.progress };
    case 'elsewhere':
      return base;
    case 'done':
      return { ...base, tone: 'good' };
    case 'failed':
      // The error below tells what is kept.
      return { ...base, tone: 'care', detail: row.progress > 0 ? '' : shared.download.unkept };
    case 'cancelled':
      return { ...base, detail: shared.download.cancelledHint };
  }
}

export function lockText({ lock }: FileEntry): string {
  if (lock === undefined) return '';
  if (lock.kind === 'kms') return owner.lock.kms;
  if (lock.kind === 'other') return owner.lock.unknown;
  return lock.held ? owner.lock.personal : owner.lock.other(lock.fingerprint);
}

function ofEntry(entry: FileEntry): Status {
  if (entry.error) {
    // Which key it is says more than that none of these is it.
    const others = entry.lock?.kind === 'personal' && !entry.lock.held;
    const detail = others ? lockText(entry) : describeError(entry.error, 'list').title;
    return { icon: 'alert', word: owner.lock.notOpened, detail, tone: 'care' };
  }
  if (entry.name === undefined) return { icon: 'check', word: owner.upload.stored, detail: '', tone: 'good' };
  const usual = entry.lock?.kind === 'personal' && entry.lock.held;
  return { icon: 'check', word: owner.upload.stored, detail: lockText(entry), tone: 'good', usual };
}

export function statusOf(item: Item): Status {
  const { upload, entry, download } = item;
  if (download) return ofDownload(download);
  if (entry) {
    const status = ofEntry(entry);
    return isFolder(item)
      ? { ...status, usual: false, detail: shared.parts([owner.list.folder, status.detail]) }
      : status;
  }
  if (upload) return ofUpload(upload);
  return { icon: 'dots', word: '', detail: '', tone: 'plain' };
}
