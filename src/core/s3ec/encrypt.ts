import { type Bytes, isAllZero, randomBytes } from '../bytes.ts';
import type { CommitmentPolicy } from '../commitment-policy.ts';
import { EnvelopeError } from '../errors.ts';
import { importGcmKey, type MessageParameters } from '../gcm/gcm.ts';
import type { Description, Keyring, WrappedKey } from '../keyrings/keyring.ts';
import type { ObjectEncryptor } from '../object.ts';
import { v2Algorithm, v3Algorithm } from './algorithm.ts';
import { checkPlaintextLength, v2Message, v3Message } from './content.ts';
import { createDerivation, type Derivation, derivesNothing } from './derivation.ts';
import { createEncryptor } from './encryptor.ts';
import { formatEnvelope, type WritableEnvelope } from './format.ts';
import { defaultInstructionSuffix } from './instruction-file.ts';
import { algorithmToWrite, type WrittenAlgorithm } from './policy.ts';
import { type InstructionFile, toInstructionFile } from './write-instruction-file.ts';

export interface EncryptOptions {
  readonly keyring: Keyring;
  /** Bytes, at most 2^36 - 32; 0 is fine. */
  readonly plaintextLength: number;
  /** For KMS keyrings alone. Stored with the object, readable by anyone. */
  readonly encryptionContext?: Description | undefined;
  /** `FORBID_ENCRYPT_ALLOW_DECRYPT` writes format V2, for readers that know no other; every other V3. */
  readonly commitmentPolicy?: CommitmentPolicy | undefined;
  /** To be sure of what is written; a policy that writes the other one is refused. */
  readonly contentAlgorithm?: WrittenAlgorithm | undefined;
  /**
   * Puts what opens the object into an instruction file, for keys and contexts that do not fit into 2 KB of
   * metadata. It can only be `.instruction`, where every client looks; re-wrapping makes others.
   */
  readonly instructionSuffix?: string | undefined;
}

/** Seals one object. */
export interface S3ecEncryptor extends ObjectEncryptor {
  /** What to store beside the object, before it. */
  readonly instructionFile?: InstructionFile | undefined;
  /**
   * A key of this object's own for what is stored beside its content, such as its name: AES-256-GCM,
   * non-extractable, by the object's HKDF under `s3-envelope ` and the label. Whoever opens the object derives
   * it again. One label, one key: never seal two things under it with the same IV. V2 derives none:
   * `algorithm-unsupported`.
   */
  deriveKey: Derivation['deriveKey'];
}

/**
 * Has a data key made and wrapped, and commits to it (format V3, suite 115) unless the policy forbids that
 * (V2). Rejects with `too-large`, `bad-argument`, `policy-mismatch` or `random-failed` before any key is made,
 * else with what the keyring answers.
 */
export async function encryptObject(options: EncryptOptions): Promise<S3ecEncryptor> {
  const { keyring, plaintextLength, encryptionContext, instructionSuffix } = options;
  checkPlaintextLength(plaintextLength);
  const contentAlgorithm = algorithmToWrite(options.commitmentPolicy, options.contentAlgorithm);
  if (instructionSuffix !== undefined && instructionSuffix !== defaultInstructionSuffix) {
    throw new EnvelopeError('bad-argument', 'nobody would look for an instruction file with another suffix');
  }
  const complete = contentAlgorithm === v3Algorithm ? beginV3() : beginV2();
  const { dataKey, ...wrapped } = await keyring.wrap({ contentAlgorithm, encryptionContext });
  try {
    if (dataKey.length !== 32 || wrapped.encryptedDataKey.length === 0) {
      throw new EnvelopeError('data-key-invalid', 'the keyring gave no data key of 32 bytes');
    }
    const { envelope, message, deriveKey } = await complete(dataKey, wrapped, plaintextLength);
    const encryptor = await createEncryptor(message, plaintextLength);
    const metadata = formatEnvelope(envelope);
    return {
      ...encryptor,
      ...(instructionSuffix === undefined ? { metadata } : toInstructionFile(metadata, instructionSuffix)),
      deriveKey,
    };
  } finally {
    dataKey.fill(0);
  }
}

/** What the formats differ in: what is drawn first, and what becomes of it once there is a data key. */
type Complete = (
  dataKey: Bytes,
  wrapped: WrappedKey,
  plaintextLength: number,
) => Promise<{
  readonly envelope: WritableEnvelope;
  readonly message: MessageParameters;
  readonly deriveKey: Derivation['deriveKey'];
}>;

function beginV3(): Complete {
  const messageId = drawn(28);
  return async (dataKey, wrapped, plaintextLength) => {
    const derivation = await createDerivation(dataKey, messageId);
    const commitment = await derivation.commitment();
    return {
      envelope: { version: 3, contentAlgorithm: v3Algorithm, ...wrapped, messageId, commitment },
      message: v3Message(await derivation.contentKey(), plaintextLength),
      deriveKey: derivation.deriveKey,
    };
  };
}

function beginV2(): Complete {
  const iv = drawn(12);
  return async (dataKey, wrapped, plaintextLength) => ({
    envelope: { version: 2, contentAlgorithm: v2Algorithm, ...wrapped, iv },
    message: v2Message(await importGcmKey(dataKey), iv, plaintextLength),
    deriveKey: derivesNothing,
  });
}

function drawn(length: number): Bytes {
  const bytes = randomBytes(length);
  if (!isAllZero(bytes)) return bytes;
  throw new EnvelopeError('random-failed', 'the random number generator gives nothing but zeros');
}
