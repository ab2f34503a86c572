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
import { type Cloud, type CloudOptions, startCloud } from '../local/cloud.ts';
import { administratorOf } from './administrator.ts';
import { type Complaints, listenForComplaints } from './complaints.ts';
import { withoutHandleDialogs } from './save-dialog.ts';

/** The flows that carry the app: they run in each engine that there is a way to drive. */
export const everyEngine = '@every-engine';

export interface Options {
  /**
   * A profile on disk. A private one, which is the default, keeps blobs and OPFS in memory: set this with
   * `test.use({ persistentProfile: true })` where files are large.
   */
  persistentProfile: boolean;
}

export interface TestCloud extends Cloud {
  /** Where it keeps everything. */
  readonly dataDir: string;
  /** How the app is let at the bucket. */
  readonly signIn: NonNullable<CloudOptions['signIn']>;
}

interface TestFixtures extends Options {
  /** To declare, with `complaints.allow(pattern)`, what the test provokes. */
  complaints: Complaints;
  /** Opens a page in a clean context, as somebody else's browser; complaints in it count as well. */
  newVisitor: (options?: BrowserContextOptions) => Promise<Page>;
  /** A cloud of the test's own, to be changed as it likes. */
  newCloud: (options?: Partial<CloudOptions>) => Promise<TestCloud>;
}

interface WorkerFixtures {
  cloud: TestCloud;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  persistentProfile: [false, { option: true }],

  cloud: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's pattern
    async ({}, use) => {
      const cloud = await startTestCloud();
      await use(cloud);
      await cloud.close();
    },
    { scope: 'worker' },
  ],

  async baseURL({ cloud }, use) {
    // A page of an earlier test may have begun some whose ids it never knew.
    await administratorOf(cloud).endUploads();
    await use(cloud.info.appUrl);
  },

  complaints: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's pattern
    async ({}, use) => {
      const complaints = listenForComplaints();
      await use(complaints);
      expect(complaints.unexpected(), 'complaints that the test did not announce').toEqual([]);
    },
    { auto: true },
  ],

  // Ends before the clouds do that its pages go on asking.
  context: async ({ context, persistentProfile, playwright, browserName, complaints, newCloud: _ }, use) => {
    if (!persistentProfile) {
      await complaints.watch(context);
      await withoutHandleDialogs(context);
      await use(context);
      // Playwright closes its own context only after all that this one was made from.
      for (const page of context.pages()) await page.close();
      return;
    }
    const profile = await mkdtemp(join(tmpdir(), 's3-envelope-profile-'));
    const persistent = await playwright[browserName].launchPersistentContext(profile);
    await complaints.watch(persistent);
    await withoutHandleDialogs(persistent);
    await use(persistent);
    await persistent.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  },

  newVisitor: async ({ browser, complaints, newCloud: _ }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      await complaints.watch(context);
      await withoutHandleDialogs(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's pattern
  newCloud: async ({}, use) => {
    const clouds: TestCloud[] = [];
    await use(async (options) => {
      const cloud = await startTestCloud(options);
      clouds.push(cloud);
      return cloud;
    });
    for (const cloud of clouds) await cloud.close();
  },
});

/** On ports that are free; its data goes with it. */
async function startTestCloud(options: Partial<CloudOptions> = {}): Promise<TestCloud> {
  const dataDir = await mkdtemp(join(tmpdir(), 's3-envelope-cloud-'));
  const { info, renewToken, close } = await startCloud({ port: 0, ...options, dataDir });
  return {
    info,
    renewToken,
    dataDir,
    signIn: options.signIn ?? 'guest',
    async close() {
      await close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export { expect };
