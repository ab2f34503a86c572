import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium } from '@playwright/test';
import { build } from 'vite';
import { requireEngine } from '../../e2e/browsers.ts';
import { chromiumFlags } from '../../e2e/open-page.ts';
import { startCloud } from '../../local/cloud.ts';
import { drawSecret, formatLink } from '../../src/share/link.ts';
import type { Group } from './group.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Words that every build of the AWS SDK has in it. */
const sdkMarks = ['aws-sdk-js', 'AWS4-HMAC-SHA256', 'amz-sdk-invocation-id'];

/** What somebody's browser loads that has never seen the app before and opens a link. */
export const firstLoad: Group = {
  name: 'first load',
  async run({ progress }) {
    progress('first load: building the app');
    const folder = await mkdtemp(join(tmpdir(), 's3-envelope-bench-app-'));
    const appDirectory = join(folder, 'dist');
    const dataDir = join(folder, 'data');
    await build({ root, logLevel: 'error', build: { outDir: appDirectory, emptyOutDir: true } });
    const cloud = await startCloud({ dataDir, port: 0, appDirectory });
    const browser = await chromium.launch({
      executablePath: requireEngine('chromium').path,
      args: chromiumFlags(),
    });
    try {
      const page = await browser.newPage();
      const scripts: Promise<{ url: string; body: Buffer }>[] = [];
      page.on('response', (response) => {
        const { pathname } = new URL(response.url());
        if (pathname.endsWith('.js')) {
          scripts.push(response.body().then((body) => ({ url: pathname, body })));
        }
      });
      // A whole link, so that the page goes on to look for the share, which is not there.
      const asked = page.waitForResponse((response) => response.url().includes('/shared/'));
      await page.goto(await formatLink(cloud.info.appUrl, await drawSecret()));
      await asked;
      await page.waitForLoadState('networkidle');
      const loaded = await Promise.all(scripts);
      const bytes = loaded.reduce((sum, { body }) => sum + gzipSync(body, { level: 9 }).length, 0);
      const withSdk = loaded.filter(({ body }) => sdkMarks.some((mark) => body.includes(mark)));
      return [
        {
          name: 'first load of a link: JavaScript, gzip -9',
          value: bytes / 1000,
          unit: 'kB',
          goal: { of: 'value', bound: 'at most', limit: 100 },
          note: `${loaded.length} scripts`,
        },
        {
          name: 'first load of a link: scripts with the AWS SDK in them',
          value: withSdk.length,
          unit: '',
          goal: { of: 'value', bound: 'at most', limit: 0 },
        },
      ];
    } finally {
      await browser.close();
      await cloud.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
