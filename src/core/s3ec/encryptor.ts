import { createGcmSealer, type MessageParameters } from '../gcm/gcm.ts';
import type { ObjectEncryptor } from '../object.ts';
import { blockBytes, tagBytes } from './algorithm.ts';
import { objectRangeOf } from './content.ts';

/** Seals the body of one object: its ciphertext, and the tag behind the last range. */
export async function createEncryptor(
  message: MessageParameters,
  plaintextLength: number,
): Promise<Omit<ObjectEncryptor, 'metadata'>> {
  const sealer = await createGcmSealer(message);
  return {
    plaintextLength,
    objectLength: plaintextLength + tagBytes,
    granularity: blockBytes,
    objectRange: (plaintext) => objectRangeOf(plaintext, plaintextLength),

    async seal(start, plaintext, into) {
      const { length } = plaintext;
      if (start + length !== plaintextLength) return sealer.seal(start, plaintext, into);
      const room = into && into.length >= length + tagBytes ? into : new Uint8Array(length + tagBytes);
      const body = room.subarray(0, length + tagBytes);
      await sealer.seal(start, plaintext, body.subarray(0, length));
      await sealer.sealed();
      body.set(await sealer.tag(), length);
      return body;
    },
  };
}
