import { useEffect } from 'react';
import type { UploadRow } from '../../transfer/uploads.ts';
import { owner } from '../text/owner.ts';
import { shared } from '../text/shared.ts';
import { isUploading } from './list/items.ts';

/** The tab's title: the product, and how far uploads are, as a number. Names never: titles get into histories. */
export function useTitle(uploads: readonly UploadRow[]): void {
  const active = uploads.filter(isUploading);
  const [only] = active;
  const number =
    active.length > 1 ? owner.titles.left(active.length) : only ? shared.percent(only.progress) : undefined;
  const title = shared.parts([number, shared.product]);
  useEffect(() => {
    document.title = title;
  }, [title]);
}
