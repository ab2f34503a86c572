import {
  type Bytes,
  concatBytes,
  equalBytes,
  fromBase64,
  randomBytes,
  toBase64,
  utf8,
} from '../core/bytes.ts';

/**
 * A MAC of plaintext that outlives its page on disk: nobody without the object's data key can make one, so a range
 * that has it is what this object opened to, whoever else can write to that disk.
 */
export interface RangeMac {
  /** In base64. */
  of(start: number, plaintext: Bytes): Promise<string>;
  /** Whether the plaintext at `start` has this MAC; false as well for one that cannot be. */
  fits(start: number, plaintext: Bytes, mac: string): Promise<boolean>;
}

const nonceBytes = 12;

/**
 * GMAC (AES-GCM of which the plaintext is additional data, NIST SP 800-38D) over position and plaintext, with a
 * random nonce before it, under a key of its own: HKDF-SHA-256 of the data key for this etag.
 */
export async function createRangeMac(dataKey: Bytes, etag: string): Promise<RangeMac> {
  const { subtle } = crypto;
  const base = await subtle.importKey('raw', dataKey, 'HKDF', false, ['deriveKey']);
  const info = utf8(`s3-envelope staged range\n${etag}`);
  const key = await subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt'],
  );
  async function macOf(iv: Bytes, start: number, additionalData: Bytes): Promise<Bytes> {
    const sealed = await subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, utf8(`${start}`));
    return new Uint8Array(sealed).slice(-16);
  }
  return {
    async of(start, plaintext) {
      const nonce = randomBytes(nonceBytes);
      return toBase64(concatBytes(nonce, await macOf(nonce, start, plaintext)));
    },
    async fits(start, plaintext, mac) {
      const found = fromBase64(mac);
      if (found?.length !== nonceBytes + 16) return false;
      const nonce = found.slice(0, nonceBytes);
      return equalBytes(await macOf(nonce, start, plaintext), found.subarray(nonceBytes));
    },
  };
}
