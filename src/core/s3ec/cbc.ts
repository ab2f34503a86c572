import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { decryptBlocks, withoutPadding } from '../keyrings/cbc-blocks.ts';
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

  return {
    longestPlaintext: objectLength - 1,
    async open(at, body) {
      const from = at === 0 ? 0 : blockBytes;
      const ciphertext = body.subarray(from);
      const position = at + from;
      if (ciphertext.length === 0) return { at: position, plaintext: ciphertext };
      const blocks = await decryptBlocks(key, at === 0 ? iv : body.slice(0, blockBytes), ciphertext);
      const isLast = position + ciphertext.length === objectLength;
      const plaintext = isLast ? withoutPadding(blocks) : blocks;
      // One refusal for everything: how it failed is what an oracle is made of.
      if (!plaintext) throw undecryptable();
      return { at: position, plaintext };
    },
  };
}

function undecryptable(): EnvelopeError {
  return new EnvelopeError('content-invalid', 'the content does not decrypt');
}
