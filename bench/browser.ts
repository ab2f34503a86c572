import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CDPSession, chromium, type Page } from '@playwright/test';
import { requireEngine } from '../e2e/browsers.ts';
import { chromiumFlags } from '../e2e/open-page.ts';

export interface BenchBrowser {
  readonly page: Page;
  readonly version: string;
  /** Processes of this browser: `browser`, `renderer`, `utility`, ... */
  processes(): Promise<readonly { readonly id: number; readonly type: string }[]>;
  close(): Promise<void>;
}

export interface BrowserOptions {
  /** Connections to the first port of 127.0.0.1 go to the second. */
  readonly redirect?: { readonly from: number; readonly to: number };
}

/** Chromium with a fresh profile on disk, where large blobs and staged files belong, and one page. */
export async function openBrowser(url: string, { redirect }: BrowserOptions = {}): Promise<BenchBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 's3-envelope-bench-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: requireEngine('chromium').path,
    args: [
      ...chromiumFlags(),
      ...(redirect ? [`--host-resolver-rules=MAP 127.0.0.1:${redirect.from} 127.0.0.1:${redirect.to}`] : []),
    ],
    acceptDownloads: true,
  });
  context.setDefaultTimeout(0);
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('pageerror', (error) => console.error(`page: ${error.message}`));
  page.on('crash', () => console.error('the page crashed'));
  await page.goto(url);
  await page.waitForFunction('"bench" in globalThis');
  let session: CDPSession | undefined;
  return {
    page,
    version: context.browser()?.version() ?? 'Chromium',
    async processes() {
      session ??= await context.browser()?.newBrowserCDPSession();
      const { processInfo = [] } = (await session?.send('SystemInfo.getProcessInfo')) ?? {};
      return processInfo.map(({ id, type }) => ({ id, type }));
    },
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
