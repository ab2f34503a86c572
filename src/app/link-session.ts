import { parseLink } from '../share/link.ts';
import { openShare } from '../share/open-share.ts';
import { createPathReader } from '../store/path-reader.ts';
import { createDownloads, type Downloads, loadArchive } from '../transfer/downloads.ts';
import { zipName } from '../transfer/zip/zip-name.ts';
import { loadConfig } from './config.ts';
import { forcedDownloadWay } from './download-way.ts';
import { isPreviewable, type Previewed, previewed } from './preview/previewable.ts';
import { requireBrowser } from './require-browser.ts';

/** What the page that opens a link works with. No AWS SDK behind it. */
export interface LinkSession {
  readonly files: readonly { readonly key: string; readonly name: string; readonly size: number }[];
  /** What all of them as one zip are called. */
  readonly zipName: string;
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
  /** The same for all files, as one zip. */
  downloadAll(): string;
  /** One file to look at; undefined where that cannot be. */
  preview(index: number): Previewed | undefined;
}

/**
 * Opens what a link's fragment names (`#/open/…`, also where a mail program made `%23` of the `#`). Rejects with
 * `link-missing-secret`, `link-incomplete`, `link-damaged`, `link-gone` or another `EnvelopeError` to show.
 */
export async function openLink(address: string): Promise<LinkSession> {
  requireBrowser();
  const { secret, mangled } = await parseLink(address);
  const { links } = await loadConfig();
  const store = createPathReader(new URL(links.path, location.origin));
  const files = await openShare(store, secret);
  secret.fill(0);
  // So that the click that asks for a zip need not wait.
  if (files.length > 1) void loadArchive();
  const zipOfAll = zipName(files.map(({ name }) => name));
  const byKey = new Map(files.map((file) => [file.key, file]));
  const downloads = createDownloads({
    store,
    way: forcedDownloadWay(),
    earlier: {
      belongs: (key) => byKey.has(key),
      exists: async () => true,
      request: async (key) => byKey.get(key),
    },
  });
  return {
    files: files.map(({ key, name, size }) => ({ key, name, size })),
    zipName: zipOfAll,
    downloads,
    mangled,
    download(index) {
      const file = files[index];
      return file && downloads.start(file);
    },
    downloadAll() {
      return downloads.startZip({ name: zipOfAll, files });
    },
    preview(index) {
      const request = files[index];
      return request && isPreviewable(request.name) ? previewed({ store, request }) : undefined;
    },
  };
}
