import { EnvelopeError, type ErrorCode } from '../core/errors.ts';
import type { ByteRange } from '../core/object.ts';
import { readBody, totalOf } from './read-body.ts';
import { secondsOf } from './retry-after.ts';
import { fetchUnderWatch } from './stall.ts';
import type { ReadableStore } from './store.ts';

const metadataPrefix = 'x-amz-meta-';

/**
 * Objects behind a path of a web site (CloudFront in front of the bucket), read by plain fetch: what somebody
 * who opens a link has. No credentials, no SDK.
 * @param base absolute URL that object keys are appended to
 * @param options.stallsAfter milliseconds without a byte after which a request counts as failed
 */
export function createPathReader(
  base: URL,
  { stallsAfter }: { readonly stallsAfter?: number } = {},
): ReadableStore {
  async function ask(
    method: 'GET' | 'HEAD',
    key: string,
    headers: Record<string, string>,
    signal?: AbortSignal,
  ) {
    const url = new URL(key.split('/').map(encodeURIComponent).join('/'), base);
    let response: Response;
    try {
      response = await fetchUnderWatch({ method, signal, limit: stallsAfter }, (within) =>
        fetch(url, {
          method,
          headers,
          credentials: 'omit',
          cache: 'no-store',
          // A redirect would lead to a place nobody named.
          redirect: 'error',
          referrerPolicy: 'no-referrer',
          signal: within,
        }),
      );
    } catch (error) {
      if (signal?.aborted) throw new EnvelopeError('cancelled', `${method} was cancelled`, { cause: error });
      throw new EnvelopeError('network-failed', `${method} got no answer`, { cause: error });
    }
    if (response.ok) return response;
    await response.body?.cancel();
    const retryAfter = secondsOf(response.headers.get('retry-after'));
    throw new EnvelopeError(codeOf(response.status), `${method} answered ${response.status}`, {
      details: { status: response.status, ...(retryAfter && { retryAfter }) },
    });
  }

  return {
    async head(key, signal) {
      const { headers } = await ask('HEAD', key, {}, signal);
      const metadata: Record<string, string> = {};
      headers.forEach((value, name) => {
        if (name.startsWith(metadataPrefix)) metadata[name.slice(metadataPrefix.length)] = value;
      });
      const size = Number(headers.get('content-length') ?? Number.NaN);
      const etag = headers.get('etag');
      if (!Number.isSafeInteger(size) || !etag) {
        throw new EnvelopeError('service-failed', 'the answer lacks Content-Length or ETag');
      }
      return { key, size, etag, lastModified: new Date(headers.get('last-modified') ?? 0), metadata };
    },

    async read(key, range: ByteRange, { etag, signal, onProgress }) {
      const length = range.end - range.start;
      if (length === 0) return new Uint8Array(0);
      const headers = { Range: `bytes=${range.start}-${range.end - 1}`, 'If-Match': etag };
      const response = await ask('GET', key, headers, signal);
      if (response.status !== 206 || totalOf(response.headers.get('content-range')) === undefined) {
        await response.body?.cancel();
        throw new EnvelopeError('service-failed', 'the answer is not the range that was asked for', {
          details: { status: response.status },
        });
      }
      return readBody(response.body, length, {
        ...(signal && { signal }),
        ...(onProgress && { onProgress }),
        stallsAfter,
      });
    },
  };
}

function codeOf(status: number): ErrorCode {
  if (status === 404 || status === 410) return 'object-not-found';
  if (status === 412) return 'object-changed';
  if (status === 401 || status === 403) return 'access-denied';
  if (status === 408 || status === 429 || status >= 500) return 'service-failed';
  return 'request-refused';
}
