import { EnvelopeError } from '../core/errors.ts';
import { createAesKeyring } from '../core/keyrings/aes-keyring.ts';
import { createChoosingKeyring } from '../core/keyrings/choosing-keyring.ts';
import type { Keyring, KmsMessageClient } from '../core/keyrings/keyring.ts';
import { createKmsKeyring } from '../core/keyrings/kms-keyring.ts';
import { loadPart } from '../core/load-part.ts';
import type { ObjectKeyring } from '../transfer/objects.ts';
import { describeKey, type PersonalKey } from '../vault/personal-key.ts';

export interface Holder {
  readonly personal?: PersonalKey;
  /** `keyId`: whatever name the key is known by, an alias for instance. */
  readonly kms?: { readonly keyId: string; readonly client: KmsMessageClient };
}

/**
 * The personal key locks, or else the KMS key; each opens what it locked, in either format. Throws `config-invalid`
 * for somebody who holds neither.
 */
export function createHoldersKeyring(holder: Holder): ObjectKeyring {
  return {
    s3ec: envelopeKeyring(holder),
    esdk: async () =>
      (await loadPart(import('./holders-message-keyring.ts'))).createHoldersMessageKeyring(holder),
  };
}

function envelopeKeyring({ personal, kms }: Holder): Keyring {
  const byKms = kms && createKmsKeyring(kms);
  if (personal) {
    const { wrappingKey, fingerprint } = personal;
    const own = createAesKeyring({ wrappingKey, materialsDescription: describeKey(fingerprint) });
    return byKms ? createChoosingKeyring(own, byKms) : own;
  }
  if (byKms) return byKms;
  throw new EnvelopeError('config-invalid', 'config.json names no KMS key, and KMS holds the key here', {
    details: { field: 'kms', expected: 'the KMS key that this browser was set up with' },
  });
}
