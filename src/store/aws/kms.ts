import { KMSClient } from '@aws-sdk/client-kms';
import type { KmsMessageClient } from '../../core/keyrings/keyring.ts';
import { awsOrigin } from '../aws-host.ts';
import { explainNetworkFailure } from '../network-failure.ts';
import type { AwsCredentials } from './credentials.ts';
import { createKmsClientOver } from './kms-client-over.ts';
import { UploadingRequestHandler } from './request-handler.ts';
import { createSigning } from './signing.ts';

/** How often a request is sent that fails in passing. */
const attempts = 6;

/** AWS KMS through the SDK, as the KMS keyrings of both formats want it. */
export function createKmsClient({
  region,
  credentials,
  endpoint,
}: {
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly endpoint?: string;
}): KmsMessageClient {
  const signing = createSigning(credentials, attempts);
  const client = new KMSClient({
    region,
    ...signing.config,
    requestHandler: new UploadingRequestHandler({ cache: 'no-store' }),
    ...(endpoint ? { endpoint } : {}),
  });
  signing.serve(client);
  return createKmsClientOver(client, (failure) =>
    explainNetworkFailure(failure, endpoint ?? awsOrigin('kms', region)),
  );
}
