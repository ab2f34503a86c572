/** The keys of a run, as oracles take them and as keyrings of ours. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  createAesKeyring,
  createKmsKeyring,
  createRsaKeyring,
  type Description,
  importWrappingKey,
  type Keyring,
  type KmsClient,
} from '../../../src/lib.ts';

export type KeyKind = 'AES' | 'RSA' | 'KMS';

/** What an oracle makes its keyring of. Bytes are in base64. */
export type OracleKeyring =
  | { readonly kind: 'aes'; readonly key: string; readonly materialsDescription: Description }
  | {
      readonly kind: 'rsa';
      readonly spki: string;
      readonly pkcs8: string;
      readonly materialsDescription: Description;
    }
  | { readonly kind: 'kms'; readonly keyId: string };

export interface Key {
  readonly kind: KeyKind;
  readonly theirs: OracleKeyring;
  readonly ours: Keyring;
}

export async function newAesKey(name: string): Promise<Key> {
  const raw = randomBytes(32);
  const materialsDescription = { name };
  return {
    kind: 'AES',
    theirs: { kind: 'aes', key: raw.toString('base64'), materialsDescription },
    ours: createAesKeyring({
      wrappingKey: await importWrappingKey(new Uint8Array(raw)),
      materialsDescription,
    }),
  };
}

export async function newRsaKey(name: string): Promise<Key> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-1' };
  const materialsDescription = { name };
  return {
    kind: 'RSA',
    theirs: {
      kind: 'rsa',
      spki: spki.toString('base64'),
      pkcs8: pkcs8.toString('base64'),
      materialsDescription,
    },
    ours: createRsaKeyring({
      publicKey: await crypto.subtle.importKey('spki', new Uint8Array(spki), algorithm, false, ['encrypt']),
      privateKey: await crypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), algorithm, false, [
        'decrypt',
      ]),
      materialsDescription,
    }),
  };
}

export function kmsKey(client: KmsClient, keyId: string): Key {
  return { kind: 'KMS', theirs: { kind: 'kms', keyId }, ours: createKmsKeyring({ client, keyId }) };
}
