/**
 * The built app in real browsers against the local cloud. Chromium runs everything, and so do Firefox and WebKit where
 * Playwright's own builds of them are installed. What a system brings
 * of them runs the flows that carry the app: Firefox the same tests, WebKit its own, which WebDriver drives.
 */
import { fileURLToPath } from 'node:url';
import {
  defineConfig,
  type PlaywrightTestOptions,
  type PlaywrightWorkerOptions,
  type Project,
} from '@playwright/test';
import { findEngine, requireEngine } from './browsers.ts';
import { everyEngine, type Options } from './fixtures.ts';
import { chromiumFlags } from './open-page.ts';

const chromium = requireEngine('chromium');
const firefox = findEngine('firefox');
const webkit = findEngine('webkit');

export default defineConfig<Options>({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  testIgnore: 'webkit/**',
  outputDir: '../test-results',
  // Tests put the files they choose there, large ones among them.
  preserveOutput: 'failures-only',
  reporter: 'list',
  // A test that passes the second time has found something the first time: `npm test` names it as unsteady. Where
  // nobody is there to look at once, it does not hold up all that the others vouch for.
  retries: process.env['CI'] ? 1 : 0,
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
    ...(firefox
      ? [
          firefox.build === 'playwright'
            ? { name: firefox.name, use: { browserName: firefox.name } }
            : stockFirefox(firefox.path),
        ]
      : []),
    ...(webkit
      ? [
          webkit.build === 'playwright'
            ? { name: webkit.name, use: { browserName: webkit.name } }
            : { name: webkit.name, testDir: 'webkit', testIgnore: [] },
        ]
      : []),
  ],
});

function stockFirefox(path: string): Project<PlaywrightTestOptions & Options, PlaywrightWorkerOptions> {
  return {
    name: 'firefox',
    grep: new RegExp(everyEngine),
    use: {
      browserName: 'firefox',
      channel: 'moz-firefox',
      // Playwright hides the caret for it by a style, which the page's CSP forbids.
      screenshot: 'off',
      launchOptions: {
        executablePath: fileURLToPath(new URL('stock-firefox.ts', import.meta.url)),
        env: { ...process.env, FIREFOX_PATH: path },
        // Its list of downloads takes the focus from the page, whose file dialogs are then cancelled.
        firefoxUserPrefs: { 'browser.download.alwaysOpenPanel': false, 'pdfjs.disabled': true },
      },
    },
  };
}
