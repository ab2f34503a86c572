/** What the endpoint does in S3 and what it signs, with the AWS SDK: it works against AWS as against the local S3. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type {
  Completed,
  Created,
  ObjectFacts,
  ObjectList,
  Part,
  SignedRequest,
} from '../../src/store/presigned/contract.ts';

export interface PresignerOptions {
  readonly bucket: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** For endpoints other than AWS's. */
  readonly endpoint?: string;
  /** Life of a URL. */
  readonly seconds: number;
}

export interface CommitCondition {
  readonly IfNoneMatch?: '*';
  readonly IfMatch?: string;
}

/** A checked request, as the commands of S3 have it. */
export type Wanted =
  | { readonly kind: 'get'; readonly key: string }
  | ({ readonly kind: 'put'; readonly key: string; readonly metadata: Metadata } & Body & CommitCondition)
  | ({ readonly kind: 'part'; readonly key: string } & Slot & Body)
  | ({
      readonly kind: 'copy';
      readonly key: string;
      readonly source: string;
      readonly etag: string;
      readonly start: number;
      readonly end: number;
    } & Slot);

interface Body {
  readonly size: number;
  readonly sha256: string;
}

interface Slot {
  readonly uploadId: string;
  readonly partNumber: number;
}

type Metadata = Readonly<Record<string, string>>;
export type Presigner = ReturnType<typeof createPresigner>;

/** Ciphertext has no type of its own, and a browser must never be led to render it. */
const contentType = 'application/octet-stream';

export function createPresigner({ bucket, region, credentials, endpoint, seconds }: PresignerOptions) {
  const client = new S3Client({
    region,
    credentials,
    // Otherwise the CRC32 of an empty body is signed into every PUT.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint && { endpoint, forcePathStyle: true }),
  });
  const Bucket = bucket;

  /** `headers` are what the caller sends along; all of them are signed, none is moved into the URL. */
  async function signed(
    method: SignedRequest['method'],
    command: GetObjectCommand | PutObjectCommand | UploadPartCommand | UploadPartCopyCommand,
    headers: Readonly<Record<string, string>>,
  ): Promise<SignedRequest> {
    const names = Object.keys(headers);
    // Of each command the types differ; what is done here is the same.
    const url = await getSignedUrl(client, command as GetObjectCommand, {
      expiresIn: seconds,
      unhoistableHeaders: new Set(names),
      // By itself the presigner leaves the content type unsigned.
      signableHeaders: new Set(names),
    });
    return { method, url, headers };
  }

  return {
    seconds,

    sign(wanted: Wanted): Promise<SignedRequest> {
      const Key = wanted.key;
      switch (wanted.kind) {
        case 'get':
          return signed('GET', new GetObjectCommand({ Bucket, Key }), {});
        case 'put': {
          const { size, sha256, metadata, IfNoneMatch, IfMatch } = wanted;
          const condition = { ...(IfNoneMatch && { IfNoneMatch }), ...(IfMatch && { IfMatch }) };
          return signed(
            'PUT',
            new PutObjectCommand({
              ...{ Bucket, Key, ...condition, Metadata: { ...metadata } },
              ...{ ContentType: contentType, ContentLength: size, ChecksumSHA256: sha256 },
            }),
            {
              'content-type': contentType,
              'x-amz-checksum-sha256': sha256,
              ...(IfNoneMatch && { 'if-none-match': IfNoneMatch }),
              ...(IfMatch && { 'if-match': IfMatch }),
              ...Object.fromEntries(
                Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]),
              ),
            },
          );
        }
        case 'part': {
          const { uploadId: UploadId, partNumber: PartNumber, size, sha256 } = wanted;
          const upload = { Bucket, Key, UploadId, PartNumber };
          return signed(
            'PUT',
            new UploadPartCommand({ ...upload, ContentLength: size, ChecksumSHA256: sha256 }),
            { 'x-amz-checksum-sha256': sha256 },
          );
        }
        case 'copy': {
          const { uploadId: UploadId, partNumber: PartNumber, source, etag, start, end } = wanted;
          const CopySource = `${bucket}/${source.split('/').map(encodeURIComponent).join('/')}`;
          const CopySourceRange = `bytes=${start}-${end - 1}`;
          const upload = { Bucket, Key, UploadId, PartNumber };
          return signed(
            'PUT',
            new UploadPartCopyCommand({ ...upload, CopySource, CopySourceIfMatch: etag, CopySourceRange }),
            {
              'x-amz-copy-source': CopySource,
              'x-amz-copy-source-if-match': etag,
              'x-amz-copy-source-range': CopySourceRange,
            },
          );
        }
      }
    },

    async list(Prefix: string, ContinuationToken: string | undefined): Promise<ObjectList> {
      const answer = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
      const objects = (answer.Contents ?? []).map(({ Key = '', Size = 0, ETag = '', LastModified }) => ({
        key: Key,
        size: Size,
        etag: ETag,
        lastModified: (LastModified ?? new Date(0)).toISOString(),
      }));
      const next = answer.IsTruncated ? answer.NextContinuationToken : undefined;
      return { objects, ...(next !== undefined && { next }) };
    },

    async head(Key: string): Promise<ObjectFacts> {
      const answer = await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
      return {
        key: Key,
        size: answer.ContentLength ?? 0,
        etag: answer.ETag ?? '',
        lastModified: (answer.LastModified ?? new Date(0)).toISOString(),
        metadata: answer.Metadata ?? {},
        ...(answer.ChecksumSHA256 !== undefined && { sha256: answer.ChecksumSHA256 }),
      };
    },

    async remove(Key: string): Promise<void> {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },

    /** `ChecksumAlgorithm` where every part is to come with its checksum, as copied ones do not. */
    async create(Key: string, metadata: Metadata, ChecksumAlgorithm?: 'SHA256'): Promise<Created> {
      const { UploadId } = await client.send(
        new CreateMultipartUploadCommand({
          ...{ Bucket, Key, Metadata: { ...metadata } },
          ...{ ContentType: contentType, ...(ChecksumAlgorithm && { ChecksumAlgorithm }) },
        }),
      );
      return { key: Key, uploadId: UploadId ?? '' };
    },

    async listParts(Key: string, UploadId: string): Promise<{ parts: readonly Part[] }> {
      const parts: Part[] = [];
      let PartNumberMarker: string | undefined;
      // Not by the SDK's paginator: S3 names a next marker on the last page as well.
      do {
        const page = await client.send(new ListPartsCommand({ Bucket, Key, UploadId, PartNumberMarker }));
        for (const { PartNumber = 0, ETag = '', Size = 0, ChecksumSHA256 } of page.Parts ?? []) {
          parts.push({ PartNumber, ETag, Size, ...(ChecksumSHA256 !== undefined && { ChecksumSHA256 }) });
        }
        PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
      } while (PartNumberMarker !== undefined);
      return { parts };
    },

    async complete(
      Key: string,
      UploadId: string,
      parts: readonly Part[],
      condition: CommitCondition,
    ): Promise<Completed> {
      const answer = await client.send(
        new CompleteMultipartUploadCommand({
          ...{ Bucket, Key, UploadId, ...condition },
          MultipartUpload: { Parts: parts.map((part) => ({ ...part })) },
        }),
      );
      return {
        key: Key,
        // Ceph's gateway answers with an empty one.
        ...(answer.ETag && { etag: answer.ETag }),
        ...(answer.VersionId !== undefined && { versionId: answer.VersionId }),
      };
    },

    async abort(Key: string, UploadId: string): Promise<void> {
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    },
  };
}
