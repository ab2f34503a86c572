import type { ObjectFormat } from '../transfer/objects.ts';

/**
 * The format that this tab was told to store every file in (session storage, `s3-envelope.format`), so that each can
 * be tried with small files. Otherwise a file's length decides.
 */
export function forcedFormat(): ObjectFormat | undefined {
  try {
    const wanted = sessionStorage.getItem('s3-envelope.format');
    return wanted === 's3ec' || wanted === 'esdk' ? wanted : undefined;
  } catch {
    return undefined;
  }
}
