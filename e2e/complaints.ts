/**
 * What a page complains about while a test runs: CSP violations, console errors, uncaught errors. A test that
 * provokes one says so; any other fails it.
 */
import type { BrowserContext, ConsoleMessage } from '@playwright/test';

export interface Complaints {
  /** Watches every page and worker of a context, those to come included. Before the first page is opened. */
  watch(context: BrowserContext): Promise<void>;
  /** Declares that complaints matching `pattern` belong to the test. */
  allow(pattern: RegExp): void;
  /** Everything heard that no `allow` covers. */
  unexpected(): readonly string[];
}

export function listenForComplaints(): Complaints {
  const heard: string[] = [];
  const allowed: RegExp[] = [];

  const onConsole = (message: ConsoleMessage) => {
    if (message.type() !== 'error' && message.type() !== 'assert') return;
    heard.push(`console: ${message.text()} (${message.location().url})`);
  };

  return {
    watch: async (context) => {
      context.on('console', onConsole);
      context.on('weberror', (event) =>
        heard.push(`uncaught: ${event.error().stack ?? event.error().message}`),
      );
      context.on('serviceworker', (worker) => worker.on('console', onConsole));
      context.on('page', (page) => page.on('crash', () => heard.push(`crashed: ${page.url()}`)));
      // Not every engine writes a violation to the console in the same words, or at all.
      await context.addInitScript(() => {
        addEventListener('securitypolicyviolation', (event) => {
          const { effectiveDirective, blockedURI, sourceFile, lineNumber } = event;
          console.error(`CSP violation: ${effectiveDirective} ${blockedURI} at ${sourceFile}:${lineNumber}`);
        });
      });
    },
    allow: (pattern) => {
      allowed.push(pattern);
    },
    unexpected: () => heard.filter((complaint) => !allowed.some((pattern) => pattern.test(complaint))),
  };
}
