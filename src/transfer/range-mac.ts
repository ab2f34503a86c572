import { type Bytes, concatBytes, toBase64, utf8 } from '../core/bytes.ts';

/**
 * A MAC of plaintext that outlives its page on disk: nobody without the object's data key can make one, so a range
 * that has it is what this object opened to, whoever else can write to that disk.
 */
export interface RangeMac {
  /** In base64. */
  of(start: number, plaintext: Bytes): Promise<string>;
}

/**
 * HMAC-SHA-256 over etag, position and SHA-256 of the plaintext, under a key of its own (HKDF-SHA-256 of the data
 * key).
 */
export async function createRangeMac(dataKey: Bytes, etag: string): Promise<RangeMac> {
  const { subtle } = crypto;
  const base = await subtle.importKey('raw', dataKey, 'HKDF', false, ['deriveKey']);
  const key = await subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8('s3-envelope staged range') },
    base,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  );
  return {
    async of(start, plaintext) {
      const digest = new Uint8Array(await subtle.digest('SHA-256', plaintext));
      const mac = await subtle.sign('HMAC', key, concatBytes(utf8(`${etag}\n${start}\n`), digest));
      return toBase64(new Uint8Array(mac));
    },
  };
}
