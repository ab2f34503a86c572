import { type Bytes, concatBytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { subtle } from '../subtle.ts';
import { blockBytes } from './algorithm.ts';
import type { Blocks } from './unauthenticated.ts';

export async function importCbcKey(dataKey: Bytes): Promise<CryptoKey> {
  const webCrypto = subtle();
  try {
    return await webCrypto.importKey('raw', dataKey, 'AES-CBC', false, ['encrypt', 'decrypt']);
  } catch (cause) {
    const bits = 8 * dataKey.length;
    throw new EnvelopeError('algorithm-unsupported', `this platform has no AES-${bits}`, { cause });
  }
}

/** AES-CBC with PKCS#7 padding, any blocks of it. Throws `content-invalid` for a length that it cannot have. */
export function createCbcBlocks(objectLength: number, key: CryptoKey, iv: Bytes): Blocks {
  if (!Number.isSafeInteger(objectLength) || objectLength < 0) {
    throw new EnvelopeError('bad-argument', 'the length of an object must be a whole number of bytes');
  }
  if (objectLength === 0 || objectLength % blockBytes !== 0) throw undecryptable();

  /** One more block, which decrypts to a whole block of padding after `last`. */
  async function paddingAfter(last: Bytes): Promise<Bytes> {
    const block = last.map((byte) => byte ^ blockBytes);
    const sealed = await subtle().encrypt({ name: 'AES-CBC', iv: new Uint8Array(blockBytes) }, key, block);
    return new Uint8Array(sealed).subarray(0, blockBytes);
  }

  return {
    longestPlaintext: objectLength - 1,
    async open(at, body) {
      const from = at === 0 ? 0 : blockBytes;
      const ciphertext = body.subarray(from);
      const position = at + from;
      if (ciphertext.length === 0) return { at: position, plaintext: ciphertext };
      const isLast = position + ciphertext.length === objectLength;
      const message = isLast
        ? ciphertext
        : concatBytes(ciphertext, await paddingAfter(ciphertext.slice(-blockBytes)));
      const cipher = { name: 'AES-CBC', iv: at === 0 ? iv : body.subarray(0, blockBytes) };
      try {
        return { at: position, plaintext: new Uint8Array(await subtle().decrypt(cipher, key, message)) };
      } catch {
        // Not even the cause: how it failed is what an oracle is made of.
        throw undecryptable();
      }
    },
  };
}

function undecryptable(): EnvelopeError {
  return new EnvelopeError('content-invalid', 'the content does not decrypt');
}
