import { parseLink } from '../share/link.ts';
import { openShare } from '../share/open-share.ts';
import { createPathReader } from '../store/path-reader.ts';
import { createDownloads, type Downloads } from '../transfer/downloads.ts';
import { sweepStaging } from '../transfer/sinks/staging.ts';
import { loadConfig } from './config.ts';
import { forcedDownloadWay } from './download-way.ts';
import { requireSecureContext } from './secure-context.ts';

/** What the page that opens a link works with. No AWS SDK behind it. */
export interface LinkSession {
  readonly files: readonly { readonly name: string; readonly size: number }[];
  readonly downloads: Downloads;
  /**
   * A program on the way made `%23` of the link's `#`. It opens all the same, but its secret was part of the
   * request that loaded this page.
   */
  readonly mangled: boolean;
  /**
   * Downloads, unlocks, verifies and delivers one file; call it in the click's own turn. Returns the id of its
   * row, undefined where the link has no such file.
   */
  download(index: number): string | undefined;
}

/**
 * Opens what a link's fragment names (`#/open/…`, also where a mail program made `%23` of the `#`), having
 * taken the secret out of the address bar. Rejects with `link-missing-secret`, `link-incomplete`,
 * `link-damaged`, `link-gone` or another `EnvelopeError` to show.
 */
export async function openLink(address: string): Promise<LinkSession> {
  // Before anything can fail: what stays in the address bar gets into histories, screenshots and bookmarks.
  // What is left says on a reload that the link is needed again.
  history.replaceState(null, '', '/#/open/');
  requireSecureContext();
  const { secret, mangled } = await parseLink(address);
  const { links } = await loadConfig();
  void sweepStaging();
  const store = createPathReader(new URL(links.path, location.origin));
  const files = await openShare(store, secret);
  secret.fill(0);
  const downloads = createDownloads({ store, way: forcedDownloadWay() });
  return {
    files: files.map(({ name, size }) => ({ name, size })),
    downloads,
    mangled,
    download(index) {
      const file = files[index];
      return file && downloads.start(file);
    },
  };
}
