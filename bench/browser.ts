import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireEngine } from '../e2e/browsers.ts';
import { chromiumFlags } from '../e2e/open-page.ts';
import { startDevTools } from './devtools.ts';
import type { Bench } from './page/bench.ts';

/** Chromium with the bench's page in it. */
export interface BenchBrowser {
  /** Calls what the page offers. */
  ask<Name extends keyof Bench>(
    name: Name,
    ...args: Parameters<Bench[Name]>
  ): Promise<Awaited<ReturnType<Bench[Name]>>>;
  /** Any expression, of which a promise is waited for. */
  evaluate<Result>(expression: string): Promise<Result>;
  /** Picks files in the page's input. */
  pick(paths: readonly string[]): Promise<void>;
  /** From now on, what the page tells by `tellBench`. */
  onTold(listener: () => void): void;
  /** Lets the page's process die, as unprepared as a crash finds it, and opens the page anew. */
  crash(): Promise<void>;
  /** Has the page's garbage collected. */
  collectGarbage(): Promise<void>;
  /** Waits for the next download to be on disk, and removes it. */
  nextDownload(): Promise<void>;
  /** Processes of this browser: `browser`, `renderer`, ... */
  processes(): Promise<readonly { readonly id: number; readonly type: string }[]>;
  close(): Promise<void>;
}

interface Evaluated<Result> {
  readonly result: { readonly value: Result };
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
  };
}

/** Milliseconds that a process gets to die. */
const crashing = 500;

/** With a fresh profile on disk, where large blobs and staged files belong. */
export async function openBrowser(url: string): Promise<BenchBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 's3-envelope-bench-browser-'));
  const downloads = join(folder, 'downloads');
  const devTools = startDevTools(requireEngine('chromium').path, [
    '--headless=new',
    // Shared memory stays in memory, as it does for people.
    ...chromiumFlags().filter((flag) => flag !== '--disable-dev-shm-usage'),
    `--user-data-dir=${join(folder, 'profile')}`,
    'about:blank',
  ]);
  const close = async () => {
    await devTools.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  try {
    await devTools.send('Browser.setDownloadBehavior', {
      behavior: 'allowAndName',
      downloadPath: downloads,
      eventsEnabled: true,
    });
    let targetId = '';
    let sessionId = '';

    async function openPage(): Promise<void> {
      ({ targetId } = await devTools.send<{ targetId: string }>('Target.createTarget', { url }));
      ({ sessionId } = await devTools.send<{ sessionId: string }>('Target.attachToTarget', {
        targetId,
        flatten: true,
      }));
      // Which alone brings bindings into being.
      await devTools.send('Runtime.enable', {}, sessionId);
      await devTools.send('Runtime.addBinding', { name: 'tellBench' }, sessionId);
      for (let waited = 0; !(await evaluate<boolean>('"bench" in globalThis')); waited += 100) {
        if (waited > 30_000) throw new Error('the page did not load');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }

    async function evaluate<Result>(expression: string): Promise<Result> {
      const { result, exceptionDetails } = await devTools.send<Evaluated<Result>>(
        'Runtime.evaluate',
        { expression, awaitPromise: true, returnByValue: true, userGesture: true },
        sessionId,
      );
      if (exceptionDetails) {
        throw new Error(`page: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
      }
      return result.value;
    }

    let resolveDownload: (() => void) | undefined;
    devTools.on<{ state: string }>('Browser.downloadProgress', ({ state }) => {
      if (state === 'completed') resolveDownload?.();
    });
    let told: (() => void) | undefined;
    devTools.on('Runtime.bindingCalled', () => told?.());
    await openPage();
    return {
      ask: (name, ...args) => evaluate(`bench.${name}(...${JSON.stringify(args)})`),
      evaluate,
      async pick(paths) {
        const { result } = await devTools.send<{ result: { objectId: string } }>(
          'Runtime.evaluate',
          { expression: 'document.querySelector("input")' },
          sessionId,
        );
        await devTools.send('DOM.setFileInputFiles', { files: paths, objectId: result.objectId }, sessionId);
      },
      onTold(listener) {
        told = listener;
      },
      async crash() {
        // It never answers.
        void devTools.send('Page.crash', {}, sessionId).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, crashing));
        await devTools.send('Target.closeTarget', { targetId });
        await openPage();
      },
      async collectGarbage() {
        await devTools.send('HeapProfiler.collectGarbage', {}, sessionId);
      },
      async nextDownload() {
        await new Promise<void>((resolve) => {
          resolveDownload = resolve;
        });
        for (const name of await readdir(downloads)) await rm(join(downloads, name));
      },
      async processes() {
        const { processInfo } = await devTools.send<{ processInfo: { id: number; type: string }[] }>(
          'SystemInfo.getProcessInfo',
        );
        return processInfo;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
