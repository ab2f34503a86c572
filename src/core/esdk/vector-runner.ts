/**
 * Runs decryption vectors of schema 1: `keys.json` holds keys, every other file a group of messages with the
 * keyring that opens each and what must come of it. Takes parsed JSON and knows no test framework.
 */
import { type Bytes, fromBase64, toBase64, toHex } from '../bytes.ts';
import { asEnvelopeError, type ErrorCode } from '../errors.ts';
import { importWrappingKey } from '../keyrings/aes-keyring.ts';
import { equalDescriptions } from '../keyrings/description.ts';
import type { Description, KmsMessageClient } from '../keyrings/keyring.ts';
import { subtle } from '../subtle.ts';
import {
  type CommitmentPolicy,
  createKmsMessageKeyring,
  createMessageDataKeyKeyring,
  createMultiKeyring,
  createRawAesKeyring,
  createRawRsaKeyring,
  type DecryptOptions,
  decrypt,
  type MessageKeyring,
} from './esdk.ts';

export type VectorKey =
  | { readonly type: 'aes' | 'static-data-key'; readonly material: string }
  | { readonly type: 'rsa'; readonly privatePem: string };

export interface VectorKeys {
  readonly keys: Readonly<Record<string, VectorKey>>;
}

type Padding = 'pkcs1' | 'oaep-sha1' | 'oaep-sha256' | 'oaep-sha384' | 'oaep-sha512';

interface RawName {
  readonly keyNamespace: string;
  readonly keyName: string;
  readonly key: string;
}

export type VectorKeyring =
  | ({ readonly type: 'raw-aes' } & RawName)
  | ({ readonly type: 'raw-rsa'; readonly padding: Padding } & RawName)
  | { readonly type: 'static-data-key'; readonly key: string }
  | {
      readonly type: 'kms';
      readonly keyId: string;
      /** What KMS answers, to these requests alone. */
      readonly table: readonly {
        readonly ciphertextBlob: string;
        readonly encryptionContext: Description;
        readonly plaintext: string;
      }[];
    }
  | {
      readonly type: 'multi';
      readonly generator?: VectorKeyring;
      readonly children: readonly VectorKeyring[];
    };

export interface Vector {
  readonly id: string;
  readonly suite?: string;
  readonly keyring: VectorKeyring;
  readonly options?: {
    readonly commitmentPolicy?: CommitmentPolicy;
    readonly maxEncryptedDataKeys?: number;
    readonly api?: 'decryptUnsignedMessageStream';
    readonly reproducedEncryptionContext?: Description;
    readonly requiredEncryptionContextKeys?: readonly string[];
  };
  readonly needs?: readonly string[];
  readonly expect:
    | { readonly ok: true; readonly plaintextLength: number; readonly plaintextSha256: string }
    | { readonly ok: false; readonly why?: string };
  readonly source: string;
  readonly ciphertext: string;
}

export interface VectorGroup {
  readonly group: string;
  readonly plaintexts?: Readonly<Record<string, string>>;
  readonly vectors: readonly Vector[];
}

/** Reads a message with a keyring, as a person of this format would. */
export type VectorReader = (message: Bytes, options: DecryptOptions) => Promise<Bytes>;

export interface VectorResult {
  readonly vector: Vector;
  readonly outcome: 'passed' | 'failed' | 'unsupported';
  /** What it was refused with, if it was. */
  readonly code?: ErrorCode;
  /** Why it failed, in words. */
  readonly reason?: string;
}

/** What a platform may lack, and the error that names it. */
const unsupportedCodes: Readonly<Record<string, ErrorCode>> = {
  'aes-192': 'algorithm-unsupported',
  'rsa-pkcs1': 'wrap-unsupported',
};

/** Refusals that say nothing of the message: a vector that must fail has not failed for its own reason. */
const beside: readonly string[] = ['configuration', 'access', 'device', 'cancelled', 'internal'];

export function isVectorGroup(file: unknown): file is VectorGroup {
  return typeof file === 'object' && file !== null && 'vectors' in file && 'schema' in file;
}

/** Yields the result of one vector after the other. */
export async function* runVectors(
  group: VectorGroup,
  { keys }: VectorKeys,
  read: VectorReader = readWhole,
): AsyncGenerator<VectorResult> {
  for (const vector of group.vectors) yield await runVector(vector, keys, read);
}

export const readWhole: VectorReader = async (message, options) =>
  (await decrypt(message, options)).plaintext;

