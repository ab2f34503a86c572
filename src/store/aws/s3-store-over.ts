import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { toBase64 } from '../../core/bytes.ts';
import { EnvelopeError, type ErrorCode } from '../../core/errors.ts';
import type { ByteRange, Metadata } from '../../core/object.ts';
import { type AskOptions, aborting, createAsk, digestIn, hidden, required, visible } from '../asking.ts';
import { type Body, lengthOf } from '../body.ts';
import { readBody, totalOf } from '../read-body.ts';
import type { AnsweredPart, Condition, ListedPart, ObjectHead, ObjectStore, ReadOptions } from '../store.ts';
import { copyByParts } from './copy-by-parts.ts';
import { signedWith } from './signed-with.ts';

/** What an object is given when it is made, by whichever request: type, storage class, tags, encryption. */
export type CreationParameters = Partial<
  Pick<PutObjectCommandInput, keyof PutObjectCommandInput & keyof CreateMultipartUploadCommandInput>
>;

export interface S3StoreOverOptions {
  /** Sent with every request. */
  readonly always?: Pick<PutObjectCommandInput, 'ExpectedBucketOwner' | 'RequestPayer'>;
  readonly create?: CreationParameters;
  /** What must hold for an object to take its place. */
  readonly condition?: Pick<CompleteMultipartUploadCommandInput, 'IfMatch' | 'IfNoneMatch'>;
  /** Of the object to read; its newest version unless given. */
  readonly versionId?: string;
  /** Has the client's request handler tell how many of a body's bytes have left. */
  readonly reportProgress?: (body: Body, onProgress: (bytes: number) => void) => void;
  readonly explain?: AskOptions['explain'];
  readonly ready?: AskOptions['ready'];
  /** Milliseconds without a byte of an object after which reading it counts as failed. */
  readonly stallsAfter?: number | undefined;
}

/** What a refusal without a body comes to. */
const unexplained = new Set<ErrorCode>(['access-denied', 'request-refused']);

