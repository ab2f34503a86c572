import { fromUtf8 } from '../../core/bytes.ts';
import { EnvelopeError } from '../../core/errors.ts';
import {
  createKmsMessageKeyring,
  createMultiKeyring,
  createRawAesKeyring,
  createRawRsaKeyring,
  type EncryptedDataKey,
  type MessageKeyring,
} from '../../core/esdk/esdk.ts';
import { createKmsOpener } from '../../core/esdk/keyrings/kms-opener.ts';
import { aesNameIn } from '../../core/esdk/keyrings/raw-aes-keyring.ts';
import type { RawKeyName } from '../../core/esdk/keyrings/raw-name.ts';
import type { KmsMessageClient } from '../../core/keyrings/keyring.ts';
import type { AwsSettings } from '../aws-settings.ts';
import { usageError } from '../usage-error.ts';
import { type HeldKey, nameOf } from './held-keys.ts';
import type { OaepHash } from './key-spec.ts';
import { importRsa } from './rsa.ts';

type Keys = readonly [HeldKey, ...HeldKey[]];

/** Every key wraps the same data key, so that any one of them opens the message. */
export async function messageWrapper(keys: Keys, settings: AwsSettings): Promise<MessageKeyring> {
  const [generator, ...children] = await Promise.all(keys.map((key) => wrapperOf(key, settings)));
  return createMultiKeyring({ ...(generator && { generator }), children });
}

/** Tries every key. */
export async function messageOpener(keys: Keys, settings: AwsSettings): Promise<MessageKeyring> {
  return createMultiKeyring({ children: await Promise.all(keys.map((key) => openerOf(key, settings))) });
}

async function wrapperOf(key: HeldKey, settings: AwsSettings): Promise<MessageKeyring> {
  if (key.kind === 'kms') {
    return createKmsMessageKeyring({ client: await kmsClient(key.keyId, settings), keyId: key.keyId });
  }
  if (key.kind === 'aes') return createRawAesKeyring({ ...nameOf(key), wrappingKey: key.wrappingKey });
  const { publicKey } = await importRsa(key, key.hash ?? 'SHA-256');
  return createRawRsaKeyring({ ...nameOf(key), publicKey });
}

async function openerOf(key: HeldKey, settings: AwsSettings): Promise<MessageKeyring> {
  if (key.kind === 'kms') return createKmsOpener(key.keyId, await kmsClient(key.keyId, settings));
  if (key.kind === 'aes') {
    const { wrappingKey } = key;
    const make = (name: RawKeyName) => [createRawAesKeyring({ ...name, wrappingKey })];
    return underNames(key.name, aesNameIn, make);
  }
  if (!key.pkcs8) throw usageError('a public key opens nothing; give the private one');
  const hashes: readonly OaepHash[] = key.hash ? [key.hash] : ['SHA-256', 'SHA-1', 'SHA-384', 'SHA-512'];
  const halves = await Promise.all(hashes.map((hash) => importRsa(key, hash)));
  const make = (name: RawKeyName) =>
    halves.flatMap(({ privateKey }) => (privateKey ? [createRawRsaKeyring({ ...name, privateKey })] : []));
  return underNames(key.name, ({ providerInfo }) => fromUtf8(providerInfo), make);
}

/**
 * A key without a name is tried under every name that a message has for such keys: whether it is the right one,
 * its own cipher tells.
 */
function underNames(
  name: RawKeyName | undefined,
  nameIn: (key: EncryptedDataKey) => string | undefined,
  make: (name: RawKeyName) => readonly MessageKeyring[],
): MessageKeyring {
  if (name) return createMultiKeyring({ children: make(name) });
  return {
    async wrap() {
      throw usageError('this key is for opening alone');
    },
    async unwrap(request) {
      const found = new Map<string, RawKeyName>();
      for (const wrapped of request.encryptedDataKeys) {
        const keyName = wrapped.providerId.startsWith('aws-kms') ? undefined : nameIn(wrapped);
        if (keyName === undefined) continue;
        found.set(JSON.stringify([wrapped.providerId, keyName]), {
          keyNamespace: wrapped.providerId,
          keyName,
        });
      }
      const children = [...found.values()].flatMap(make);
      if (children.length > 0) return createMultiKeyring({ children }).unwrap(request);
      throw new EnvelopeError('no-key-fits', 'none of the wrapped data keys is for a key of this kind');
    },
  };
}

async function kmsClient(keyId: string, settings: AwsSettings): Promise<KmsMessageClient> {
  return (await import('./kms.ts')).kmsClientFor(keyId, settings);
}
