import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  type S3Client,
  UploadPartCopyCommand,
  type UploadPartCopyCommandInput,
} from '@aws-sdk/client-s3';
import { EnvelopeError } from '../../core/errors.ts';
import { type Ask, aborting, required } from '../asking.ts';
import { type CopyOptions, copyInParts } from '../copy-in-parts.ts';
import type { ObjectHead, Stored } from '../store.ts';

export interface CopyContext extends CopyOptions {
  readonly client: S3Client;
  readonly ask: Ask;
}

export interface CopySource
  extends Pick<UploadPartCopyCommandInput, 'Bucket' | 'ExpectedBucketOwner' | 'RequestPayer'> {
  readonly source: ObjectHead;
}

/**
 * Copies an object of any length inside S3, unless it is no longer the one that `source` describes
 * (`object-changed`). When it rejects, no part is left.
 */
export async function copyByParts(
  { client, ask, ...options }: CopyContext,
  { source, ...from }: CopySource,
  target: CreateMultipartUploadCommandInput,
  condition: Pick<CompleteMultipartUploadCommandInput, 'IfMatch' | 'IfNoneMatch'>,
): Promise<Stored> {
  const { signal } = options;
  const { Bucket, Key, ExpectedBucketOwner, RequestPayer } = target;
  const upload = { Bucket, Key, ExpectedBucketOwner, RequestPayer };
  return copyInParts(
    source.size,
    {
      async create() {
        const answer = await ask('CreateMultipartUpload', undefined, () =>
          client.send(new CreateMultipartUploadCommand(target)),
        );
        return required(answer.UploadId, 'UploadId');
      },

      async copyPart(UploadId, PartNumber, { start, end }) {
        const answer = await ask('UploadPartCopy', signal, () =>
          client.send(
            new UploadPartCopyCommand({
              ...{ ...upload, UploadId, PartNumber },
              CopySource: copySourceOf(from.Bucket, source.key),
              CopySourceIfMatch: source.etag,
              CopySourceRange: `bytes=${start}-${end - 1}`,
            }),
            aborting(signal),
          ),
        );
        return { PartNumber, ETag: required(answer.CopyPartResult?.ETag, 'ETag') };
      },

      async complete(UploadId, parts) {
        const MultipartUpload = { Parts: [...parts] };
        try {
          const answer = await ask('CompleteMultipartUpload', signal, () =>
            client.send(
              new CompleteMultipartUploadCommand({ ...upload, ...condition, UploadId, MultipartUpload }),
              aborting(signal),
            ),
          );
          return { etag: answer.ETag || undefined, versionId: answer.VersionId };
        } catch (error) {
          if (isDoneAlready(error)) return { etag: undefined, versionId: undefined };
          throw error;
        }
      },

      async abort(UploadId) {
        await ask('AbortMultipartUpload', undefined, () =>
          client.send(new AbortMultipartUploadCommand({ ...upload, UploadId })),
        );
      },
    },
    options,
  );
}

/** The client sent it again, since the answer was lost: the upload is gone because S3 has completed it. */
function isDoneAlready(error: unknown): boolean {
  return (
    error instanceof EnvelopeError && error.code === 'upload-gone' && error.details['tries'] !== undefined
  );
}

/** The `CopySource` of an object's newest version; an access point is named by its ARN. */
export function copySourceOf(bucket: string | undefined, key: string): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return bucket?.startsWith('arn:')
    ? `${encodeURIComponent(`${bucket}/object/`)}${path}`
    : `${bucket}/${path}`;
}
