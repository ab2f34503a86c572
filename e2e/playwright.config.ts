/**
 * The built app in real browsers against the local cloud. Chromium runs everything; Firefox and WebKit join
 * where Playwright's own builds are installed, because it can drive no others of theirs.
 */
import { defineConfig } from '@playwright/test';
import { findEngine, requireEngine } from './browsers.ts';
import type { Options } from './fixtures.ts';
import { chromiumFlags } from './open-page.ts';

const chromium = requireEngine('chromium');
const others = (['firefox', 'webkit'] as const).filter((name) => findEngine(name)?.build === 'playwright');

export default defineConfig<Options>({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  outputDir: '../test-results',
  // Tests put the files they choose there, large ones among them.
  preserveOutput: 'failures-only',
  reporter: 'list',
  // A test that passes the second time has found something the first time.
  retries: 0,
  workers: 2,
  // For a machine that has much else to do; nothing waits for a time to pass.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  use: { acceptDownloads: true, screenshot: 'only-on-failure', actionTimeout: 30_000 },
  projects: [
    {
      name: 'chromium',
      use: {
        browserName: 'chromium',
        // The whole browser in its new headless mode, not the stripped headless shell.
        launchOptions: { executablePath: chromium.path, args: chromiumFlags() },
      },
    },
    ...others.map((name) => ({ name, use: { browserName: name } })),
  ],
});
