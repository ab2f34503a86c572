/**
 * Vitest's browser mode on any browser that can be started: the page that Vitest serves runs the tests and
 * reports by itself, so nothing needs to drive it.
 */
import type { IncomingMessage } from 'node:http';
import { defineBrowserProvider } from '@vitest/browser';
import type { BrowserProvider, BrowserProviderOption, TestProject } from 'vitest/node';
import { engineNames } from './browsers.ts';
import { type OpenedPage, openPage } from './open-page.ts';

export function startedBrowser(): BrowserProviderOption {
  return defineBrowserProvider({
    name: 'started-browser',
    supportedBrowser: engineNames,
    providerFactory: (project) => provider(project),
  });
}

function provider(project: TestProject): BrowserProvider {
  const engine = engineNames.find((name) => name === project.config.browser.name);
  if (!engine) throw new Error(`no engine is called ${project.config.browser.name}`);
  const pages = new Set<OpenedPage>();
  return {
    name: 'started-browser',
    supportsParallelism: false,
    getCommandsContext: () => ({}),
    // Vitest itself gives up on a page that has not connected after `browser.connectTimeout`.
    openPage: async (sessionId, url) => {
      const connected = connection(project, sessionId);
      const page = await openPage(engine, url);
      pages.add(page);
      const gone = page.ended.then((why) => {
        if (!pages.has(page)) return;
        project.vitest.logger.error(`${engine} ended before the tests did: ${why}`);
        throw new Error(`${engine} ended before the tests did`);
      });
      await Promise.race([connected, gone]);
      gone.catch(() => {}); // from here on the closed socket is what fails the run
    },
    close: async () => {
      const open = [...pages];
      pages.clear();
      await Promise.all(open.map((page) => page.close()));
    },
  };
}

/** Resolves once the page of this session has opened its socket. */
function connection(project: TestProject, sessionId: string): Promise<void> {
  const server = project.browser?.vite.httpServer;
  return new Promise((resolve) => {
    const seen = (request: IncomingMessage) => {
      if (!request.url?.includes(sessionId)) return;
      server?.off('upgrade', seen);
      resolve();
    };
    server?.on('upgrade', seen);
  });
}
