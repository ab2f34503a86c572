import type { Bytes } from '../core/bytes.ts';

export interface XhrRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Bytes | File;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the body that have left. */
  readonly onSent: (bytes: number) => void;
  /** Something of the answer has come. */
  readonly onReceived: () => void;
}

export interface SendAnswer {
  readonly status: number;
  /** Names in lower case; those that CORS lets scripts see. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ArrayBuffer;
}

/** Rejects with an Error, named `AbortError` where it was cancelled and `NetworkError` where no answer came. */
export function sendByXhr(request: XhrRequest): Promise<SendAnswer> {
  const { method, url, headers, body, signal, onSent, onReceived } = request;
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const fail = (name: string, message: string) => reject(Object.assign(new Error(message), { name }));
    const abort = () => xhr.abort();
    if (signal?.aborted) return fail('AbortError', 'request aborted');

    xhr.upload.onprogress = ({ loaded }) => onSent(loaded);
    xhr.onprogress = onReceived;
    xhr.onload = () =>
      resolve({
        status: xhr.status,
        headers: parseHeaders(xhr.getAllResponseHeaders()),
        body: xhr.response as ArrayBuffer,
      });
    xhr.onerror = () => fail('NetworkError', 'the request failed without an answer');
    xhr.onabort = () => fail('AbortError', 'request aborted');
    xhr.onloadend = () => signal?.removeEventListener('abort', abort);
    signal?.addEventListener('abort', abort, { once: true });

    xhr.open(method, url);
    xhr.responseType = 'arraybuffer';
    for (const [name, value] of Object.entries(headers)) {
      if (!setByTheBrowser.has(name.toLowerCase())) xhr.setRequestHeader(name, value);
    }
    xhr.send(body);
  });
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
