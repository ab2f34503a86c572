import { type Bytes, equalBytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { importGcmKey, type MessageParameters } from '../gcm/gcm.ts';
import type { Description, Keyring } from '../keyrings/keyring.ts';
import type { ObjectDecryptor } from '../object.ts';
import { v2Message, v3Message } from './content.ts';
import { createDecryptor } from './decryptor.ts';
import { createDerivation } from './derivation.ts';
import type { Envelope, EnvelopeV2, EnvelopeV3 } from './envelope.ts';
import { type CommitmentPolicy, checkPolicy, defaultCommitmentPolicy } from './policy.ts';

export interface UnlockOptions {
  readonly keyring: Keyring;
  /** `REQUIRE_ENCRYPT_REQUIRE_DECRYPT` unless given: only format V3 is read. */
  readonly commitmentPolicy?: CommitmentPolicy | undefined;
  /** Must equal what the object was encrypted under, reserved pairs aside. For KMS alone. */
  readonly encryptionContext?: Description | undefined;
}

/** An object whose data key is at hand. */
export interface UnlockedObject {
  /** Opens the stored body of so many bytes. Throws `truncated` below 16, `too-large` above 2^36 - 16. */
  decryptor(objectLength: number): ObjectDecryptor;
  /** The same key that `S3ecEncryptor.deriveKey` gave. V2 has none: `algorithm-unsupported`. */
  deriveKey(label: string): Promise<CryptoKey>;
  /**
   * A copy of the bare data key, which opens this one object for whoever has it. For a share's manifest and
   * nothing else: seal it, then wipe it.
   */
  dataKey(): Bytes;
}

/** What the versions differ in, once the data key is known. */
interface Opened {
  message(plaintextLength: number): MessageParameters;
  deriveKey(label: string): Promise<CryptoKey>;
}

/**
 * Checks the policy, has the data key unwrapped, and checks that the object commits to it (V3) before a
 * content key exists. Rejects with `commitment-required` before the keyring is asked, with what the keyring
 * answers, with `data-key-invalid` for a key of a wrong length, with `commitment-mismatch`.
 */
export async function unlockEnvelope(
  envelope: Envelope,
  { keyring, commitmentPolicy = defaultCommitmentPolicy, encryptionContext }: UnlockOptions,
): Promise<UnlockedObject> {
  checkPolicy(commitmentPolicy, envelope);
  const { contentAlgorithm, wrapAlgorithm, encryptedDataKey, description } = envelope;
  const dataKey = await keyring.unwrap({
    contentAlgorithm,
    wrapAlgorithm,
    encryptedDataKey,
    description,
    encryptionContext,
  });
  let opened: Opened;
  try {
    opened = await (envelope.version === 3 ? openV3(envelope, dataKey) : openV2(envelope, dataKey));
  } catch (error) {
    dataKey.fill(0);
    throw error;
  }
  return {
    decryptor: (objectLength) => createDecryptor(objectLength, opened.message),
    deriveKey: opened.deriveKey,
    dataKey: () => dataKey.slice(),
  };
}

async function openV3({ messageId, commitment }: EnvelopeV3, dataKey: Bytes): Promise<Opened> {
  checkLength(dataKey, [32]);
  const derivation = await createDerivation(dataKey, messageId);
  if (!equalBytes(await derivation.commitment(), commitment)) {
    throw new EnvelopeError('commitment-mismatch', 'the object does not commit to this data key');
  }
  const key = await derivation.contentKey();
  return { message: (length) => v3Message(key, length), deriveKey: derivation.deriveKey };
}

async function openV2({ iv }: EnvelopeV2, dataKey: Bytes): Promise<Opened> {
  // PHP's V2 client lets its caller choose the shorter ones.
  checkLength(dataKey, [16, 24, 32]);
  const key = await importGcmKey(dataKey);
  return {
    message: (length) => v2Message(key, iv, length),
    async deriveKey() {
      throw new EnvelopeError('algorithm-unsupported', 'format V2 derives no keys from its data key');
    },
  };
}

function checkLength(dataKey: Bytes, lengths: readonly number[]): void {
  if (!lengths.includes(dataKey.length)) {
    throw new EnvelopeError('data-key-invalid', 'the data key does not have the length of this format');
  }
}
