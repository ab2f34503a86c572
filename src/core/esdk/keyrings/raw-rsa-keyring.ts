import { type Bytes, equalBytes, randomBytes, utf8 } from '../../bytes.ts';
import { EnvelopeError } from '../../errors.ts';
import { sealOaep } from '../../keyrings/seal-oaep.ts';
import { subtle } from '../../subtle.ts';
import type { EncryptedDataKey } from '../header.ts';
import { checkDataKey, firstOpened, type MessageKeyring } from './keyring.ts';
import { withLeadingZeros } from './leading-zeros.ts';
import { checkRawKeyName, type RawKeyName } from './raw-name.ts';

/**
 * The padding, which no message records, is the keys' own: RSA-OAEP with SHA-1, SHA-256, SHA-384 or SHA-512, for
 * the label and for MGF1 alike. `pkcs1` stands for what WebCrypto has not.
 */
export type RsaKeys =
  | {
      /** For `encrypt`; without it the keyring only opens. */
      readonly publicKey?: CryptoKey | undefined;
      /** For `decrypt`; without it the keyring only wraps. */
      readonly privateKey?: CryptoKey | undefined;
    }
  | { readonly padding: 'pkcs1' };

export type RawRsaKeyringOptions = RawKeyName & RsaKeys;

const hashes = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

/**
 * Wraps data keys with RSA-OAEP (framework/raw-rsa-keyring.md). RSA binds no encryption context to the data key;
 * the header's tag does that.
 *
 * Throws `bad-argument` for keys of another kind or a reserved namespace; so does wrapping where the padding leaves no
 * room for a data key (1024 bits with SHA-512). A keyring for PKCS #1 v1.5 wraps and opens nothing: `wrap-unsupported`.
 */
export function createRawRsaKeyring({
  keyNamespace,
  keyName,
  ...keys
}: RawRsaKeyringOptions): MessageKeyring {
  checkRawKeyName({ keyNamespace, keyName });
  const info = utf8(keyName);
  const { publicKey, privateKey } =
    'padding' in keys ? { publicKey: undefined, privateKey: undefined } : keys;
  if (publicKey) checkKey(publicKey, 'encrypt');
  if (privateKey) checkKey(privateKey, 'decrypt');

  const fits = ({ providerId, providerInfo }: EncryptedDataKey) =>
    providerId === keyNamespace && equalBytes(providerInfo, info);

  async function open({ ciphertext }: EncryptedDataKey): Promise<Bytes> {
    if (!privateKey) throw unsupportedOrMissing('private');
    const webCrypto = subtle();
    try {
      return new Uint8Array(await webCrypto.decrypt('RSA-OAEP', privateKey, ciphertext));
    } catch (cause) {
      throw new EnvelopeError('unwrap-failed', 'this key does not open the wrapped data key', { cause });
    }
  }

  function unsupportedOrMissing(half: 'public' | 'private'): EnvelopeError {
    return 'padding' in keys
      ? new EnvelopeError('wrap-unsupported', 'WebCrypto has no RSA encryption with PKCS #1 v1.5 padding')
      : new EnvelopeError('bad-argument', `the keyring has no ${half} key`);
  }

  return {
    async wrap({ suite, dataKey = randomBytes(suite.keyBytes) }) {
      if (!publicKey) throw unsupportedOrMissing('public');
      const ciphertext = await sealOaep(publicKey, dataKey);
      const wrapped = { providerId: keyNamespace, providerInfo: info.slice(), ciphertext };
      return { dataKey, encryptedDataKeys: [wrapped] };
    },

    async unwrap({ suite, encryptedDataKeys }) {
      const fitting = encryptedDataKeys.filter(fits);
      const attempts = fitting.map((key) => async () => {
        const opened = await withLeadingZeros(await open(key), suite.keyBytes);
        return checkDataKey(opened, suite);
      });
      return firstOpened(attempts);
    },
  };
}

function checkKey({ algorithm, usages }: CryptoKey, usage: KeyUsage): void {
  const { name, hash } = algorithm as RsaHashedKeyAlgorithm;
  if (name !== 'RSA-OAEP' || !hashes.includes(hash.name) || !usages.includes(usage)) {
    throw new EnvelopeError('bad-argument', `an RSA key must be for RSA-OAEP and allow ${usage}`);
  }
}
