import { type Bytes, equalBytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { createGcmOpener, type GcmOpener, type MessageParameters } from '../gcm/gcm.ts';
import type { ObjectDecryptor } from '../object.ts';
import { blockBytes } from './algorithm.ts';
import { objectRangeOf, plaintextLengthOf } from './content.ts';

/** Opens a body whose last 16 bytes are the tag of all before them. */
export function createDecryptor(
  objectLength: number,
  message: (plaintextLength: number) => MessageParameters,
): ObjectDecryptor {
  const plaintextLength = plaintextLengthOf(objectLength);
  let opener: Promise<GcmOpener> | undefined;
  let tag: Bytes | undefined;
  const whenReady = () => {
    opener ??= createGcmOpener(message(plaintextLength));
    return opener;
  };

  /** The ciphertext in the body; the tag, where the body reaches the object's end, is put aside. */
  function withoutTag(start: number, body: Bytes): Bytes {
    const end = start + body.length;
    if (end < plaintextLength) return body;
    if (end !== objectLength || start > plaintextLength) throw misfit(start, body);
    const found = body.slice(plaintextLength - start);
    if (tag && !equalBytes(tag, found)) {
      throw new EnvelopeError('tag-mismatch', 'the object came with two different tags');
    }
    tag = found;
    return body.subarray(0, plaintextLength - start);
  }

  return {
    plaintextLength,
    objectLength,
    granularity: blockBytes,
    verifies: 'whole',
    objectRange: (plaintext) => objectRangeOf(plaintext, plaintextLength),

    async open(start, body, into) {
      const ciphertext = withoutTag(start, body);
      return (await whenReady()).open(start, ciphertext, into);
    },

    async recall(start, plaintext) {
      await (await whenReady()).recall(start, plaintext);
    },

    async verify() {
      if (!tag) throw new EnvelopeError('truncated', 'the end of the object has not been opened');
      await (await whenReady()).verify(tag);
    },
  };
}

function misfit(start: number, body: Bytes): EnvelopeError {
  return new EnvelopeError('bad-argument', 'the body is not what `objectRange` asked for', {
    details: { start, length: body.length },
  });
}
