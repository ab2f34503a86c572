import { createAesKeyring } from '../../core/keyrings/aes-keyring.ts';
import { createChoosingKeyring } from '../../core/keyrings/choosing-keyring.ts';
import type { Keyring } from '../../core/keyrings/keyring.ts';
import { createKmsKeyring } from '../../core/keyrings/kms-keyring.ts';
import { createRsaKeyring } from '../../core/keyrings/rsa-keyring.ts';
import { describeKey } from '../../vault/personal-key.ts';
import type { AwsSettings } from '../aws-settings.ts';
import { usageError } from '../usage-error.ts';
import type { HeldKey } from './held-keys.ts';
import { importRsa } from './rsa.ts';

type Keys = readonly [HeldKey, ...HeldKey[]];

/** Opens with whichever key fits: the one that the materials description names, else any that does. */
export async function s3ecOpener([first, ...others]: Keys, settings: AwsSettings): Promise<Keyring> {
  return createChoosingKeyring(
    await keyringOf(first, settings),
    ...(await Promise.all(others.map((key) => keyringOf(key, settings)))),
  );
}

/** Wraps for one key, as the format does. Rejects with `bad-argument` for several. */
export async function s3ecWrapper([key, ...others]: Keys, settings: AwsSettings): Promise<Keyring> {
  if (others.length > 0) throw usageError('S3EC wraps for one key; --format esdk takes several');
  return keyringOf(key, settings);
}

async function keyringOf(key: HeldKey, settings: AwsSettings): Promise<Keyring> {
  if (key.kind === 'kms') {
    const { kmsClientFor } = await import('./kms.ts');
    return createKmsKeyring({ client: await kmsClientFor(key.keyId, settings), keyId: key.keyId });
  }
  // As the app does it, so that each opens what the other wrote.
  const materialsDescription = key.description ?? describeKey(key.fingerprint);
  if (key.kind === 'rsa')
    return createRsaKeyring({ ...(await importRsa(key, 'SHA-1')), materialsDescription });
  const { wrappingKey, legacy } = key;
  return createAesKeyring({ wrappingKey, materialsDescription, ...(legacy && { legacy }) });
}
