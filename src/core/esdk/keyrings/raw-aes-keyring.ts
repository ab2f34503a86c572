import { type Bytes, concatBytes, equalBytes, fromUtf8, randomBytes, utf8 } from '../../bytes.ts';
import { EnvelopeError } from '../../errors.ts';
import { subtle } from '../../subtle.ts';
import { serializeContext, serializeContextAsOldClients } from '../context.ts';
import type { EncryptedDataKey } from '../header.ts';
import { uint32 } from '../numbers.ts';
import { ivBytes, tagBytes } from '../suite.ts';
import { checkDataKey, firstOpened, type MessageKeyring } from './keyring.ts';
import { checkRawKeyName, type RawKeyName } from './raw-name.ts';

export interface RawAesKeyringOptions extends RawKeyName {
  /** AES-GCM of 128, 192 or 256 bits, as `importWrappingKey` makes it; need not be extractable. */
  readonly wrappingKey: CryptoKey;
}

/** The bits of the tag and the bytes of the IV, between a key's name and the IV itself. */
const sizes = concatBytes(uint32(8 * tagBytes), uint32(ivBytes));

/**
 * Wraps data keys with AES-GCM, the encryption context as additional data (framework/raw-aes-keyring.md). When
 * opening, a context in the order of AWS's older JavaScript clients is tried as well.
 *
 * Throws `bad-argument` for a key of another kind or a reserved namespace.
 */
export function createRawAesKeyring({ wrappingKey, ...name }: RawAesKeyringOptions): MessageKeyring {
  const { algorithm, usages } = wrappingKey;
  if (algorithm.name !== 'AES-GCM' || !usages.includes('encrypt') || !usages.includes('decrypt')) {
    throw new EnvelopeError(
      'bad-argument',
      'a wrapping key must be an AES-GCM key that encrypts and decrypts',
    );
  }
  checkRawKeyName(name, sizes.length + ivBytes);
  const { keyNamespace, keyName } = name;
  /** What stands before the IV. */
  const infoPrefix = concatBytes(utf8(keyName), sizes);

  function fits({ providerId, providerInfo }: EncryptedDataKey): boolean {
    const prefix = providerInfo.subarray(0, infoPrefix.length);
    return (
      providerId === keyNamespace &&
      providerInfo.length === infoPrefix.length + ivBytes &&
      equalBytes(prefix, infoPrefix)
    );
  }

  async function open({ providerInfo, ciphertext }: EncryptedDataKey, context: Bytes): Promise<Bytes> {
    const webCrypto = subtle();
    try {
      const algorithm = cipher(providerInfo.subarray(infoPrefix.length), context);
      return new Uint8Array(await webCrypto.decrypt(algorithm, wrappingKey, ciphertext));
    } catch (cause) {
      throw new EnvelopeError('unwrap-failed', 'this key does not open the wrapped data key', { cause });
    }
  }

  return {
    async wrap({ suite, encryptionContext, dataKey = randomBytes(suite.keyBytes) }) {
      const iv = randomBytes(ivBytes);
      const algorithm = cipher(iv, serializeContext(encryptionContext));
      const ciphertext = new Uint8Array(await subtle().encrypt(algorithm, wrappingKey, dataKey));
      const providerInfo = concatBytes(infoPrefix, iv);
      return { dataKey, encryptedDataKeys: [{ providerId: keyNamespace, providerInfo, ciphertext }] };
    },

    unwrap({ suite, encryptionContext, encryptedDataKeys }) {
      const older = serializeContextAsOldClients(encryptionContext);
      const contexts = [serializeContext(encryptionContext), ...(older ? [older] : [])];
      const attempts = encryptedDataKeys
        .filter(fits)
        .flatMap((key) =>
          contexts.map((context) => async () => checkDataKey(await open(key, context), suite)),
        );
      return firstOpened(attempts);
    },
  };
}

/** The name of the raw AES key that wrapped; undefined where another kind of key did. */
export function aesNameIn({ providerId, providerInfo }: EncryptedDataKey): string | undefined {
  const at = providerInfo.length - ivBytes - sizes.length;
  if (at < 0 || providerId.startsWith('aws-kms')) return undefined;
  if (!equalBytes(providerInfo.subarray(at, at + sizes.length), sizes)) return undefined;
  return fromUtf8(providerInfo.subarray(0, at));
}

function cipher(iv: Bytes, additionalData: Bytes): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData, tagLength: 8 * tagBytes };
}
