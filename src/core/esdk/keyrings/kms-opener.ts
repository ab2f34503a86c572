import type { KmsMessageClient } from '../../keyrings/keyring.ts';
import { parseKmsArn } from './arn.ts';
import type { MessageKeyring } from './keyring.ts';
import { createKmsDiscoveryKeyring, createKmsMessageKeyring } from './kms-keyring.ts';

/**
 * Opens what one KMS key wrapped, whatever name it is known by. Messages name their key by ARN; under an id or an
 * alias, KMS is asked by that name and its answer tells whether it was the key that the message names.
 */
export function createKmsOpener(keyId: string, client: KmsMessageClient): MessageKeyring {
  if (parseKmsArn(keyId)?.type === 'key')
    return createKmsMessageKeyring({ client, keyId, multiRegion: true });
  const asking: KmsMessageClient = {
    ...client,
    decrypt: (request) => client.decrypt({ ...request, keyId }),
  };
  return createKmsDiscoveryKeyring({ clientFor: () => asking, filter: 'any-account' });
}
