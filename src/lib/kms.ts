/**
 * `s3-envelope/kms`: AWS KMS through the caller's own `KMSClient`. Apart from the rest, so that whoever has no use
 * for KMS need not install `@aws-sdk/client-kms`.
 */
import type { KMSClient } from '@aws-sdk/client-kms';
import type { KmsClient } from '../core/keyrings/keyring.ts';
import { createKmsClientOver } from '../store/aws/kms-client-over.ts';

export type { KmsClient } from '../core/keyrings/keyring.ts';

/**
 * What a KMS keyring takes as its `client`. Needs `kms:GenerateDataKey` to write, `kms:Decrypt` to read and
 * `kms:Encrypt` to re-encrypt.
 */
export function fromKmsClient(client: KMSClient): Required<KmsClient> {
  return createKmsClientOver(client);
}
