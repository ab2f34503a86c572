import { type Bytes, utf8 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import type { GcmKey, MessageParameters } from '../gcm/gcm.ts';
import type { ByteRange } from '../object.ts';
import { maxPlaintextBytes, tagBytes } from './algorithm.ts';

/** V3's content key is used once, so its IV is fixed, and the suite's id is authenticated with the content. */
export function v3Message(key: GcmKey, plaintextLength: number): MessageParameters {
  return { key, iv: new Uint8Array(12).fill(1), additionalData: utf8('\x00\x73'), plaintextLength };
}

/** V2 encrypts with the data key itself under the envelope's IV, and authenticates nothing beside. */
export function v2Message(key: GcmKey, iv: Bytes, plaintextLength: number): MessageParameters {
  return { key, iv, plaintextLength };
}

/**
 * Bytes of plaintext in an object of so many bytes: all but the tag. Throws `truncated` where there is no
 * room for one, `too-large` beyond what AES-GCM can have written.
 */
export function plaintextLengthOf(objectLength: number): number {
  if (!Number.isSafeInteger(objectLength) || objectLength < 0) {
    throw new EnvelopeError('bad-argument', 'the length of an object must be a whole number of bytes');
  }
  if (objectLength < tagBytes) {
    throw new EnvelopeError('truncated', 'the object is shorter than its tag', { details: { objectLength } });
  }
  checkPlaintextLength(objectLength - tagBytes);
  return objectLength - tagBytes;
}

/** Throws `bad-argument` or `too-large`. */
export function checkPlaintextLength(plaintextLength: number): void {
  if (!Number.isSafeInteger(plaintextLength) || plaintextLength < 0) {
    throw new EnvelopeError('bad-argument', 'the length of the plaintext must be a whole number of bytes');
  }
  if (plaintextLength > maxPlaintextBytes) {
    throw new EnvelopeError('too-large', 'one S3EC object holds at most 64 GiB less 32 bytes', {
      details: { plaintextLength, maxPlaintextBytes },
    });
  }
}

/** The same bytes, and the tag after the last of them. */
export function objectRangeOf({ start, end }: ByteRange, plaintextLength: number): ByteRange {
  if (!(0 <= start && start <= end && end <= plaintextLength)) {
    throw new EnvelopeError('bad-argument', 'the range is not within the plaintext', {
      details: { start, end, plaintextLength },
    });
  }
  return { start, end: end === plaintextLength ? end + tagBytes : end };
}
