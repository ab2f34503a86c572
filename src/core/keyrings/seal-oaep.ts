import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { subtle } from '../subtle.ts';

const digestBytes: Readonly<Record<string, number>> = {
  'SHA-1': 20,
  'SHA-256': 32,
  'SHA-384': 48,
  'SHA-512': 64,
};

/**
 * RSA-OAEP (RFC 8017, section 7.1.1). Rejects with `bad-argument` where the key has no room for so many bytes and their
 * padding: asked of the platform, that ends the whole page in WebKitGTK (2.50).
 */
export async function sealOaep(publicKey: CryptoKey, bytes: Bytes): Promise<Bytes> {
  const { modulusLength, hash } = publicKey.algorithm as RsaHashedKeyAlgorithm;
  const padding = 2 * (digestBytes[hash.name] ?? 64) + 2;
  if (bytes.length > modulusLength / 8 - padding) {
    throw new EnvelopeError('bad-argument', 'the RSA key is too short for a data key and its padding', {
      details: { modulusLength },
    });
  }
  return new Uint8Array(await subtle().encrypt('RSA-OAEP', publicKey, bytes));
}
