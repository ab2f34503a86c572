import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { toBase64 } from '../../core/bytes.ts';
import { EnvelopeError, throwIfAborted } from '../../core/errors.ts';
import type { ByteRange, Metadata } from '../../core/object.ts';
import { readBody, totalOf } from '../read-body.ts';
import type { ObjectHead, ObjectStore, ReadOptions, SentPart } from '../store.ts';
import type { AwsCredentials } from './credentials.ts';
import { toEnvelopeError } from './errors.ts';
import { explainNetworkFailure } from './network-failure.ts';
import { reportProgress, UploadingRequestHandler } from './request-handler.ts';

export interface S3StoreOptions {
  readonly bucket: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  /** For endpoints other than AWS's, which are then addressed path-style. */
  readonly endpoint?: string;
}

/** UploadPartCopy takes up to 5 GiB at once; smaller ranges copy beside each other. */
const copyRange = 1024 ** 3;
const copiesInFlight = 4;

/** An S3 bucket through the AWS SDK. Repeats what failed in passing a few times by itself, as the SDK does. */
export function createS3Store({ bucket, region, credentials, endpoint }: S3StoreOptions): ObjectStore {
  const client = new S3Client({
    region,
    credentials: () => credentials.get(),
    requestHandler: new UploadingRequestHandler({ cache: 'no-store' }),
    // Otherwise the SDK reads Blob bodies to add a CRC32, which throws in browsers (aws-sdk-js-v3 #6834).
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // For Node, where fetch can't wait for it; browsers never send it.
    expectContinueHeader: false,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
  });

  async function ask<T>(action: string, signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (signal?.aborted) throw new EnvelopeError('cancelled', `${action} was cancelled`, { cause: error });
      const failure = toEnvelopeError(error, { service: 's3', action, details: { bucket } });
      throw await explainNetworkFailure(failure, endpoint ?? `https://${bucket}.s3.${region}.amazonaws.com`);
    }
  }
  const aborting = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {});

  async function head(key: string, signal?: AbortSignal): Promise<ObjectHead> {
    const answer = await ask('HeadObject', signal, () =>
      client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), aborting(signal)),
    );
    return {
      key,
      size: visible(answer.ContentLength, 'Content-Length'),
      etag: visible(answer.ETag, 'ETag'),
      lastModified: visible(answer.LastModified, 'Last-Modified'),
      metadata: answer.Metadata ?? {},
    };
  }

  async function read(key: string, range: ByteRange, { etag, signal, onProgress }: ReadOptions) {
    const length = range.end - range.start;
    if (length === 0) return new Uint8Array(0);
    return ask('GetObject', signal, async () => {
      const answer = await client.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          Range: `bytes=${range.start}-${range.end - 1}`,
          IfMatch: etag,
        }),
        aborting(signal),
      );
      const body = answer.Body as ReadableStream<Uint8Array> | undefined;
      if (totalOf(answer.ContentRange) === undefined) {
        await body?.cancel();
        throw hidden('Content-Range');
      }
      return readBody(body, length, { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) });
    });
  }

  async function create(
    key: string,
    metadata: Metadata,
    checksums: { readonly ChecksumAlgorithm?: 'SHA256' },
  ): Promise<string> {
    const answer = await ask('CreateMultipartUpload', undefined, () =>
      client.send(
        new CreateMultipartUploadCommand({
          Bucket: bucket,
          Key: key,
          Metadata: { ...metadata },
          ContentType: contentType,
          ...checksums,
        }),
      ),
    );
    return required(answer.UploadId, 'UploadId');
  }

  async function abortUpload(key: string, uploadId: string): Promise<void> {
    try {
      await ask('AbortMultipartUpload', undefined, () =>
        client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId })),
      );
    } catch (error) {
      if (!(error instanceof EnvelopeError && error.code === 'upload-gone')) throw error;
    }
  }

  async function copy(source: ObjectHead, targetKey: string, signal?: AbortSignal): Promise<void> {
    // CopyObject knows no If-None-Match and stops at 5 GB; parts know both.
    const uploadId = await create(targetKey, source.metadata, {});
    try {
      throwIfAborted(signal);
      const ranges: ByteRange[] = [];
      for (let start = 0; start < source.size; start += copyRange) {
        ranges.push({ start, end: Math.min(start + copyRange, source.size) });
      }
      const parts: { PartNumber: number; ETag: string }[] = [];
      const copyNext = async (): Promise<void> => {
        for (let next = ranges.shift(); next; next = ranges.shift()) {
          const { start, end } = next;
          const number = start / copyRange + 1;
          const answer = await ask('UploadPartCopy', signal, () =>
            client.send(
              new UploadPartCopyCommand({
                Bucket: bucket,
                Key: targetKey,
                UploadId: uploadId,
                PartNumber: number,
                CopySource: `${bucket}/${source.key.split('/').map(encodeURIComponent).join('/')}`,
                CopySourceIfMatch: source.etag,
                CopySourceRange: `bytes=${start}-${end - 1}`,
              }),
              aborting(signal),
            ),
          );
          parts.push({ PartNumber: number, ETag: required(answer.CopyPartResult?.ETag, 'ETag') });
        }
      };
      const ends = await Promise.allSettled(
        Array.from({ length: copiesInFlight }, () =>
          copyNext().catch((error: unknown) => {
            ranges.length = 0;
            throw error;
          }),
        ),
      );
      // None is on its way any more, so none can land after an abort.
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
      parts.sort((a, b) => a.PartNumber - b.PartNumber);
      await ask('CompleteMultipartUpload', signal, () =>
        client.send(
          new CompleteMultipartUploadCommand({
            Bucket: bucket,
            Key: targetKey,
            UploadId: uploadId,
            IfNoneMatch: '*',
            MultipartUpload: { Parts: parts },
          }),
          aborting(signal),
        ),
      );
    } catch (error) {
      await abortUpload(targetKey, uploadId).catch(() => {});
      throw error;
    }
  }

  return {
    head,
    read,
    createUpload: (key, metadata) => create(key, metadata, { ChecksumAlgorithm: 'SHA256' }),
    abortUpload,
    copy,

    async list(prefix, { next, signal } = {}) {
      const answer = await ask('ListObjectsV2', signal, () =>
        client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            ...(next ? { ContinuationToken: next } : {}),
          }),
          aborting(signal),
        ),
      );
      const objects = (answer.Contents ?? []).map((row) => ({
        key: required(row.Key, 'Key'),
        size: required(row.Size, 'Size'),
        lastModified: required(row.LastModified, 'LastModified'),
      }));
      const token = answer.IsTruncated ? answer.NextContinuationToken : undefined;
      return token === undefined ? { objects } : { objects, next: token };
    },

    async put(key, body, metadata, { sha256, signal, onProgress, onlyIfAbsent }) {
      if (onProgress) reportProgress(body, onProgress);
      await ask('PutObject', signal, () =>
        client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: body,
            Metadata: { ...metadata },
            ContentType: contentType,
            ChecksumSHA256: toBase64(sha256),
            ...(onlyIfAbsent ? { IfNoneMatch: '*' } : {}),
          }),
          aborting(signal),
        ),
      );
    },

    async sendPart(key, uploadId, partNumber, body, { sha256, signal, onProgress }): Promise<SentPart> {
      if (onProgress) reportProgress(body, onProgress);
      const answer = await ask('UploadPart', signal, () =>
        client.send(
          new UploadPartCommand({
            Bucket: bucket,
            Key: key,
            UploadId: uploadId,
            PartNumber: partNumber,
            Body: body,
            ChecksumSHA256: toBase64(sha256),
          }),
          aborting(signal),
        ),
      );
      return { number: partNumber, etag: visible(answer.ETag, 'ETag'), sha256 };
    },

    async completeUpload(key, uploadId, parts, signal) {
      await ask('CompleteMultipartUpload', signal, () =>
        client.send(
          new CompleteMultipartUploadCommand({
            Bucket: bucket,
            Key: key,
            UploadId: uploadId,
            MultipartUpload: {
              Parts: parts.map((part) => ({
                PartNumber: part.number,
                ETag: part.etag,
                ChecksumSHA256: toBase64(part.sha256),
              })),
            },
          }),
          aborting(signal),
        ),
      );
    },

    async remove(key, signal) {
      await ask('DeleteObject', signal, () =>
        client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), aborting(signal)),
      );
    },
  };
}

/** Ciphertext has no type of its own, and a browser must never be led to render it. */
const contentType = 'application/octet-stream';

/** A response header that the bucket's CORS rule must let scripts see. */
function visible<T>(value: T | undefined, header: string): T {
  if (value === undefined) throw hidden(header);
  return value;
}

function hidden(header: string): EnvelopeError {
  return new EnvelopeError('cors-header-hidden', `the bucket's CORS rule does not expose ${header}`, {
    details: { header },
  });
}

function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new EnvelopeError('service-failed', `the answer of S3 lacks ${field}`);
  return value;
}
