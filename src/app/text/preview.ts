import { formatBytes } from '../format.ts';

/** What the preview says; the word that opens it is in `shared`. */
export const preview = {
  opening: 'Fetching, unlocking and checking',
  openingShort: 'Unlocking and checking',
  previous: 'Previous file',
  next: 'Next file',
  save: 'Download',
  begins: (shown: number, size: number) =>
    `The first ${formatBytes(shown)} of ${formatBytes(size)}. Download the file to see all of it.`,
  emptyTitle: 'This file is empty',
  empty: 'There is nothing in it to show.',
  noPdfTitle: 'This browser shows no PDF inside a page',
  noPdf: 'Download the file to read it.',
  cannotTitle: 'This browser can’t show it',
  cannot: 'The file is intact: every byte was checked. Download it to open it with another program.',
  checked: 'Every byte that is shown was checked. Nothing of it is kept on this device.',
  label: (name: string) => `Preview of ${name}`,
} as const;
