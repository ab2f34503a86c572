import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { engineNames } from './e2e/browsers.ts';
import { digestBodies } from './e2e/digest-plugin.ts';
import { startedBrowser } from './e2e/vitest-provider.ts';

/** Tests without a Node module: they run in Node and in all three engines. */
const anywhere = ['src/**/*.test.{ts,tsx}'];
const needsNode = '**/*.node.test.ts';
/** Storage and locks that Node has not. */
const needsBrowser = '**/*.browser.test.ts';

/** What both pages load, and not what only the ways to store and to look at files share. */
const sharedByPages =
  /^(?!.*(core.esdk|s3ec.encryptor|transfer.(delivery|fetching|file-name|find-object|lanes|objects|plan|range-mac|sealed-object|stream|preview|sinks.(staging.ts|staged-file|ledger))|app.(preview.(?!preview-when-loaded|previewable)|split-name|ui.(dialog|file-name))|store.(aws-host|body|errors|send-bytes|sender|xhr|network-failure|refuses-scripts|asking|copy-in-parts)|keyrings.(kms-answer|cbc-blocks)))/;

/** What the first script needs to say that the rest did not come. */
const first = /preload-helper|src.(core.errors|app.(config|ui.(shell|error-view).css))/;

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    // The CSP forbids inline scripts, the preload polyfill among them, and every target browser preloads by itself.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { index: 'index.html', sw: 'src/sw/sw.ts' },
      output: {
        // A service worker keeps its name, and is one file: it shares no module with the pages.
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        // What both pages load is one file: cut up by what else needs which of it, it would be larger.
        codeSplitting: {
          groups: [
            { name: 'first', test: first, priority: 1 },
            { name: 'shared', minShareCount: 2, test: sharedByPages },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // All of a machine that does nothing else.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          globalSetup: 'src/cli/test-build.ts',
          include: ['src/**/*.test.{ts,tsx}', 'local/**/*.test.ts', needsNode],
          exclude: [needsBrowser, '**/node_modules/**'],
        },
      },
      {
        extends: true,
        plugins: [digestBodies()],
        // Found only while the tests run, it would reload the page under them.
        optimizeDeps: { include: ['fast-check', 'idb', '@noble/curves/nist.js', '@noble/hashes/sha2.js'] },
        // Test vectors lie beside the checkout where they exist.
        server: {
          fs: { allow: ['.', '../shared'].map((path) => fileURLToPath(new URL(path, import.meta.url))) },
        },
        test: {
          include: anywhere,
          exclude: [needsNode, '**/node_modules/**'],
          browser: {
            enabled: true,
            provider: startedBrowser(),
            instances: engineNames.map((name) => ({ browser: name, name })),
            headless: true,
            ui: false,
            screenshotFailures: false,
            connectTimeout: 60_000,
            api: { host: '127.0.0.1' },
          },
        },
      },
    ],
  },
});
