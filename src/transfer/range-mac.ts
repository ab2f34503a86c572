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

const nonceBytes = 8;
const tagBytes = 16;

/**
 * Bytes under one GMAC: what is much longer a browser copies into memory that it takes fresh from the system, which
 * costs several times the hashing.
 */
const pieceBytes = 512 * 1024;
const wholeNumber = 2 ** 32 - 1;

/**
 * GMAC (AES-GCM of which the text is additional data, NIST SP 800-38D) of each piece of the plaintext, and of position
 * and all these. The IVs are a random nonce and the piece's number; the key, HKDF-SHA-256 of the data key for this etag.
 */
export async function createRangeMac(dataKey: Bytes, etag: string): Promise<RangeMac> {
  const { subtle } = crypto;
  const base = await subtle.importKey('raw', dataKey, 'HKDF', false, ['deriveKey']);
  const info = utf8(`s3-envelope staged range, in pieces\n${etag}`);
  const key = await subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt'],
  );
  async function gmac(nonce: Bytes, number: number, additionalData: Bytes): Promise<Bytes> {
    const iv = new Uint8Array(nonceBytes + 4);
    iv.set(nonce);
    new DataView(iv.buffer).setUint32(nonceBytes, number);
    return new Uint8Array(
      await subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, new Uint8Array()),
    );
  }
  async function macOf(nonce: Bytes, start: number, plaintext: Bytes): Promise<Bytes> {
    const tags: Bytes[] = [];
    for (let at = 0; at < plaintext.length; at += pieceBytes) {
      tags.push(await gmac(nonce, tags.length, plaintext.subarray(at, at + pieceBytes)));
    }
    return gmac(nonce, wholeNumber, concatBytes(utf8(`${start} ${plaintext.length}\n`), ...tags));
  }
  return {
    async of(start, plaintext) {
      const nonce = randomBytes(nonceBytes);
      return toBase64(concatBytes(nonce, await macOf(nonce, start, plaintext)));
    },
    async fits(start, plaintext, mac) {
      const found = fromBase64(mac);
      if (found?.length !== nonceBytes + tagBytes) return false;
      const nonce = found.slice(0, nonceBytes);
      return equalBytes(await macOf(nonce, start, plaintext), found.subarray(nonceBytes));
    },
  };
}
