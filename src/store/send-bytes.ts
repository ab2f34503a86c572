import { createSlots } from '../core/slots.ts';
import { type Body, lengthOf } from './body.ts';
import { sendFromWorker } from './sender.ts';
import { type StallWatch, underWatch } from './stall.ts';
import { type SendAnswer, sendByXhr } from './xhr.ts';

export interface SendRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the body that have left. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** Milliseconds without a byte after which it is given up. */
  readonly stallsAfter?: number | undefined;
}

/**
 * Sends bytes by XMLHttpRequest: fetch reports no upload progress. As bytes, or as the file that `spool.ts` lays large
 * ones into, and not as a Blob of them: that took Chromium (156) a fifth more processor time. Rejects with an Error,
 * named `AbortError` where it was cancelled and `StallError` where it stood still, or with `cancelled` where its turn had
 * not come.
 */
export function sendBytes(request: SendRequest): Promise<SendAnswer> {
  const { signal, stallsAfter: limit } = request;
  const watched = (send: typeof sendFromPage) =>
    underWatch({ signal, limit }, (within, watch) => send({ ...request, signal: within }, watch));
  // Node has no XMLHttpRequest, and connections of its own.
  if (typeof XMLHttpRequest === 'undefined') return watched(sendByFetch);
  return turns.run(() => watched(sendFromPage), signal);
}

/**
 * A browser has six connections to a host, and serves whoever waits in turn. Bodies wait here instead, but for the next
 * two, which it takes without a pause: so what has no body, above all the request that completes an upload, has no more
 * than these before it.
 */
const turns = createSlots(8);

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

async function sendFromPage(
  { signal, onProgress, ...request }: SendRequest,
  watch: StallWatch,
): Promise<SendAnswer> {
  const { body, ...others } = request;
  const length = lengthOf(body);
  const watched = {
    ...{ ...others, signal },
    onSent(bytes: number) {
      watch.moved();
      if (bytes === length) watch.sent();
      onProgress?.(bytes);
    },
    onReceived: () => watch.moved(),
  };
  // Browsers tell of bytes that leave, and here there are none.
  if (length === 0) watch.sent();
  if (body instanceof Blob) return sendByXhr({ ...watched, body });
  const ofBytes = { ...watched, body };
  return (length >= largeBody && (await sendFromWorker(ofBytes))) || sendByXhr(ofBytes);
}

/** Bytes from which on a worker sends them. */
const largeBody = 1024 ** 2;
