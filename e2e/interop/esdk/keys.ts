/** The keys of a run, as oracles of the Encryption SDK take them and as keyrings of ours. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  createKmsMessageKeyring,
  createMultiKeyring,
  createRawAesKeyring,
  createRawRsaKeyring,
  importWrappingKey,
  type KmsMessageClient,
  type MessageKeyring,
} from '../../../src/lib/esdk.ts';

interface RawName {
  readonly namespace: string;
  readonly name: string;
}

/** What an oracle makes its keyring of. */
export type OracleKeyring =
  | ({ readonly kind: 'raw-aes'; readonly key: string } & RawName)
  | ({
      readonly kind: 'raw-rsa';
      readonly hash: string;
      readonly publicPem: string;
      readonly privatePem: string;
    } & RawName)
  | { readonly kind: 'kms'; readonly keyId: string }
  | {
      readonly kind: 'multi';
      readonly generator: OracleKeyring;
      readonly children: readonly OracleKeyring[];
    };

export interface MessageKey {
  readonly title: string;
  readonly theirs: OracleKeyring;
  readonly ours: MessageKeyring;
}

export async function newRawAesKey(bits: 128 | 192 | 256): Promise<MessageKey> {
  const raw = randomBytes(bits / 8);
  const name = `aes ${bits}`;
  return {
    title: `raw AES ${bits}`,
    theirs: { kind: 'raw-aes', namespace: 'interop', name, key: raw.toString('base64') },
    ours: createRawAesKeyring({
      keyNamespace: 'interop',
      keyName: name,
      wrappingKey: await importWrappingKey(new Uint8Array(raw)),
    }),
  };
}

export async function newRawRsaKey(hash: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'): Promise<MessageKey> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  const pkcs8 = new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' }));
  const algorithm = { name: 'RSA-OAEP', hash };
  const name = `rsa ${hash}`;
  return {
    title: `raw RSA-OAEP, ${hash}`,
    theirs: {
      ...{ kind: 'raw-rsa', namespace: 'interop', name, hash: hash.replace('-', '') },
      publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
    ours: createRawRsaKeyring({
      keyNamespace: 'interop',
      keyName: name,
      publicKey: await crypto.subtle.importKey('spki', spki, algorithm, false, ['encrypt']),
      privateKey: await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['decrypt']),
    }),
  };
}

export function kmsMessageKey(client: KmsMessageClient, keyId: string): MessageKey {
  return {
    title: 'KMS',
    theirs: { kind: 'kms', keyId },
    ours: createKmsMessageKeyring({ client, keyId }),
  };
}

export function multiKey(generator: MessageKey, children: readonly MessageKey[]): MessageKey {
  return {
    title: [generator, ...children].map(({ title }) => title).join(' and '),
    theirs: {
      kind: 'multi',
      generator: generator.theirs,
      children: children.map(({ theirs }) => theirs),
    },
    ours: createMultiKeyring({
      generator: generator.ours,
      children: children.map(({ ours }) => ours),
    }),
  };
}
