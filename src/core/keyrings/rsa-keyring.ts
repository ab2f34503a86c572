import { type Bytes, concatBytes, equalBytes, randomBytes, utf8 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { subtle } from '../subtle.ts';
import { checkDescription, names } from './description.ts';
import type {
  ContentAlgorithm,
  Description,
  Keyring,
  UnwrapRequest,
  WrappedKey,
  WrapRequest,
} from './keyring.ts';
import { refuseContext } from './refuse-context.ts';
import { sealOaep } from './seal-oaep.ts';

/** What WebCrypto lacks, by what it wrapped. */
const oldPaddings: Readonly<Partial<Record<UnwrapRequest['wrapAlgorithm'], string>>> = {
  RSA: 'RSA with PKCS#1 v1.5 padding',
  'RSA/ECB/OAEPWithSHA-256AndMGF1Padding': 'RSA-OAEP with SHA-256 and MGF1 with SHA-1',
};

export interface RsaKeyringOptions {
  /** RSA-OAEP with SHA-1, for `encrypt`; without it the keyring only opens. */
  readonly publicKey?: CryptoKey | undefined;
  /** RSA-OAEP with SHA-1, for `decrypt`; without it the keyring only wraps. */
  readonly privateKey?: CryptoKey | undefined;
  readonly materialsDescription: Description;
}

/**
 * Wraps with RSA-OAEP (SHA-1, MGF1 with SHA-1, no label), as S3EC's raw RSA keyrings do. What is wrapped is
 * one byte of key length, the data key, and the content algorithm's name, which binds the key to it.
 * SHA-1 is the format's choice; OAEP does not rest on its collision resistance.
 *
 * What old writers wrapped with RSA stays shut (`wrap-unsupported`): WebCrypto has neither PKCS#1 v1.5 nor OAEP
 * with two different hashes, and a private-key operation of our own would tell too much by its timing.
 */
export function createRsaKeyring({
  publicKey,
  privateKey,
  materialsDescription,
}: RsaKeyringOptions): Keyring {
  if (publicKey) checkKey(publicKey, 'encrypt');
  if (privateKey) checkKey(privateKey, 'decrypt');
  checkDescription(materialsDescription, 'materials description');

  async function wrapDataKey(
    dataKey: Bytes,
    { contentAlgorithm, encryptionContext }: WrapRequest,
  ): Promise<WrappedKey> {
    if (!publicKey) throw new EnvelopeError('bad-argument', 'wrapping needs the public key');
    refuseContext(encryptionContext, 'bad-argument');
    const named = nameKey(dataKey, contentAlgorithm);
    const encryptedDataKey = await sealOaep(publicKey, named).finally(() => named.fill(0));
    return {
      encryptedDataKey,
      wrapAlgorithm: 'RSA-OAEP-SHA1',
      description: materialsDescription,
    };
  }

  return {
    fit({ wrapAlgorithm, description }) {
      // Of this kind is also what it cannot open: it is the one that can say why.
      const isRsa = wrapAlgorithm === 'RSA-OAEP-SHA1' || oldPaddings[wrapAlgorithm] !== undefined;
      if (!isRsa || !privateKey) return 'none';
      return names(description, materialsDescription) ? 'named' : 'possible';
    },

    wrapDataKey,

    async wrap(request) {
      const dataKey = randomBytes(32);
      return { dataKey, ...(await wrapDataKey(dataKey, request)) };
    },

    async unwrap({ wrapAlgorithm, contentAlgorithm, encryptedDataKey, encryptionContext }) {
      const old = oldPaddings[wrapAlgorithm];
      if (old) throw new EnvelopeError('wrap-unsupported', `this platform does not open ${old}`);
      if (wrapAlgorithm !== 'RSA-OAEP-SHA1' || !privateKey) {
        throw new EnvelopeError('wrap-unsupported', 'an RSA private key is not what opens this data key');
      }
      refuseContext(encryptionContext, 'context-mismatch');
      const webCrypto = subtle();
      let opened: Bytes;
      try {
        opened = new Uint8Array(await webCrypto.decrypt('RSA-OAEP', privateKey, encryptedDataKey));
      } catch (cause) {
        throw new EnvelopeError('unwrap-failed', 'this key does not open the wrapped data key', { cause });
      }
      const dataKey = opened.slice(1, 1 + (opened[0] ?? 0));
      const intact = equalBytes(opened, nameKey(dataKey, contentAlgorithm));
      opened.fill(0);
      if (intact) return dataKey;
      dataKey.fill(0);
      throw new EnvelopeError('unwrap-failed', 'the wrapped data key was made for another content algorithm');
    },
  };
}

function nameKey(dataKey: Bytes, contentAlgorithm: ContentAlgorithm): Bytes {
  return concatBytes(Uint8Array.of(dataKey.length), dataKey, utf8(contentAlgorithm));
}

function checkKey({ algorithm, usages }: CryptoKey, usage: KeyUsage): void {
  const { name, hash } = algorithm as RsaHashedKeyAlgorithm;
  if (name !== 'RSA-OAEP' || hash.name !== 'SHA-1' || !usages.includes(usage)) {
    throw new EnvelopeError('bad-argument', `an RSA key must be for RSA-OAEP with SHA-1 and allow ${usage}`);
  }
}
