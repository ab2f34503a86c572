/** Requests: holding them back, and everything they carry. */
import type { BrowserContext, Page, Request, Route } from '@playwright/test';

/** Kinds of S3 requests, by method and query. */
export const s3 = {
  createUpload: (request: Request) => request.method() === 'POST' && has(request, 'uploads'),
  /** A whole object. */
  put: (request: Request) =>
    request.method() === 'PUT' && !has(request, 'partNumber') && /\/(files|shared)\//.test(pathOf(request)),
  part: (request: Request) => request.method() === 'PUT' && has(request, 'partNumber'),
  partNumber: (request: Request) => Number(new URL(request.url()).searchParams.get('partNumber')),
  /** Which parts it has of an upload. */
  parts: (request: Request) => request.method() === 'GET' && has(request, 'uploadId'),
  complete: (request: Request) => request.method() === 'POST' && has(request, 'uploadId'),
  list: (request: Request) => request.method() === 'GET' && has(request, 'list-type'),
  /** Bytes of an object, by the owner or by somebody with a link. */
  read: (request: Request) => request.method() === 'GET' && /\/(files|shared)\//.test(pathOf(request)),
  head: (request: Request) => request.method() === 'HEAD' && /\/(files|shared)\//.test(pathOf(request)),
};

export interface Held {
  /** Resolves once a request waits. */
  readonly arrived: Promise<unknown>;
  /** Lets all go on, those to come included. */
  release(): void;
}

/** Requests for a range that begins there. */
export const from = (start: number) => (request: Request) =>
  s3.read(request) && request.headers()['range']?.startsWith(`bytes=${start}-`) === true;

/** Holds back requests of one kind, all or from the `first`-th on. */
export async function hold(page: Page, kind: (request: Request) => boolean, first = 1): Promise<Held> {
  const arrival = signal();
  const open = signal();
  let seen = 0;
  await intercept(page, kind, async (route) => {
    if (++seen >= first) {
      arrival.give();
      await open.given;
    }
    // It may have been cancelled while it was held.
    await route.continue().catch(() => {});
  });
  return { arrived: arrival.given, release: open.give };
}

/** Answers requests of one kind in place of the cloud; `call` counts from 1. */
export async function intercept(
  page: Page,
  kind: (request: Request) => boolean,
  answer: (route: Route, call: number) => Promise<void>,
): Promise<void> {
  let calls = 0;
  await page.route('**/*', async (route) => {
    if (kind(route.request())) await answer(route, ++calls);
    else await route.fallback();
  });
}

/** What a script of another origin may read, for answers that are made up. */
export const forScripts = { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'application/xml' };

/**
 * Everything that a browser says it has sent: addresses, headers, bodies that are neither files nor sent by a worker.
 * `faults/before.ts` has a way to see those.
 */
export function record(context: BrowserContext): { sent(): Promise<readonly string[]> } {
  const requests: Request[] = [];
  context.on('request', (request) => requests.push(request));
  return {
    sent: () =>
      Promise.all(
        requests.map(async (request) => {
          const headers = await request.allHeaders().catch(() => request.headers());
          const body = request.postDataBuffer()?.toString('latin1') ?? '';
          return [request.method(), request.url(), JSON.stringify(headers), body].join('\n');
        }),
      ),
  };
}

function signal(): { readonly given: Promise<void>; give(): void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

function has(request: Request, parameter: string): boolean {
  return new URL(request.url()).searchParams.has(parameter);
}

function pathOf(request: Request): string {
  return new URL(request.url()).pathname;
}

/** The requests of one kind, from now on; empty the array to count anew. */
export async function spy(page: Page, kind: (request: Request) => boolean): Promise<Request[]> {
  const seen: Request[] = [];
  page.on('request', (request) => {
    if (kind(request)) seen.push(request);
  });
  return seen;
}
