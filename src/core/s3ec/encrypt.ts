import { isAllZero, randomBytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { createGcmSealer } from '../gcm/gcm.ts';
import type { Description, Keyring } from '../keyrings/keyring.ts';
import type { ObjectEncryptor } from '../object.ts';
import { blockBytes, tagBytes, v3Algorithm } from './algorithm.ts';
import { checkPlaintextLength, objectRangeOf, v3Message } from './content.ts';
import { createDerivation } from './derivation.ts';
import { formatEnvelope } from './envelope.ts';

export interface EncryptOptions {
  readonly keyring: Keyring;
  /** Bytes, at most 2^36 - 32; 0 is fine. */
  readonly plaintextLength: number;
  /** For KMS keyrings alone. Stored with the object, readable by anyone. */
  readonly encryptionContext?: Description | undefined;
}

/** Seals one object in format V3. */
export interface S3ecEncryptor extends ObjectEncryptor {
  /**
   * A key of this object's own for what is stored beside its content, such as its name: AES-256-GCM,
   * non-extractable, by the object's HKDF under `s3-envelope ` and the label. Whoever opens the object derives
   * it again. One label, one key: never seal two things under it with the same IV.
   */
  deriveKey(label: string): Promise<CryptoKey>;
}

/**
 * Has a data key made and wrapped, and commits to it (format V3, suite 115). Rejects with `too-large` or
 * `bad-argument` before any key is made, else with what the keyring answers.
 */
export async function encryptObject({
  keyring,
  plaintextLength,
  encryptionContext,
}: EncryptOptions): Promise<S3ecEncryptor> {
  checkPlaintextLength(plaintextLength);
  const messageId = randomBytes(28);
  if (isAllZero(messageId)) {
    throw new EnvelopeError('random-failed', 'the random number generator gives nothing but zeros');
  }
  const { dataKey, encryptedDataKey, wrapAlgorithm, description } = await keyring.wrap({
    contentAlgorithm: v3Algorithm,
    encryptionContext,
  });
  try {
    if (dataKey.length !== 32 || encryptedDataKey.length === 0) {
      throw new EnvelopeError('data-key-invalid', 'the keyring gave no data key of 32 bytes');
    }
    const derivation = await createDerivation(dataKey, messageId);
    const sealer = await createGcmSealer(v3Message(await derivation.contentKey(), plaintextLength));
    const metadata = formatEnvelope({
      version: 3,
      contentAlgorithm: v3Algorithm,
      wrapAlgorithm,
      encryptedDataKey,
      description,
      messageId,
      commitment: await derivation.commitment(),
    });
    return {
      plaintextLength,
      objectLength: plaintextLength + tagBytes,
      metadata,
      granularity: blockBytes,
      objectRange: (plaintext) => objectRangeOf(plaintext, plaintextLength),
      deriveKey: derivation.deriveKey,

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
  } finally {
    dataKey.fill(0);
  }
}