/** A bucket through a client that is there already, whatever its settings and its request handler. */
export function createS3StoreOver(
  client: S3Client,
  bucket: string,
  options: S3StoreOverOptions = {},
): ObjectStore {
  const {
    always = {},
    create = {},
    condition = {},
    versionId,
    reportProgress,
    explain,
    ready,
    stallsAfter,
  } = options;
  const ask = createAsk({ service: 's3', details: { bucket }, explain, ready });
  const inBucket = { ...always, Bucket: bucket };
  const atVersion = versionId === undefined ? inBucket : { ...inBucket, VersionId: versionId };
  // Ciphertext has no type of its own, and a browser must never be led to render it.
  const created = { ContentType: 'application/octet-stream', ...create };

  async function head(key: string, signal?: AbortSignal): Promise<ObjectHead> {
    try {
      return await look(key, signal);
    } catch (error) {
      if (!(error instanceof EnvelopeError && unexplained.has(error.code))) throw error;
      // HEAD can't say why. Who asks for a byte is told, and what can be mended for that request is for HEAD as well.
      await askForOneByte(key, signal);
      return look(key, signal);
    }
  }

  async function askForOneByte(key: string, signal?: AbortSignal): Promise<void> {
    try {
      await ask('GetObject', signal, async () => {
        const command = new GetObjectCommand({ ...atVersion, Key: key, Range: 'bytes=0-0' });
        const { Body } = await client.send(command, aborting(signal));
        await Body?.transformToWebStream().cancel();
      });
    } catch (error) {
      // An empty object has no byte.
      if (!(error instanceof EnvelopeError && error.details['status'] === 416)) throw error;
    }
  }

  async function look(key: string, signal?: AbortSignal): Promise<ObjectHead> {
    const answer = await ask('HeadObject', signal, () =>
      client.send(
        new HeadObjectCommand({ ...atVersion, Key: key, ChecksumMode: 'ENABLED' }),
        aborting(signal),
      ),
    );
    return {
      key,
      size: visible(answer.ContentLength, 'Content-Length'),
      etag: visible(answer.ETag, 'ETag'),
      lastModified: visible(answer.LastModified, 'Last-Modified'),
      metadata: answer.Metadata ?? {},
      ...(answer.ChecksumSHA256 !== undefined && { sha256: answer.ChecksumSHA256 }),
    };
  }

  async function read(key: string, range: ByteRange, { etag, signal, onProgress }: ReadOptions) {
    const length = range.end - range.start;
    if (length === 0) return new Uint8Array(0);
    return ask('GetObject', signal, async () => {
      const answer = await client.send(
        new GetObjectCommand({
          ...atVersion,
          Key: key,
          Range: `bytes=${range.start}-${range.end - 1}`,
          IfMatch: etag,
        }),
        aborting(signal),
      );
      const body: ReadableStream<Uint8Array> | undefined = answer.Body?.transformToWebStream();
      if (totalOf(answer.ContentRange) === undefined) {
        await body?.cancel();
        throw hidden('Content-Range');
      }
      return readBody(body, length, {
        ...(signal && { signal }),
        ...(onProgress && { onProgress }),
        stallsAfter,
      });
    });
  }

  async function createUpload(key: string, metadata: Metadata): Promise<string> {
    const answer = await ask('CreateMultipartUpload', undefined, () =>
      client.send(
        new CreateMultipartUploadCommand({
          ...created,
          ...inBucket,
          Key: key,
          Metadata: { ...metadata },
          ChecksumAlgorithm: 'SHA256',
        }),
      ),
    );
    return required(answer.UploadId, 'UploadId');
  }

  async function abortUpload(key: string, uploadId: string): Promise<void> {
    try {
      await ask('AbortMultipartUpload', undefined, () =>
        client.send(new AbortMultipartUploadCommand({ ...inBucket, Key: key, UploadId: uploadId })),
      );
    } catch (error) {
      if (!(error instanceof EnvelopeError && error.code === 'upload-gone')) throw error;
    }
  }

  return {
    head,
    read,
    createUpload,
    abortUpload,

    async copy(source, targetKey, signal) {
      // CopyObject stops at 5 GB; parts do not.
      await copyByParts(
        { client, ask, ...(signal && { signal }) },
        { ...inBucket, source },
        { ...inBucket, Key: targetKey, Metadata: { ...source.metadata }, ...created },
        { IfNoneMatch: '*' },
      );
    },

    async list(prefix, { next, signal } = {}) {
      const answer = await ask('ListObjectsV2', signal, () =>
        client.send(
          new ListObjectsV2Command({
            ...inBucket,
            Prefix: prefix,
            ...(next ? { ContinuationToken: next } : {}),
          }),
          aborting(signal),
        ),
      );
      const objects = (answer.Contents ?? []).map((row) => ({
        key: required(row.Key, 'Key'),
        size: required(row.Size, 'Size'),
        etag: required(row.ETag, 'ETag'),
        lastModified: required(row.LastModified, 'LastModified'),
      }));
      const token = answer.IsTruncated ? answer.NextContinuationToken : undefined;
      return token === undefined ? { objects } : { objects, next: token };
    },

    async put(key, body, metadata, { sha256, signal, onProgress, condition: own }) {
      const length = lengthOf(body);
      if (onProgress) reportProgress?.(body, onProgress);
      const answer = await ask('PutObject', signal, () =>
        client.send(
          signedWith(
            sha256,
            new PutObjectCommand({
              ...created,
              ...condition,
              ...headersOf(own),
              ...inBucket,
              Key: key,
              Body: body,
              Metadata: { ...metadata },
              ChecksumSHA256: toBase64(sha256),
            }),
          ),
          aborting(signal),
        ),
      );
      onProgress?.(length);
      return { etag: answer.ETag, versionId: answer.VersionId, sha256: answer.ChecksumSHA256 };
    },

    async sendPart(key, uploadId, partNumber, body, { sha256, signal, onProgress }): Promise<AnsweredPart> {
      const length = lengthOf(body);
      if (onProgress) reportProgress?.(body, onProgress);
      const answer = await ask('UploadPart', signal, () =>
        client.send(
          signedWith(
            sha256,
            new UploadPartCommand({
              ...inBucket,
              Key: key,
              UploadId: uploadId,
              PartNumber: partNumber,
              Body: body,
              ChecksumSHA256: toBase64(sha256),
            }),
          ),
          aborting(signal),
        ),
      );
      onProgress?.(length);
      const isDigestKept = answer.ChecksumSHA256 !== undefined;
      return { number: partNumber, etag: visible(answer.ETag, 'ETag'), sha256, isDigestKept };
    },

    async listParts(key, uploadId, signal) {
      const parts: ListedPart[] = [];
      let marker: string | undefined;
      do {
        const page = await ask('ListParts', signal, () =>
          client.send(
            new ListPartsCommand({
              ...inBucket,
              Key: key,
              UploadId: uploadId,
              ...(marker !== undefined && { PartNumberMarker: marker }),
            }),
            aborting(signal),
          ),
        );
        for (const { PartNumber, ETag, ChecksumSHA256 } of page.Parts ?? []) {
          if (PartNumber !== undefined && ETag !== undefined) {
            parts.push({ number: PartNumber, etag: ETag, sha256: digestIn(ChecksumSHA256) });
          }
        }
        const next = page.IsTruncated ? page.NextPartNumberMarker : undefined;
        if (next !== undefined && Number(next) <= Number(marker ?? 0)) {
          throw new EnvelopeError('service-failed', 'the list of parts does not go on');
        }
        marker = next;
      } while (marker !== undefined);
      return parts.sort((a, b) => a.number - b.number);
    },

    async completeUpload(key, uploadId, parts, { condition: own, signal } = {}) {
      const answer = await ask('CompleteMultipartUpload', signal, () =>
        client.send(
          new CompleteMultipartUploadCommand({
            ...condition,
            ...headersOf(own),
            ...inBucket,
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
      // Of an empty one, as Ceph's gateway gives, HEAD tells more.
      return { etag: answer.ETag || undefined, versionId: answer.VersionId };
    },

    async remove(key, signal) {
      await ask('DeleteObject', signal, () =>
        client.send(new DeleteObjectCommand({ ...inBucket, Key: key }), aborting(signal)),
      );
    },
  };
}

function headersOf(condition: Condition | undefined): S3StoreOverOptions['condition'] {
  if (condition === undefined) return {};
  return condition.kind === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.etag };
}
