import type { WrapFacts } from '../../keyrings/keyring.ts';
import type { EncryptedDataKey } from '../header.ts';
import { aesNameIn } from './raw-aes-keyring.ts';

/**
 * Which keys open a message, as S3EC's envelopes say it: a raw AES key's namespace and name are the one pair of its
 * materials description. Keys of other kinds are left out. Unverified, as in every envelope.
 */
export function wrapFactsOf(encryptedDataKeys: readonly EncryptedDataKey[]): readonly WrapFacts[] {
  return encryptedDataKeys.flatMap((key): readonly WrapFacts[] => {
    if (key.providerId === 'aws-kms') return [{ wrapAlgorithm: 'kms+context', description: {} }];
    const name = aesNameIn(key);
    if (name === undefined) return [];
    return [{ wrapAlgorithm: 'AES/GCM', description: Object.fromEntries([[key.providerId, name]]) }];
  });
}
