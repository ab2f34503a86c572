import { KMSClient } from '@aws-sdk/client-kms';
import type { KmsMessageClient } from '../../core/keyrings/keyring.ts';
import type { AwsCredentials } from './credentials.ts';
import { createKmsClientOver } from './kms-client-over.ts';
import { explainNetworkFailure } from './network-failure.ts';

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
  const client = new KMSClient({
    region,
    credentials: () => credentials.get(),
    ...(endpoint ? { endpoint } : {}),
  });
  return createKmsClientOver(client, (failure) =>
    explainNetworkFailure(failure, endpoint ?? `https://kms.${region}.amazonaws.com`),
  );
}
