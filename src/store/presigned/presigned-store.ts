import { type Bytes, toBase64 } from '../../core/bytes.ts';
import { EnvelopeError, throwIfAborted } from '../../core/errors.ts';
import { whereNow } from '../../core/memory.ts';
import { createAsk, digestIn, hidden, required, visible } from '../asking.ts';
import { type Body, lengthOf } from '../body.ts';
import { copyInParts } from '../copy-in-parts.ts';
import { explainNetworkFailure } from '../network-failure.ts';
import { readBody, totalOf } from '../read-body.ts';
import { sendBytes } from '../send-bytes.ts';
import { prepareSender } from '../sender.ts';
import { fetchUnderWatch } from '../stall.ts';
import type { CommitOptions, ListedPart, ObjectStore, Stored } from '../store.ts';
import type { SendAnswer } from '../xhr.ts';
import { bucketAddress } from './bucket-address.ts';
import type { Create, Part, SignRequest } from './contract.ts';
import type { EndpointRequest, PresignEndpoint } from './endpoint.ts';
import { repeated } from './repeated.ts';
import { element, s3Error } from './s3-error.ts';
import { createSigner } from './signer.ts';

export interface PresignedStoreOptions {
  readonly endpoint: PresignEndpoint;
  readonly bucket: string;
  readonly region: string;
  /** For an S3 other than AWS's. */
  readonly s3Endpoint?: string;
  /** How often a request is sent that fails in passing: 1 unless given, for those who repeat by themselves. */
  readonly attempts?: number;
  /** Milliseconds without a byte after which a request counts as failed. */
  readonly stallsAfter?: number;
}

/**
 * An S3 bucket by URLs that a presign endpoint signs (docs/presign.md), one for each request: no credentials and no
 * SDK here. What carries bytes goes to S3 itself; everything else is asked of the endpoint.
 */
