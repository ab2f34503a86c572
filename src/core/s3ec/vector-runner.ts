/** Runs the vectors of `vectors/` (its README has the schema) against this reader. For tests. */
import { type Bytes, fromBase64, toBase64 } from '../bytes.ts';
import { createAesKeyring, importWrappingKey } from '../keyrings/aes-keyring.ts';
import { equalDescriptions } from '../keyrings/description.ts';
import type { Description, Keyring } from '../keyrings/keyring.ts';
import { createKmsKeyring } from '../keyrings/kms-keyring.ts';
import { createRsaKeyring } from '../keyrings/rsa-keyring.ts';
import type { Metadata } from '../object.ts';
import { type CommitmentPolicy, parseEnvelope, type UnlockedObject, unlockEnvelope } from './s3ec.ts';
import { decryptWhole } from './test-objects.ts';

type KeyMaterial =
  | { readonly type: 'aes'; readonly material: string }
  | { readonly type: 'rsa'; readonly privatePem: string };

type KeyringDescription =
  | { readonly type: 'aes' | 'rsa'; readonly key: string; readonly materialsDescription?: Description }
  | {
      readonly type: 'kms';
      readonly keyId: string;
      readonly table: readonly {
        readonly ciphertextBlob: string;
        readonly encryptionContext: Description;
        readonly plaintext: string;
      }[];
    };

export type Expectation =
  | { readonly ok: true; readonly plaintextLength: number; readonly plaintextSha256: string }
  | {
      readonly ok: false;
      readonly family: string;
      readonly familyAlso?: readonly string[];
      readonly kmsMustNotBeCalled?: boolean;
    };

export interface Vector {
  readonly id: string;
  readonly formatVersion: 1 | 2 | 3;
  readonly note: string;
  readonly object: { readonly metadata: Metadata; readonly body: string };
  readonly instruction: null | { readonly suffix: string; readonly body: string };
  readonly keyring: KeyringDescription;
  readonly options: {
    readonly commitmentPolicy?: CommitmentPolicy;
    readonly allowLegacyWrapping?: boolean;
    readonly allowLegacyUnauthenticated?: boolean;
    readonly encryptionContext?: Description;
    readonly range?: readonly [number, number];
  };
  readonly needs?: readonly string[];
  readonly expect: Expectation;
}

export interface VectorGroup {
  readonly group: string;
  readonly vectors: readonly Vector[];
}

const files = import.meta.glob<VectorGroup>(
  ['./vectors/*.json', '!./vectors/keys.json', '!./vectors/s3ec-bytes.json'],
  {
    eager: true,
    import: 'default',
  },
);
const keyFiles = import.meta.glob<{ readonly keys: Readonly<Record<string, KeyMaterial>> }>(
  './vectors/keys.json',
  {
    eager: true,
    import: 'default',
  },
);

export const vectorGroups: readonly VectorGroup[] = Object.values(files);

const keyMaterials: Readonly<Record<string, KeyMaterial>> = Object.assign(
  {},
  ...Object.values(keyFiles).map(({ keys }) => keys),
);

export interface VectorKeyring {
  readonly keyring: Keyring;
  kmsCalls(): number;
}

export async function openKeyring(description: KeyringDescription): Promise<VectorKeyring> {
  if (description.type === 'kms') {
    let calls = 0;
    const { keyId, table } = description;
    const keyring = createKmsKeyring({
      keyId,
      client: {
        async generateDataKey() {
          throw new Error('the vectors only read');
        },
        async decrypt(request) {
          calls += 1;
          const blob = toBase64(request.ciphertextBlob);
          const row = table.find(
            (each) =>
              request.keyId === keyId &&
              each.ciphertextBlob === blob &&
              equalDescriptions(each.encryptionContext, request.encryptionContext),
          );
          if (!row) throw Object.assign(new Error('stub KMS'), { name: 'InvalidCiphertextException' });
          return { plaintext: base64(row.plaintext) };
        },
      },
    });
    return { keyring, kmsCalls: () => calls };
  }
  const { materialsDescription = {} } = description;
  const material = keyMaterials[description.key];
  if (material?.type === 'aes') {
    const wrappingKey = await importWrappingKey(base64(material.material));
    return { keyring: createAesKeyring({ wrappingKey, materialsDescription }), kmsCalls: () => 0 };
  }
  if (material?.type === 'rsa') {
    const algorithm = { name: 'RSA-OAEP', hash: 'SHA-1' };
    const pkcs8 = base64(material.privatePem.replace(/-----[^-]+-----|\s/g, ''));
    const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['decrypt']);
    return { keyring: createRsaKeyring({ privateKey, materialsDescription }), kmsCalls: () => 0 };
  }
  throw new Error(`no key ${description.key}`);
}

/** Reads the whole object. The keyring is made by the caller, who then sees what it was asked. */
export function readVector({ object, options }: Vector, keyring: Keyring): Promise<Bytes> {
  const { commitmentPolicy, encryptionContext } = options;
  const stored = { metadata: object.metadata, body: base64(object.body) };
  return decryptWhole(stored, { keyring, commitmentPolicy, encryptionContext });
}

export function unlockVector({ object, options }: Vector, keyring: Keyring): Promise<UnlockedObject> {
  const { commitmentPolicy, encryptionContext } = options;
  return unlockEnvelope(parseEnvelope(object.metadata), { keyring, commitmentPolicy, encryptionContext });
}

export function bodyOf({ object }: Vector): Bytes {
  return base64(object.body);
}

/** What this reader does not do yet, so that the vector's own expectation cannot hold. */
export type Later = 'instruction file' | 'legacy' | 'ranged read';

const legacyWraps = ['kms', 'AESWrap', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding'];

export function dueLater({ object, instruction, options, expect }: Vector): Later | undefined {
  const { metadata } = object;
  const wrappedKeys = ['x-amz-key', 'x-amz-key-v2', 'x-amz-3'].filter((name) => metadata[name]);
  if (instruction && wrappedKeys.length === 0) return 'instruction file';
  const legacyContent =
    metadata['x-amz-cek-alg']?.startsWith('AES/CBC/') || wrappedKeys.join() === 'x-amz-key';
  if (legacyContent && options.allowLegacyUnauthenticated) return 'legacy';
  if (legacyWraps.includes(metadata['x-amz-wrap-alg'] ?? '') && options.allowLegacyWrapping) return 'legacy';
  // Refusals of a ranged read come from the envelope, before the range matters.
  if (options.range && expect.ok) return 'ranged read';
  return undefined;
}

function base64(text: string): Bytes {
  const bytes = fromBase64(text);
  if (!bytes) throw new Error('the vector has broken base64');
  return bytes;
}