export async function runVector(
  vector: Vector,
  keys: VectorKeys['keys'],
  read: VectorReader = readWhole,
): Promise<VectorResult> {
  const { expect, needs = [] } = vector;
  const failed = (reason: string, code?: ErrorCode): VectorResult => ({
    vector,
    outcome: 'failed',
    ...(code && { code }),
    reason,
  });
  let plaintext: Bytes;
  try {
    const keyring = await openKeyring(vector.keyring, keys);
    plaintext = await read(base64(vector.ciphertext), { ...optionsOf(vector), keyring });
  } catch (error) {
    const { code, family, message } = asEnvelopeError(error);
    if (needs.some((need) => unsupportedCodes[need] === code))
      return { vector, outcome: 'unsupported', code };
    if (expect.ok) return failed(`it must open, and was refused: ${message}`, code);
    if (beside.includes(family)) return failed(`it was refused for a reason beside it: ${message}`, code);
    return { vector, outcome: 'passed', code };
  }
  if (!expect.ok) return failed(`it must not open: ${expect.why ?? ''}`);
  if (plaintext.length !== expect.plaintextLength) return failed('its plaintext has another length');
  const digest = new Uint8Array(await subtle().digest('SHA-256', plaintext));
  if (toHex(digest) !== expect.plaintextSha256) return failed('its plaintext is another');
  return { vector, outcome: 'passed' };
}

function optionsOf({ options = {} }: Vector): Omit<DecryptOptions, 'keyring'> {
  return {
    commitmentPolicy: options.commitmentPolicy ?? 'FORBID_ENCRYPT_ALLOW_DECRYPT',
    maxEncryptedDataKeys: options.maxEncryptedDataKeys ?? 0xffff,
    encryptionContext: options.reproducedEncryptionContext,
    requiredContextKeys: options.requiredEncryptionContextKeys,
    signed: options.api ? 'refuse' : 'accept',
  };
}

export async function openKeyring(
  description: VectorKeyring,
  keys: VectorKeys['keys'],
): Promise<MessageKeyring> {
  if (description.type === 'multi') {
    const { generator, children } = description;
    return createMultiKeyring({
      generator: generator && (await openKeyring(generator, keys)),
      children: await Promise.all(children.map((child) => openKeyring(child, keys))),
    });
  }
  if (description.type === 'kms') {
    const { keyId, table } = description;
    return createKmsMessageKeyring({ client: kmsOf(keyId, table), keyId });
  }
  const key = keys[description.key];
  if (!key) throw new Error(`there is no key ${description.key}`);
  if (description.type === 'static-data-key' && key.type === 'static-data-key') {
    return createMessageDataKeyKeyring(base64(key.material));
  }
  if (description.type === 'raw-aes' && key.type === 'aes') {
    const { keyNamespace, keyName } = description;
    const wrappingKey = await importWrappingKey(base64(key.material));
    return createRawAesKeyring({ keyNamespace, keyName, wrappingKey });
  }
  if (description.type === 'raw-rsa' && key.type === 'rsa') {
    const { keyNamespace, keyName, padding } = description;
    if (padding === 'pkcs1') return createRawRsaKeyring({ keyNamespace, keyName, padding });
    const pkcs8 = base64(key.privatePem.replace(/-----[^-]+-----|\s/g, ''));
    const algorithm = { name: 'RSA-OAEP', hash: padding.replace('oaep-sha', 'SHA-') };
    const privateKey = await subtle().importKey('pkcs8', pkcs8, algorithm, false, ['decrypt']);
    return createRawRsaKeyring({ keyNamespace, keyName, privateKey });
  }
  throw new Error(`key ${description.key} is not one for a ${description.type} keyring`);
}

function kmsOf(arn: string, table: Extract<VectorKeyring, { type: 'kms' }>['table']): KmsMessageClient {
  const readsOnly = async () => {
    throw new Error('the vectors only read');
  };
  return {
    generateDataKey: readsOnly,
    encrypt: readsOnly,
    async decrypt({ keyId, ciphertextBlob, encryptionContext }) {
      const row = table.find(
        (each) =>
          keyId === arn &&
          each.ciphertextBlob === toBase64(ciphertextBlob) &&
          equalDescriptions(each.encryptionContext, encryptionContext),
      );
      if (!row) throw Object.assign(new Error('stub KMS'), { name: 'InvalidCiphertextException' });
      return { plaintext: base64(row.plaintext), keyId };
    },
  };
}

function base64(text: string): Bytes {
  const bytes = fromBase64(text);
  if (!bytes) throw new Error('the vector has broken base64');
  return bytes;
}
