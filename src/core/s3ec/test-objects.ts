/** What the tests of S3EC share: small keys, a KMS of one table, and whole objects in one call. */
import { type Bytes, concatBytes, toBase64 } from '../bytes.ts';
import { EnvelopeError, type ErrorCode } from '../errors.ts';
import { createAesKeyring, importWrappingKey } from '../keyrings/aes-keyring.ts';
import { equalDescriptions } from '../keyrings/description.ts';
import type { Description, Keyring, KmsClient } from '../keyrings/keyring.ts';
import type { Metadata, ObjectEncryptor } from '../object.ts';
import {
  encryptObject,
  type ParseOptions,
  parseEnvelope,
  type UnlockOptions,
  unlockEnvelope,
} from './s3ec.ts';

export interface StoredObject {
  readonly metadata: Metadata;
  readonly body: Bytes;
}

export async function aesKeyring(fill = 7, materialsDescription: Description = {}): Promise<Keyring> {
  const wrappingKey = await importWrappingKey(new Uint8Array(32).fill(fill));
  return createAesKeyring({ wrappingKey, materialsDescription });
}

/** KMS as far as a keyring sees it: the blob opens under its own key id and context, and under no other. */
export function createTestKms(): Required<KmsClient> & { readonly calls: string[] } {
  const rows: { keyId: string; blob: string; context: Description; plaintext: Bytes }[] = [];
  const calls: string[] = [];
  return {
    calls,
    async generateDataKey({ keyId, encryptionContext }) {
      calls.push('generateDataKey');
      const plaintext = crypto.getRandomValues(new Uint8Array(32));
      const ciphertextBlob = crypto.getRandomValues(new Uint8Array(60));
      rows.push({
        keyId,
        blob: toBase64(ciphertextBlob),
        context: encryptionContext,
        plaintext: plaintext.slice(),
      });
      return { plaintext, ciphertextBlob };
    },
    async encrypt({ keyId, plaintext, encryptionContext }) {
      calls.push('encrypt');
      const ciphertextBlob = crypto.getRandomValues(new Uint8Array(60));
      const row = { keyId, context: encryptionContext, plaintext: plaintext.slice() };
      rows.push({ ...row, blob: toBase64(ciphertextBlob) });
      return { ciphertextBlob };
    },
    async decrypt({ keyId, ciphertextBlob, encryptionContext }) {
      calls.push('decrypt');
      const blob = toBase64(ciphertextBlob);
      const row = rows.find(
        (each) =>
          each.keyId === keyId && each.blob === blob && equalDescriptions(each.context, encryptionContext),
      );
      if (!row) throw Object.assign(new Error('no'), { name: 'InvalidCiphertextException' });
      return { plaintext: row.plaintext.slice(), keyId };
    },
  };
}

export async function encryptWhole(
  keyring: Keyring,
  plaintext: Bytes,
  encryptionContext?: Description,
): Promise<StoredObject> {
  const encryptor = await encryptObject({ keyring, plaintextLength: plaintext.length, encryptionContext });
  return { metadata: encryptor.metadata, body: await sealWhole(encryptor, plaintext) };
}

export function sealWhole(encryptor: ObjectEncryptor, plaintext: Bytes): Promise<Bytes> {
  return encryptor.seal(0, plaintext);
}

/** Parses, unlocks, opens range by range and verifies; bytes come out only if all of that went well. */
export async function decryptWhole(
  { metadata, body }: StoredObject,
  options: UnlockOptions & ParseOptions,
  rangeBytes = 32 * 1024,
): Promise<Bytes> {
  const unlocked = await unlockEnvelope(parseEnvelope(metadata, options), options);
  const decryptor = unlocked.decryptor(body.length);
  const opened: Promise<Bytes>[] = [];
  let start = 0;
  do {
    const end = Math.min(start + rangeBytes, decryptor.plaintextLength);
    const range = decryptor.objectRange({ start, end });
    opened.push(decryptor.open(start, body.slice(range.start, range.end)));
    start = end;
  } while (start < decryptor.plaintextLength);
  const plaintext = concatBytes(...(await Promise.all(opened)));
  await decryptor.verify();
  return plaintext;
}

/** Format V2, sealed by WebCrypto in one piece. */
export async function encryptV2(
  keyring: Keyring,
  plaintext: Bytes,
  encryptionContext?: Description,
): Promise<StoredObject> {
  const wrapped = await keyring.wrap({ contentAlgorithm: 'AES/GCM/NoPadding', encryptionContext });
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const key = await crypto.subtle.importKey('raw', wrapped.dataKey, 'AES-GCM', false, ['encrypt']);
  const body = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plaintext));
  const metadata = {
    'x-amz-key-v2': toBase64(wrapped.encryptedDataKey),
    'x-amz-iv': toBase64(iv),
    'x-amz-cek-alg': 'AES/GCM/NoPadding',
    'x-amz-wrap-alg': wrapped.wrapAlgorithm,
    'x-amz-tag-len': '128',
    'x-amz-matdesc': JSON.stringify(wrapped.description),
  };
  return { metadata, body };
}

/** The code that an action is refused with; `no error` if it is not. */
export async function codeOf(action: () => unknown): Promise<ErrorCode | 'no error'> {
  try {
    await action();
    return 'no error';
  } catch (error) {
    if (error instanceof EnvelopeError) return error.code;
    throw error;
  }
}
