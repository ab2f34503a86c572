import { S3Client } from '@aws-sdk/client-s3';
import { unlessAborted } from '../../core/unless-aborted.ts';
import { bucketOrigin } from '../aws-host.ts';
import { explainNetworkFailure } from '../network-failure.ts';
import { prepareSender } from '../sender.ts';
import type { ObjectStore } from '../store.ts';
import type { AwsCredentials } from './credentials.ts';
import { reportProgress, UploadingRequestHandler } from './request-handler.ts';
import { createS3StoreOver } from './s3-store-over.ts';
import { createSigning } from './signing.ts';

export interface S3StoreOptions {
  readonly bucket: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  /** For endpoints other than AWS's, which are then addressed path-style. */
  readonly endpoint?: string;
  /** How often a request is sent that fails in passing: 1 unless given, for those who repeat by themselves. */
  readonly attempts?: number;
  /** Milliseconds without a byte after which a request counts as failed. */
  readonly stallsAfter?: number;
}

/** An S3 bucket through the AWS SDK. Renews refused credentials, and needs no clock that is right. */
export function createS3Store(options: S3StoreOptions): ObjectStore {
  const { bucket, region, credentials, endpoint, attempts, stallsAfter } = options;
  const signing = createSigning(credentials, attempts);
  const client = new S3Client({
    region,
    ...signing.config,
    requestHandler: new UploadingRequestHandler({ cache: 'no-store', stallsAfter }),
    // Bodies come with a checksum; otherwise the SDK adds a CRC32 of its own to whatever has none.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // For Node, where fetch can't wait for it; browsers never send it.
    expectContinueHeader: false,
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
  });
  signing.serve(client);
  const store = createS3StoreOver(client, bucket, {
    reportProgress,
    stallsAfter,
    // The client does not look at a signal before it has credentials.
    ready: (signal) => unlessAborted(credentials.get(), signal),
    explain: (failure) => explainNetworkFailure(failure, endpoint ?? bucketOrigin(bucket, region)),
  });
  return {
    ...store,
    createUpload(key, metadata) {
      prepareSender();
      return store.createUpload(key, metadata);
    },
  };
}
