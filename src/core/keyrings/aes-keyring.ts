import { type Bytes, concatBytes, randomBytes, utf8 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { loadPart } from '../load-part.ts';
import { subtle } from '../subtle.ts';
import { checkDescription, equalDescriptions, names } from './description.ts';
import type {
  ContentAlgorithm,
  Description,
  Keyring,
  UnwrapRequest,
  WrappedKey,
  WrapRequest,
} from './keyring.ts';
import type { LegacyWrappingKey } from './legacy-aes.ts';
import { refuseContext } from './refuse-context.ts';

const nonceBytes = 12;
const tagBytes = 16;

/** An AES-GCM key that wraps data keys, and the name under which it is found again. */
export interface AesWrappingKey {
  /** AES-GCM, 128 or 256 bits, for `encrypt` and `decrypt`; need not be extractable. */
  readonly wrappingKey: CryptoKey;
  /** Stored with every object, readable by anyone; an empty one is not stored. */
  readonly materialsDescription: Description;
  /** The same key for `AESWrap` and for format V1; without it these are `wrap-unsupported`. */
  readonly legacy?: LegacyWrappingKey | undefined;
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
 * the stored one, an empty one too, else the first, as Java's client has it: the description is a hint that nothing
 * authenticates.
 */
export function createAesKeyring({ olderKeys = [], ...current }: AesKeyringOptions): Keyring {
  const keys = [current, ...olderKeys];
  for (const key of keys) checkKey(key);

  async function wrapDataKey(
    dataKey: Bytes,
    { contentAlgorithm, encryptionContext }: WrapRequest,
  ): Promise<WrappedKey> {
    refuseContext(encryptionContext, 'bad-argument');
    const nonce = randomBytes(nonceBytes);
    const sealed = await subtle().encrypt(cipher(nonce, contentAlgorithm), current.wrappingKey, dataKey);
    return {
      encryptedDataKey: concatBytes(nonce, new Uint8Array(sealed)),
      wrapAlgorithm: 'AES/GCM',
      description: current.materialsDescription,
    };
  }

  return {
    fit({ wrapAlgorithm, description }) {
      const able = keys.filter((key) => unwrapBy(key, wrapAlgorithm));
      if (able.length === 0) return 'none';
      return able.some((key) => names(description, key.materialsDescription)) ? 'named' : 'possible';
    },

    wrapDataKey,

    async wrap(request) {
      const dataKey = randomBytes(32);
      return { dataKey, ...(await wrapDataKey(dataKey, request)) };
    },

    async unwrap({ wrapAlgorithm, description, encryptedDataKey, contentAlgorithm, encryptionContext }) {
      const able = keys.filter((key) => unwrapBy(key, wrapAlgorithm));
      const key = able.find((held) => equalDescriptions(description, held.materialsDescription)) ?? able[0];
      const open = key && unwrapBy(key, wrapAlgorithm);
      if (!open) {
        throw new EnvelopeError(
          'wrap-unsupported',
          'an AES key does not open what another kind of key wrapped',
        );
      }
      refuseContext(encryptionContext, 'context-mismatch');
      subtle();
      try {
        return await open(encryptedDataKey, contentAlgorithm);
      } catch (cause) {
        if (cause instanceof EnvelopeError) throw cause;
        throw new EnvelopeError('unwrap-failed', 'this key does not open the wrapped data key', { cause });
      }
    },
  };
}

type Unwrap = (encryptedDataKey: Bytes, contentAlgorithm: ContentAlgorithm) => Promise<Bytes>;

/** How this key opens what was wrapped so; undefined if it does not. */
function unwrapBy(
  { wrappingKey, legacy }: AesWrappingKey,
  wrapAlgorithm: UnwrapRequest['wrapAlgorithm'],
): Unwrap | undefined {
  if (wrapAlgorithm === 'AES/GCM') return (wrapped, bound) => unwrapGcm(wrappingKey, wrapped, bound);
  if (!legacy) return undefined;
  const old = () => loadPart(import('./legacy-aes.ts'));
  if (wrapAlgorithm === 'AESWrap') return async (wrapped) => (await old()).unwrapKw(legacy, wrapped);
  return wrapAlgorithm === 'AES' ? async (wrapped) => (await old()).unwrapEcb(legacy, wrapped) : undefined;
}

async function unwrapGcm(
  key: CryptoKey,
  encryptedDataKey: Bytes,
  contentAlgorithm: ContentAlgorithm,
): Promise<Bytes> {
  const nonce = encryptedDataKey.subarray(0, nonceBytes);
  const sealed = encryptedDataKey.subarray(nonceBytes);
  return new Uint8Array(await subtle().decrypt(cipher(nonce, contentAlgorithm), key, sealed));
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
