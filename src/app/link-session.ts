import type { Downloads } from '../transfer/downloads.ts';

/** What the page that opens a link works with. No AWS SDK behind it. */
export interface LinkSession {
  readonly files: readonly { readonly name: string; readonly size: number }[];
  readonly downloads: Downloads;
  /** Downloads, unlocks, verifies and delivers one file; call it in the click's own turn. */
  download(index: number): void;
}

/**
 * Opens what a link's fragment names (`#/open/…`, also where a mail program made `%23` of the `#`), having
 * taken the secret out of the address bar. Rejects with `link-missing-secret`, `link-incomplete`,
 * `link-damaged`, `link-gone` or another `EnvelopeError` to show.
 */
export async function openLink(_address: string): Promise<LinkSession> {
  throw new Error('not written yet');
}
