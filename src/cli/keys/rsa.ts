import { subtle } from '../../core/subtle.ts';
import type { OaepHash } from './key-spec.ts';
import type { RsaKey } from './read-key-file.ts';

/** Both halves, as far as they are there, for RSA-OAEP with one hash. */
export async function importRsa(
  { spki, pkcs8 }: RsaKey,
  hash: OaepHash,
): Promise<{ readonly publicKey: CryptoKey; readonly privateKey?: CryptoKey }> {
  const algorithm = { name: 'RSA-OAEP', hash };
  const publicKey = await subtle().importKey('spki', spki, algorithm, false, ['encrypt']);
  if (!pkcs8) return { publicKey };
  return { publicKey, privateKey: await subtle().importKey('pkcs8', pkcs8, algorithm, false, ['decrypt']) };
}
