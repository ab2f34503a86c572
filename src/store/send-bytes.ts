import type { Bytes } from '../core/bytes.ts';
import { type StallWatch, underWatch } from './stall.ts';

export interface SendRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Bytes;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the body that have left. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** Milliseconds without a byte after which it is given up. */
  readonly stallsAfter?: number | undefined;
}

export interface SendAnswer {
  readonly status: number;
  /** Names in lower case; those that CORS lets scripts see. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ArrayBuffer;
}

/**
 * Sends bytes by XMLHttpRequest: fetch reports no upload progress. As bytes and not as a Blob of them: that took
 * Chromium (156) a fifth more processor time. Rejects with an Error, named `AbortError` where it was cancelled and
 * `StallError` where it stood still.
 */
export function sendBytes(request: SendRequest): Promise<SendAnswer> {
  const { signal, stallsAfter: limit } = request;
  // Node has no XMLHttpRequest.
  const send = typeof XMLHttpRequest === 'undefined' ? sendByFetch : sendByXhr;
  return underWatch({ signal, limit }, (within, watch) => send({ ...request, signal: within }, watch));
}

async function sendByFetch(
  { method, url, headers, body, signal }: SendRequest,
  watch: StallWatch,
): Promise<SendAnswer> {
  watch.sent();
  const response = await fetch(url, { method, headers, body, redirect: 'error', ...(signal && { signal }) });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.arrayBuffer(),
  };
}

function sendByXhr(
  { method, url, headers, body, signal, onProgress }: SendRequest,
  watch: StallWatch,
): Promise<SendAnswer> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const fail = (name: string, message: string) => reject(Object.assign(new Error(message), { name }));
    const abort = () => xhr.abort();
    if (signal?.aborted) return fail('AbortError', 'request aborted');

    xhr.upload.onprogress = ({ loaded }) => {
      watch.moved();
      if (loaded === body.length) watch.sent();
      onProgress?.(loaded);
    };
    xhr.onprogress = () => watch.moved();
    xhr.onload = () =>
      resolve({
        status: xhr.status,
        headers: parseHeaders(xhr.getAllResponseHeaders()),
        body: xhr.response as ArrayBuffer,
      });
    xhr.onerror = () => fail('NetworkError', 'the request failed without an answer');
    xhr.onabort = () => fail('AbortError', 'request aborted');
    xhr.onloadend = () => {
      signal?.removeEventListener('abort', abort);
      remindCollector(body.length);
    };
    signal?.addEventListener('abort', abort, { once: true });

    xhr.open(method, url);
    xhr.responseType = 'arraybuffer';
    for (const [name, value] of Object.entries(headers)) {
      if (!setByTheBrowser.has(name.toLowerCase())) xhr.setRequestHeader(name, value);
    }
    xhr.send(body);
  });
}

/**
 * Chromium (156) keeps its copy of a body that was sent until the collector comes, and does not count that copy as
 * a reason to come: a file's worth of them would pile up. Memory of the page it does count, touched or not. Less of
 * it, or less often, let several hundred megabytes wait.
 */
function remindCollector(bytes: number): void {
  if (!('userAgentData' in navigator)) return;
  try {
    // Not by `new`, which minifiers leave out where nothing is done with it.
    Reflect.construct(ArrayBuffer, [12 * bytes]);
  } catch {
    // Without that much room, the collector has reasons enough.
  }
}

const setByTheBrowser = new Set(['host', 'content-length', 'user-agent', 'connection', 'expect']);

function parseHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of text.trim().split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}
