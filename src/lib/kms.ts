/**
 * `s3-envelope/kms`: AWS KMS through the caller's own `KMSClient`. Apart from the rest, so that whoever has no use
 * for KMS need not install `@aws-sdk/client-kms`.
 */
import type { KMSClient } from '@aws-sdk/client-kms';
import type { KmsMessageClient } from '../core/keyrings/keyring.ts';
import { createKmsClientOver } from '../store/aws/kms-client-over.ts';

export type { KmsClient, KmsMessageClient } from '../core/keyrings/keyring.ts';

/**
 * What a KMS keyring of either format takes as its `client`. Needs `kms:GenerateDataKey` to write, `kms:Decrypt` to read and
 * `kms:Encrypt` to re-encrypt.
 */
export function fromKmsClient(client: KMSClient): KmsMessageClient {
  return createKmsClientOver(client);
}
