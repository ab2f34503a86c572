import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/**
 * The DevTools protocol over a pipe, as much of it as is asked for. Playwright, which would do, watches every
 * page's network: Chromium then encodes each request's body as text for it, at some 10 MB/s.
 */
export interface DevTools {
  send<Result>(method: string, parameters?: object, sessionId?: string): Promise<Result>;
  on<Parameters>(method: string, listener: (parameters: Parameters) => void): void;
  /** Asks the browser to end, and waits until it has. */
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: never;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Starts the browser. What is asked of it rejects once it has ended. */
export function startDevTools(path: string, parameters: readonly string[]): DevTools {
  const child = spawn(path, ['--remote-debugging-pipe', ...parameters], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  const killNow = () => child.kill('SIGKILL');
  process.once('exit', killNow);
  const requests = child.stdio[3] as Writable;
  const pending = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  const listeners = new Map<string, ((parameters: never) => void)[]>();
  let last = 0;
  let said = '';
  let over: Error | undefined;

  function take({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const request = pending.get(id);
      pending.delete(id);
      if (error) request?.reject(new Error(error.message));
      else request?.resolve(result);
    } else if (method && params) {
      for (const listener of listeners.get(method) ?? []) listener(params);
    }
  }
  readMessages(child.stdio[4] as Readable, take);
  child.stderr?.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(-2000);
  });
  const ended = new Promise<void>((resolve) => {
    const end = (why: string) => {
      process.off('exit', killNow);
      over = new Error(`the browser ended: ${why}\n${said}`);
      for (const request of pending.values()) request.reject(over);
      pending.clear();
      resolve();
    };
    child.once('exit', (code, signal) => end(String(signal ?? code)));
    child.once('error', (error) => end(error.message));
  });
  // Written to after the end: `over` tells.
  requests.on('error', () => {});

  return {
    send<Result>(method: string, parameters: object = {}, sessionId?: string) {
      if (over) return Promise.reject(over);
      return new Promise<Result>((resolve, reject) => {
        const id = ++last;
        pending.set(id, { resolve: (result) => resolve(result as Result), reject });
        requests.write(`${JSON.stringify({ id, method, params: parameters, sessionId })}\0`);
      });
    },
    on(method, listener) {
      listeners.set(method, [...(listeners.get(method) ?? []), listener as (parameters: never) => void]);
    },
    async close() {
      const late = setTimeout(killNow, 5000);
      await this.send('Browser.close').catch(() => {});
      await ended;
      clearTimeout(late);
    },
  };
}

/** JSON with a zero byte after each. */
function readMessages(stream: Readable, take: (message: Message) => void): void {
  let rest = Buffer.alloc(0);
  stream.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      take(JSON.parse(rest.toString('utf8', 0, end)) as Message);
      rest = rest.subarray(end + 1);
    }
  });
}
