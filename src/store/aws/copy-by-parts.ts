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
import { throwIfAborted } from '../../core/errors.ts';
import type { ByteRange } from '../../core/object.ts';
import type { ObjectHead, Stored } from '../store.ts';
import { type Ask, aborting, required } from './asking.ts';

export interface CopyContext {
  readonly client: S3Client;
  readonly ask: Ask;
  readonly signal?: AbortSignal;
  /** UploadPartCopy takes up to 5 GiB at once; smaller ranges copy beside each other. */
  readonly rangeBytes?: number;
}

export interface CopySource
  extends Pick<UploadPartCopyCommandInput, 'Bucket' | 'ExpectedBucketOwner' | 'RequestPayer'> {
  readonly source: ObjectHead;
}

const defaultRangeBytes = 1024 ** 3;
const copiesInFlight = 4;

/**
 * Copies an object of any length inside S3, unless it is no longer the one that `source` describes
 * (`object-changed`). When it rejects, no part is left.
 */
export async function copyByParts(
  { client, ask, signal, rangeBytes = defaultRangeBytes }: CopyContext,
  { source, ...from }: CopySource,
  target: CreateMultipartUploadCommandInput,
  condition: Pick<CompleteMultipartUploadCommandInput, 'IfMatch' | 'IfNoneMatch'>,
): Promise<Stored> {
  // Without a signal: an upload whose id was lost on the way could not be aborted.
  const { UploadId } = await ask('CreateMultipartUpload', undefined, () =>
    client.send(new CreateMultipartUploadCommand(target)),
  );
  const upload = {
    Bucket: target.Bucket,
    Key: target.Key,
    UploadId: required(UploadId, 'UploadId'),
    ExpectedBucketOwner: target.ExpectedBucketOwner,
    RequestPayer: target.RequestPayer,
  };
  try {
    throwIfAborted(signal);
    const ranges: ByteRange[] = [];
    for (let start = 0; start < source.size; start += rangeBytes) {
      ranges.push({ start, end: Math.min(start + rangeBytes, source.size) });
    }
    const parts: { PartNumber: number; ETag: string }[] = [];
    const copyNext = async (): Promise<void> => {
      for (let next = ranges.shift(); next; next = ranges.shift()) {
        const { start, end } = next;
        const number = start / rangeBytes + 1;
        const answer = await ask('UploadPartCopy', signal, () =>
          client.send(
            new UploadPartCopyCommand({
              ...upload,
              PartNumber: number,
              CopySource: copySourceOf(from.Bucket, source.key),
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
    const answer = await ask('CompleteMultipartUpload', signal, () =>
      client.send(
        new CompleteMultipartUploadCommand({ ...upload, ...condition, MultipartUpload: { Parts: parts } }),
        aborting(signal),
      ),
    );
    return { etag: answer.ETag, versionId: answer.VersionId };
  } catch (error) {
    await ask('AbortMultipartUpload', undefined, () =>
      client.send(new AbortMultipartUploadCommand(upload)),
    ).catch(() => {});
    throw error;
  }
}

/** The `CopySource` of an object's newest version; an access point is named by its ARN. */
export function copySourceOf(bucket: string | undefined, key: string): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return bucket?.startsWith('arn:')
    ? `${encodeURIComponent(`${bucket}/object/`)}${path}`
    : `${bucket}/${path}`;
}
