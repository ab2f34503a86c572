import { KMSClient } from '@aws-sdk/client-kms';
import type { KmsClient } from '../../core/keyrings/keyring.ts';
import type { AwsCredentials } from './credentials.ts';
import { createKmsClientOver } from './kms-client-over.ts';
import { explainNetworkFailure } from './network-failure.ts';

/** AWS KMS through the SDK, as the KMS keyring wants it. */
export function createKmsClient({
  region,
  credentials,
  endpoint,
}: {
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly endpoint?: string;
}): KmsClient {
  const client = new KMSClient({
    region,
    credentials: () => credentials.get(),
    ...(endpoint ? { endpoint } : {}),
  });
  return createKmsClientOver(client, (failure) =>
    explainNetworkFailure(failure, endpoint ?? `https://kms.${region}.amazonaws.com`),
  );
}
