import { type Bytes, equalBytes } from '../bytes.ts';
import { type CommitmentPolicy, defaultCommitmentPolicy } from '../commitment-policy.ts';
import { EnvelopeError } from '../errors.ts';
import { importGcmKey, type MessageParameters } from '../gcm/gcm.ts';
import type { Description, Keyring } from '../keyrings/keyring.ts';
import { loadPart } from '../load-part.ts';
import type { ObjectDecryptor, ObjectEncryptor } from '../object.ts';
import { cbcAlgorithm, isLegacyWrap, v2Algorithm } from './algorithm.ts';
import { checkPlaintextLength, v2Message, v3Message } from './content.ts';
import { createDecryptor } from './decryptor.ts';
import { createDerivation, derivesNothing } from './derivation.ts';
import type { Envelope, EnvelopeCbc, EnvelopeV2, EnvelopeV3 } from './envelope.ts';
import { type Legacy, notAllowed, requireOptIn } from './legacy.ts';
import { checkPolicy } from './policy.ts';
import type { UnauthenticatedDecryptor } from './unauthenticated.ts';

export interface UnlockOptions {
  readonly keyring: Keyring;
  /** `REQUIRE_ENCRYPT_REQUIRE_DECRYPT` unless given: only format V3 is read. */
  readonly commitmentPolicy?: CommitmentPolicy | undefined;
  /** Must equal what the object was encrypted under, reserved pairs aside. For KMS alone. */
  readonly encryptionContext?: Description | undefined;
  readonly legacy?: Legacy | undefined;
}

/** An object whose data key is at hand. */
export interface UnlockedObject {
  /**
   * Opens the stored body of so many bytes. Throws `truncated` below 16, `too-large` above 2^36 - 16,
   * `algorithm-unsupported` for CBC content, which nothing verifies.
   */
  decryptor(objectLength: number): ObjectDecryptor;
  /**
   * Opens single ranges of a body of so many bytes, and CBC content, unverified for ever. Throws
   * `legacy-not-allowed` unless `legacy.unauthenticatedContent` was given; `content-invalid` for a length
   * that CBC content cannot have; else as `decryptor`.
   */
  unauthenticated(objectLength: number): UnauthenticatedDecryptor;
  /**
   * Seals the object's body again, byte for byte, to finish an upload that was interrupted. It knows nothing of
   * what was sealed before: whoever calls compares the digest of each part that may have left with that part's
   * first one, BEFORE it leaves, and stops at the first that differs, since another plaintext under the same
   * keystream would give both away. Only V3: `algorithm-unsupported`.
   */
  encryptorAgain(plaintextLength: number): Promise<Omit<ObjectEncryptor, 'metadata'>>;
  /** The same key that `S3ecEncryptor.deriveKey` gave. Only V3 has one: `algorithm-unsupported`. */
  deriveKey(label: string): Promise<CryptoKey>;
  /**
   * A copy of the bare data key, which opens this one object for whoever has it. For a share's manifest and
   * nothing else: seal it, then wipe it.
   */
  dataKey(): Bytes;
}

/** What the versions differ in, once the data key is known. */
interface Opened {
  decryptor(objectLength: number): ObjectDecryptor;
  /** Loaded by those who ask for it, which pages do not. */
  readonly unauthenticated: () => Promise<UnlockedObject['unauthenticated']>;
  encryptorAgain: UnlockedObject['encryptorAgain'];
  deriveKey(label: string): Promise<CryptoKey>;
}

/**
 * Checks the policy and what `legacy` allows, has the data key unwrapped, and checks that the object commits
 * to it (V3) before a content key exists. Rejects with `commitment-required` or `legacy-not-allowed` before the
 * keyring is asked, with what the keyring answers, with `data-key-invalid` for a key of a wrong length, with
 * `commitment-mismatch`.
 */
