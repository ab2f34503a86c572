#!/usr/bin/env -S node --import tsx
/**
 * Firefox as it is installed, for Playwright, which speaks to it by WebDriver BiDi and expects the newest one. Stands
 * between the two: what this Firefox does not know yet is answered or added here. Started in Firefox's place, with its
 * arguments; `FIREFOX_PATH` names the browser.
 */
import { spawn } from 'node:child_process';
import { renameSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket, WebSocketServer } from 'ws';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly error?: string;
  readonly params?: Download;
}

interface Download {
  download?: string;
  readonly url: string;
  readonly suggestedFilename?: string;
  readonly filepath?: string;
}

const { FIREFOX_PATH: firefox = 'firefox' } = process.env;
const browser = spawn(firefox, process.argv.slice(2), { stdio: ['ignore', 'ignore', 'pipe'] });
browser.once('error', fail);
browser.once('exit', (code) => process.exit(code ?? 1));
process.once('SIGTERM', () => browser.kill());

createInterface(browser.stderr).on('line', (line) => {
  const [, address] = /WebDriver BiDi listening on (ws:\/\/.*)$/u.exec(line) ?? [];
  if (address) listenFor(`${address}/session`);
  else console.error(line);
});

/** Says where it listens in Firefox's own words, which Playwright waits for. */
function listenFor(session: string): void {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.once('listening', () => {
    const { port } = server.address() as AddressInfo;
    console.error(`WebDriver BiDi listening on ws://127.0.0.1:${port}`);
  });
  server.once('connection', (client) => relay(client, session));
}

function relay(client: WebSocket, session: string): void {
  const inner = new WebSocket(session, { perMessageDeflate: false });
  const connected = new Promise((resolve) => inner.once('open', resolve));
  const methods = new Map<number, string>();
  const downloads = new Map<string, { readonly id: string; readonly fileName: string }>();

  client.on('message', async (data) => {
    const text = String(data);
    const { id, method } = JSON.parse(text) as Message;
    if (id !== undefined && method) methods.set(id, method);
    await connected;
    inner.send(text);
  });
  inner.on('message', (data) => client.send(translated(String(data))));
  inner.once('close', () => client.close());
  client.once('close', () => inner.close());
  inner.once('error', fail);

  function translated(text: string): string {
    const message = JSON.parse(text) as Message;
    const asked = methods.get(message.id ?? 0);
    methods.delete(message.id ?? 0);
    // A colour scheme and the like, which no test that runs here needs.
    if (message.error === 'unknown command' && asked?.startsWith('emulation.')) {
      return JSON.stringify({ type: 'success', id: message.id, result: {} });
    }
    if (!message.params || message.params.download) return text;
    if (message.method === 'browsingContext.downloadWillBegin') begin(message.params);
    else if (message.method === 'browsingContext.downloadEnd') end(message.params);
    else return text;
    return JSON.stringify(message);
  }

  /** A download without an id is none to Playwright. */
  function begin(download: Download): void {
    download.download = crypto.randomUUID();
    downloads.set(download.url, {
      id: download.download,
      fileName: download.suggestedFilename ?? '',
    });
  }

  /** Playwright looks for a file under the name that was suggested, and Firefox writes over none. */
  function end(download: Download): void {
    const begun = downloads.get(download.url);
    downloads.delete(download.url);
    if (!begun) return;
    download.download = begun.id;
    const { filepath } = download;
    if (filepath) renameSync(filepath, join(dirname(filepath), begun.fileName));
  }
}

function fail(error: Error): void {
  console.error(error.message);
  process.exit(1);
}
