import { S3Client } from '@aws-sdk/client-s3';
import type { ObjectStore } from '../store.ts';
import type { AwsCredentials } from './credentials.ts';
import { explainNetworkFailure } from './network-failure.ts';
import { reportProgress, UploadingRequestHandler } from './request-handler.ts';
import { createS3StoreOver } from './s3-store-over.ts';

export interface S3StoreOptions {
  readonly bucket: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  /** For endpoints other than AWS's, which are then addressed path-style. */
  readonly endpoint?: string;
}

/** An S3 bucket through the AWS SDK. Repeats what failed in passing a few times by itself, as the SDK does. */
export function createS3Store({ bucket, region, credentials, endpoint }: S3StoreOptions): ObjectStore {
  const client = new S3Client({
    region,
    credentials: () => credentials.get(),
    requestHandler: new UploadingRequestHandler({ cache: 'no-store' }),
    // Bodies come with a checksum; otherwise the SDK adds a CRC32 of its own to whatever has none.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // For Node, where fetch can't wait for it; browsers never send it.
    expectContinueHeader: false,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
  });
  return createS3StoreOver(client, bucket, {
    reportProgress,
    explain: (failure) =>
      explainNetworkFailure(failure, endpoint ?? `https://${bucket}.s3.${region}.amazonaws.com`),
  });
}
