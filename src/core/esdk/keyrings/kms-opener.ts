import type { KmsMessageClient } from '../../keyrings/keyring.ts';
import { isSameMultiRegionKey, parseKmsArn } from './arn.ts';
import type { MessageKeyring } from './keyring.ts';
import { createKmsDiscoveryKeyring, createKmsMessageKeyring } from './kms-keyring.ts';

/**
 * Opens what one KMS key wrapped, whatever name it is known by. Messages name their key by ARN; under an id or an
 * alias, KMS is asked by that name and its answer tells whether it was the key that the message names, or a replica of
 * it in another region.
 */
export function createKmsOpener(keyId: string, client: KmsMessageClient): MessageKeyring {
  if (parseKmsArn(keyId)?.type === 'key')
    return createKmsMessageKeyring({ client, keyId, multiRegion: true });
  const asking: KmsMessageClient = {
    ...client,
    async decrypt(request) {
      const answer = await client.decrypt({ ...request, keyId });
      // The keyring compares ARNs to the letter; KMS names the replica of its own region.
      return isSameMultiRegionKey(answer.keyId, request.keyId) ? { ...answer, keyId: request.keyId } : answer;
    },
  };
  return createKmsDiscoveryKeyring({ clientFor: () => asking, filter: 'any-account' });
}