export function createPresignedStore({
  endpoint,
  bucket,
  region,
  s3Endpoint,
  attempts = 1,
  stallsAfter,
}: PresignedStoreOptions): ObjectStore {
  const address = bucketAddress({ bucket, region, ...(s3Endpoint && { s3Endpoint }) });
  const ask = createAsk({
    service: 's3',
    details: { bucket },
    explain: (failure) => explainNetworkFailure(failure, address.origin),
  });
  const signer = createSigner({ endpoint, check: address.check });
  const again = <T>(signal: AbortSignal | undefined, task: () => Promise<T>) =>
    repeated(attempts, signal, task);
  const askEndpoint = (request: EndpointRequest) => again(request.signal, () => endpoint.ask(request));

  /** Sends a body by a URL of its own, by another one if the first has run out on the way. */
  async function sendSigned(
    action: string,
    request: SignRequest,
    body: Body,
    signal: AbortSignal | undefined,
    onProgress?: (bytes: number) => void,
  ): Promise<SendAnswer> {
    const now = () => (body instanceof Blob ? body : whereNow(body));
    const send = async () => {
      const signed = await signer.sign(request, signal);
      return ask(action, signal, async () => {
        const answer = await sendBytes({ ...signed, body: now(), signal, onProgress, stallsAfter });
        const text = () => new TextDecoder().decode(answer.body);
        if (answer.status >= 300) throw s3Error(text(), answer.status, answer.headers['retry-after']);
        // S3 may find out that it fails when it has said 200 already.
        if (answer.body.byteLength > 0 && element(text(), 'Code')) throw s3Error(text(), answer.status);
        return answer;
      });
    };
    return again(signal, () =>
      send().catch((error: unknown) => {
        if (!hasRunOut(error)) throw error;
        throwIfAborted(signal);
        return send();
      }),
    );
  }

  async function createUpload(request: Create): Promise<string> {
    const answer = await askEndpoint({
      ...{ action: 'CreateMultipartUpload', method: 'POST', path: '/multipart', body: request },
    });
    return answer.text('uploadId');
  }

  async function completeUpload(
    key: string,
    uploadId: string,
    parts: readonly Part[],
    { condition, signal }: CommitOptions = {},
  ): Promise<Stored> {
    const answer = await askEndpoint({
      ...{ action: 'CompleteMultipartUpload', method: 'POST', signal },
      ...{ path: `/multipart/${encodeURIComponent(uploadId)}/complete`, query: { key } },
      body: { parts, ...(condition && { condition }) },
    });
    return { etag: answer.optionalText('etag'), versionId: answer.optionalText('versionId') };
  }

  async function abortUpload(key: string, uploadId: string): Promise<void> {
    try {
      await askEndpoint({
        ...{ action: 'AbortMultipartUpload', method: 'DELETE', query: { key } },
        path: `/multipart/${encodeURIComponent(uploadId)}`,
      });
    } catch (error) {
      if (!(error instanceof EnvelopeError && error.code === 'upload-gone')) throw error;
    }
  }

  async function read(
    key: string,
    { start, end }: { readonly start: number; readonly end: number },
    { etag, signal, onProgress }: Parameters<ObjectStore['read']>[2],
  ): Promise<Bytes> {
    const { url, headers } = await signer.signRead(key, signal);
    return ask('GetObject', signal, async () => {
      const response = await fetchUnderWatch({ method: 'GET', signal, limit: stallsAfter }, (within) =>
        fetch(url, {
          headers: { ...headers, Range: `bytes=${start}-${end - 1}`, 'If-Match': etag },
          ...{ credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer' },
          signal: within,
        }),
      );
      if (!response.ok) {
        throw s3Error(await response.text(), response.status, response.headers.get('retry-after'));
      }
      if (response.status !== 206 || totalOf(response.headers.get('content-range')) === undefined) {
        await response.body?.cancel();
        throw hidden('Content-Range');
      }
      return readBody(response.body, end - start, {
        ...(signal && { signal }),
        ...(onProgress && { onProgress }),
        stallsAfter,
      });
    });
  }

  return {
    abortUpload,

    completeUpload(key, uploadId, parts, options) {
      const named = parts.map(({ number, etag, sha256 }) => ({
        PartNumber: number,
        ETag: etag,
        ChecksumSHA256: toBase64(sha256),
      }));
      return completeUpload(key, uploadId, named, options);
    },

    async head(key, signal) {
      const answer = await askEndpoint({
        ...{ action: 'HeadObject', method: 'GET', path: '/object', query: { key }, signal },
      });
      const sha256 = answer.optionalText('sha256');
      return {
        key,
        size: answer.whole('size'),
        etag: answer.text('etag'),
        lastModified: answer.date('lastModified'),
        metadata: answer.texts('metadata'),
        ...(sha256 !== undefined && { sha256 }),
      };
    },

    async read(key, range, options) {
      if (range.end === range.start) return new Uint8Array(0);
      return again(options.signal, () =>
        read(key, range, options).catch((error: unknown) => {
          if (!hasRunOut(error)) throw error;
          signer.forgetRead(key);
          return read(key, range, options);
        }),
      );
    },

    async list(prefix, { next, signal } = {}) {
      const query = { prefix, ...(next !== undefined && { next }) };
      const answer = await askEndpoint({
        ...{ action: 'ListObjectsV2', method: 'GET', path: '/objects', query, signal },
      });
      const objects = answer.list('objects').map((row) => ({
        key: row.text('key'),
        size: row.whole('size'),
        etag: row.text('etag'),
        lastModified: row.date('lastModified'),
      }));
      const token = answer.optionalText('next');
      return { objects, ...(token !== undefined && { next: token }) };
    },

    async put(key, body, metadata, { sha256, signal, onProgress, condition }) {
      const size = lengthOf(body);
      const what = { kind: 'put', key, size, sha256: toBase64(sha256), metadata } as const;
      const request = { ...what, ...(condition && { condition }) };
      const { headers } = await sendSigned('PutObject', request, body, signal, onProgress);
      onProgress?.(size);
      return {
        etag: headers['etag'],
        versionId: headers['x-amz-version-id'],
        sha256: headers['x-amz-checksum-sha256'],
      };
    },

    createUpload(key, metadata) {
      prepareSender();
      return createUpload({ key, metadata, checksum: 'SHA256' });
    },

    async sendPart(key, uploadId, partNumber, body, { sha256, signal, onProgress }) {
      const size = lengthOf(body);
      const request = { kind: 'part', key, uploadId, partNumber, size, sha256: toBase64(sha256) } as const;
      const { headers } = await sendSigned('UploadPart', request, body, signal, onProgress);
      onProgress?.(size);
      const isDigestKept = headers['x-amz-checksum-sha256'] !== undefined;
      return { number: partNumber, etag: visible(headers['etag'], 'ETag'), sha256, isDigestKept };
    },

    async listParts(key, uploadId, signal) {
      const answer = await askEndpoint({
        ...{ action: 'ListParts', method: 'GET', query: { key }, signal },
        path: `/multipart/${encodeURIComponent(uploadId)}`,
      });
      const parts = answer.list('parts').map(
        (part): ListedPart => ({
          number: part.whole('PartNumber'),
          etag: part.text('ETag'),
          sha256: digestIn(part.optionalText('ChecksumSHA256')),
        }),
      );
      return parts.sort((a, b) => a.number - b.number);
    },

    async remove(key, signal) {
      await askEndpoint({
        action: 'DeleteObject',
        method: 'DELETE',
        path: '/object',
        query: { key },
        signal,
      });
    },

    async copy({ key: source, size, etag, metadata }, targetKey, signal) {
      const condition = { kind: 'absent' } as const;
      await copyInParts<Part>(
        size,
        {
          create: () => createUpload({ key: targetKey, metadata }),
          complete: (uploadId, parts) =>
            completeUpload(targetKey, uploadId, parts, { condition, ...(signal && { signal }) }),
          abort: (uploadId) => abortUpload(targetKey, uploadId),
          async copyPart(uploadId, partNumber, { start, end }) {
            const target = { key: targetKey, uploadId, partNumber };
            const request = { kind: 'copy', ...target, source, etag, range: [start, end] } as const;
            const { body } = await sendSigned('UploadPartCopy', request, new Uint8Array(0), signal);
            const ETag = required(element(new TextDecoder().decode(body), 'ETag'), 'ETag');
            return { PartNumber: partNumber, ETag };
          },
        },
        { signal },
      );
    },
  };
}

function hasRunOut(error: unknown): boolean {
  return error instanceof EnvelopeError && error.code === 'credentials-expired';
}
