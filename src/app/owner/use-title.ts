import { useEffect } from 'react';
import type { UploadRow } from '../../transfer/uploads.ts';
import { owner } from '../text/owner.ts';
import { shared } from '../text/shared.ts';
import { isUploading, needsPerson } from './list/items.ts';

/** The tab's title: the product, and how far uploads are, as a number. Names never: titles get into histories. */
export function useTitle(uploads: readonly UploadRow[]): void {
  const title = shared.parts([stateOf(uploads), shared.product]);
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function stateOf(uploads: readonly UploadRow[]): string | undefined {
  const active = uploads.filter(isUploading);
  const [only] = active;
  if (active.length > 1) return owner.titles.left(active.length);
  if (only) return shared.percent(only.progress);
  if (uploads.some(needsPerson)) return owner.titles.attention;
  return uploads.some((row) => row.state === 'paused') ? owner.titles.paused : undefined;
}