export async function unlockEnvelope(
  envelope: Envelope,
  { keyring, commitmentPolicy = defaultCommitmentPolicy, encryptionContext, legacy }: UnlockOptions,
): Promise<UnlockedObject> {
  checkPolicy(commitmentPolicy, envelope);
  const { wrapAlgorithm, encryptedDataKey, description } = envelope;
  if (isCbc(envelope)) requireOptIn(legacy, 'unauthenticatedContent');
  if (isLegacyWrap(wrapAlgorithm)) requireOptIn(legacy, 'weakWrapping');
  // A current wrap around old content is Java's, from changing keys; it binds the algorithm of V2.
  const contentAlgorithm = isCbc(envelope) ? v2Algorithm : envelope.contentAlgorithm;
  const dataKey = await keyring.unwrap({
    contentAlgorithm,
    wrapAlgorithm,
    encryptedDataKey,
    description,
    encryptionContext,
  });
  let opened: Opened;
  let unauthenticated: UnlockedObject['unauthenticated'] | undefined;
  try {
    opened = await open(envelope, dataKey);
    if (legacy?.unauthenticatedContent === true) unauthenticated = await opened.unauthenticated();
  } catch (error) {
    dataKey.fill(0);
    throw error;
  }
  return {
    decryptor: opened.decryptor,
    unauthenticated(objectLength) {
      if (unauthenticated) return unauthenticated(objectLength);
      throw notAllowed('unauthenticatedContent');
    },
    encryptorAgain: opened.encryptorAgain,
    deriveKey: opened.deriveKey,
    dataKey: () => dataKey.slice(),
  };
}

function isCbc(envelope: Envelope): envelope is EnvelopeCbc {
  return envelope.contentAlgorithm === cbcAlgorithm;
}

function open(envelope: Envelope, dataKey: Bytes): Promise<Opened> {
  if (isCbc(envelope)) return openCbc(envelope, dataKey);
  return envelope.version === 3 ? openV3(envelope, dataKey) : openV2(envelope, dataKey);
}

async function openV3({ messageId, commitment }: EnvelopeV3, dataKey: Bytes): Promise<Opened> {
  checkLength(dataKey, [32]);
  const derivation = await createDerivation(dataKey, messageId);
  if (!equalBytes(await derivation.commitment(), commitment)) {
    throw new EnvelopeError('commitment-mismatch', 'the object does not commit to this data key');
  }
  const key = await derivation.contentKey();
  const message = (plaintextLength: number) => v3Message(key, plaintextLength);
  return {
    ...openGcm(message),
    async encryptorAgain(plaintextLength) {
      checkPlaintextLength(plaintextLength);
      const { createEncryptor } = await loadPart(import('./encryptor.ts'));
      return createEncryptor(message(plaintextLength), plaintextLength);
    },
    deriveKey: derivation.deriveKey,
  };
}

async function openV2({ iv }: EnvelopeV2, dataKey: Bytes): Promise<Opened> {
  // PHP's V2 client lets its caller choose the shorter ones.
  checkLength(dataKey, [16, 24, 32]);
  const key = await importGcmKey(dataKey);
  return {
    ...openGcm((length) => v2Message(key, iv, length)),
    encryptorAgain: isNotResumed,
    deriveKey: derivesNothing,
  };
}

function openGcm(
  message: (plaintextLength: number) => MessageParameters,
): Pick<Opened, 'decryptor' | 'unauthenticated'> {
  return {
    decryptor: (objectLength) => createDecryptor(objectLength, message),
    async unauthenticated() {
      const { createGcmBlocks, createUnauthenticatedDecryptor } = await loadPart(
        import('./unauthenticated.ts'),
      );
      return (length) => createUnauthenticatedDecryptor(length, createGcmBlocks(length, message(0)));
    },
  };
}

async function openCbc({ version, iv }: EnvelopeCbc, dataKey: Bytes): Promise<Opened> {
  // Format V1 is AES-256; PHP's oldest client let its caller choose under the names of V2.
  checkLength(dataKey, version === 1 ? [32] : [16, 24, 32]);
  const { createCbcBlocks, importCbcKey } = await loadPart(import('./cbc.ts'));
  const { createUnauthenticatedDecryptor } = await loadPart(import('./unauthenticated.ts'));
  const key = await importCbcKey(dataKey);
  return {
    decryptor() {
      throw new EnvelopeError('algorithm-unsupported', 'nothing can verify CBC content');
    },
    unauthenticated: async () => (length) =>
      createUnauthenticatedDecryptor(length, createCbcBlocks(length, key, iv)),
    encryptorAgain: isNotResumed,
    deriveKey: derivesNothing,
  };
}

async function isNotResumed(): Promise<never> {
  throw new EnvelopeError('algorithm-unsupported', 'only objects of format V3 are sealed again');
}

function checkLength(dataKey: Bytes, lengths: readonly number[]): void {
  if (!lengths.includes(dataKey.length)) {
    throw new EnvelopeError('data-key-invalid', 'the data key does not have the length of this format');
  }
}
