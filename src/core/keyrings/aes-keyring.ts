import { type Bytes, concatBytes, randomBytes, utf8 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { subtle } from '../subtle.ts';
import { checkDescription, names } from './description.ts';
import { refuseContext } from './encryption-context.ts';
import type { ContentAlgorithm, Description, Keyring } from './keyring.ts';

const nonceBytes = 12;
const tagBytes = 16;

/** An AES-GCM key that wraps data keys, and the name under which it is found again. */
export interface AesWrappingKey {
  /** AES-GCM, 128 or 256 bits, for `encrypt` and `decrypt`; need not be extractable. */
  readonly wrappingKey: CryptoKey;
  /** Stored with every object, readable by anyone; an empty one is not stored. */
  readonly materialsDescription: Description;
}

export interface AesKeyringOptions extends AesWrappingKey {
  /** Keys that once wrapped; they still open what names them. */
  readonly olderKeys?: readonly AesWrappingKey[] | undefined;
}

/**
 * A wrapping key of 16 or 32 bytes (24 where the platform has AES-192; Chromium has not), non-extractable.
 * The caller's bytes are not kept and can be wiped afterwards. Rejects with `bad-argument` or
 * `algorithm-unsupported`.
 */
export async function importWrappingKey(raw: Bytes): Promise<CryptoKey> {
  if (![16, 24, 32].includes(raw.length)) {
    throw new EnvelopeError('bad-argument', `a wrapping key has 16 or 32 bytes, not ${raw.length}`);
  }
  const webCrypto = subtle();
  try {
    return await webCrypto.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
  } catch (cause) {
    throw new EnvelopeError('algorithm-unsupported', `this platform has no AES-${8 * raw.length}`, { cause });
  }
}

/**
 * Wraps with AES-GCM as S3EC's raw AES keyrings do: nonce (12 bytes), wrapped key, tag (16), the content
 * algorithm's name as additional data. When opening, the key is the one whose materials description equals
 * the stored one, else the first, as Java's client has it: the description is a hint that nothing authenticates.
 */
export function createAesKeyring({
  wrappingKey,
  materialsDescription,
  olderKeys = [],
}: AesKeyringOptions): Keyring {
  const current = { wrappingKey, materialsDescription };
  const keys = [current, ...olderKeys];
  for (const key of keys) checkKey(key);

  return {
    fit({ wrapAlgorithm, description }) {
      if (wrapAlgorithm !== 'AES/GCM') return 'none';
      return keys.some((key) => names(description, key.materialsDescription)) ? 'named' : 'possible';
    },

    async wrap({ contentAlgorithm, encryptionContext }) {
      refuseContext(encryptionContext, 'bad-argument');
      const dataKey = randomBytes(32);
      const nonce = randomBytes(nonceBytes);
      const sealed = await subtle().encrypt(cipher(nonce, contentAlgorithm), wrappingKey, dataKey);
      return {
        dataKey,
        encryptedDataKey: concatBytes(nonce, new Uint8Array(sealed)),
        wrapAlgorithm: 'AES/GCM',
        description: materialsDescription,
      };
    },

    async unwrap(request) {
      const { encryptedDataKey, contentAlgorithm } = request;
      if (request.wrapAlgorithm !== 'AES/GCM') {
        throw new EnvelopeError(
          'wrap-unsupported',
          'an AES key does not open what another kind of key wrapped',
        );
      }
      refuseContext(request.encryptionContext, 'context-mismatch');
      const { wrappingKey: key } =
        keys.find((held) => names(request.description, held.materialsDescription)) ?? current;
      const nonce = encryptedDataKey.subarray(0, nonceBytes);
      const webCrypto = subtle();
      try {
        const opened = await webCrypto.decrypt(
          cipher(nonce, contentAlgorithm),
          key,
          encryptedDataKey.subarray(nonceBytes),
        );
        return new Uint8Array(opened);
      } catch (cause) {
        throw new EnvelopeError('unwrap-failed', 'this key does not open the wrapped data key', { cause });
      }
    },
  };
}

function cipher(iv: Bytes, contentAlgorithm: ContentAlgorithm): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: utf8(contentAlgorithm), tagLength: 8 * tagBytes };
}

function checkKey({ wrappingKey, materialsDescription }: AesWrappingKey): void {
  const { algorithm, usages } = wrappingKey;
  if (algorithm.name !== 'AES-GCM' || !usages.includes('encrypt') || !usages.includes('decrypt')) {
    throw new EnvelopeError(
      'bad-argument',
      'a wrapping key must be an AES-GCM key that encrypts and decrypts',
    );
  }
  checkDescription(materialsDescription, 'materials description');
}
