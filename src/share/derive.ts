import { toBase64Url, utf8 } from '../core/bytes.ts';
import { importWrappingKey } from '../core/keyrings/aes-keyring.ts';

/** What a link's secret stands for (HKDF-SHA-256, RFC 5869, each with an info of its own). */
export interface ShareKeys {
  /** Names the share's folder; gives nothing of the secret away. */
  readonly id: string;
  /** AES-256; wraps the manifest's data key. */
  readonly wrappingKey: CryptoKey;
}

export async function deriveShareKeys(secret: Uint8Array<ArrayBuffer>): Promise<ShareKeys> {
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const derive = async (info: string, bytes: number) =>
    new Uint8Array(
      await crypto.subtle.deriveBits(
        { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: utf8(info) },
        material,
        8 * bytes,
      ),
    );
  const wrapping = await derive('s3-envelope share wrapping key', 32);
  const wrappingKey = await importWrappingKey(wrapping);
  wrapping.fill(0);
  return { id: toBase64Url(await derive('s3-envelope share id', 16)), wrappingKey };
}

/** Keys of a share's objects, below the place where shares are kept. */
export const manifestKey = (id: string) => `${id}/manifest`;
export const sharedFileKey = (id: string, index: number) => `${id}/${index}`;
