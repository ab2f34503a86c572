/**
 * What every browser test starts with: a local cloud of its own per worker, and pages that fail the test on any
 * CSP violation, console error or uncaught error.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BrowserContext,
  type BrowserContextOptions,
  test as base,
  expect,
  type Page,
} from '@playwright/test';
import { type Cloud, startCloud } from '../local/cloud.ts';
import { type Complaints, listenForComplaints } from './complaints.ts';

export interface Options {
  /**
   * A profile on disk. A private one, which is the default, keeps blobs and OPFS in memory: set this with
   * `test.use({ persistentProfile: true })` where files are large.
   */
  persistentProfile: boolean;
}

interface TestFixtures extends Options {
  /** To declare, with `complaints.allow(pattern)`, what the test provokes. */
  complaints: Complaints;
  /** Opens a page in a clean context, as somebody else's browser; complaints in it count as well. */
  newVisitor: (options?: BrowserContextOptions) => Promise<Page>;
}

interface WorkerFixtures {
  cloud: Cloud;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  persistentProfile: [false, { option: true }],

  cloud: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's pattern
    async ({}, use) => {
      const dataDir = await mkdtemp(join(tmpdir(), 's3-envelope-cloud-'));
      const cloud = await startCloud({ dataDir, port: 0 });
      await use(cloud);
      await cloud.close();
      await rm(dataDir, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],

  baseURL: ({ cloud }, use) => use(cloud.info.appUrl),

  complaints: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's pattern
    async ({}, use) => {
      const complaints = listenForComplaints();
      await use(complaints);
      expect(complaints.unexpected(), 'complaints that the test did not announce').toEqual([]);
    },
    { auto: true },
  ],

  context: async ({ context, persistentProfile, playwright, browserName, complaints }, use) => {
    if (!persistentProfile) {
      await complaints.watch(context);
      return use(context);
    }
    const profile = await mkdtemp(join(tmpdir(), 's3-envelope-profile-'));
    const persistent = await playwright[browserName].launchPersistentContext(profile);
    await complaints.watch(persistent);
    await use(persistent);
    await persistent.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  },

  newVisitor: async ({ browser, complaints }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      await complaints.watch(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },
});

export { expect };
