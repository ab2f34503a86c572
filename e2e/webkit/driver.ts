/** MiniBrowser, driven by WebKit's own WebDriver server: as much of that protocol as the flows need. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onPath, requireEngine } from '../browsers.ts';
import { miniBrowserEnvironment, start, startDisplay } from '../open-page.ts';

export interface Driver {
  /** Where its downloads end up. */
  readonly downloads: string;
  /** One command of WebDriver, on this session. */
  send<T>(method: 'GET' | 'POST', command: string, body?: object): Promise<T>;
  close(): Promise<void>;
}

/** Safari has these by default, WebKitGTK not yet. A browser that is driven is a private window, and refuses to store. */
const features = ['StorageAPI', 'StorageAPIEstimate', 'FileSystem'];

export async function startDriver(): Promise<Driver> {
  const server = onPath('WebKitWebDriver');
  if (!server) throw new Error('WebKitWebDriver not found');
  const profile = await mkdtemp(join(tmpdir(), 's3-envelope-webkit-'));
  const display = await startDisplay();
  const port = await freePort();
  const running = start(server, [`--port=${port}`], await miniBrowserEnvironment(profile, display?.name));
  const base = `http://127.0.0.1:${port}`;
  await answering(base);
  const { sessionId } = await command<{ sessionId: string }>('POST', `${base}/session`, {
    capabilities: {
      alwaysMatch: {
        'webkitgtk:browserOptions': {
          binary: requireEngine('webkit').path,
          args: ['--automation', `--features=${features.join(',')}`],
        },
      },
    },
  });
  const session = `${base}/session/${sessionId}`;
  return {
    downloads: join(profile, 'downloads'),
    send: (method, path, body) => command(method, `${session}/${path}`, body),
    async close() {
      await command('DELETE', session);
      await running.stop();
      await display?.stop();
      await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

async function command<T>(method: string, url: string, body?: object): Promise<T> {
  const answer = await fetch(url, {
    method,
    ...(method === 'POST' && { body: JSON.stringify(body ?? {}) }),
    signal: AbortSignal.timeout(60_000),
  });
  const { value } = (await answer.json()) as { value: T & { error?: string; message?: string } };
  if (!answer.ok) throw new Error(`${value.error}: ${value.message} (${method} ${url})`);
  return value;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answering(base: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await fetch(`${base}/status`).catch(() => undefined)) return;
    await sleep(50);
  }
  throw new Error('WebKitWebDriver does not answer');
}
