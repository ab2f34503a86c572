import { type Bytes, equalBytes } from '../bytes.ts';
import { type CommitmentPolicy, defaultCommitmentPolicy } from '../commitment-policy.ts';
import { EnvelopeError } from '../errors.ts';
import { withoutNames } from '../keyrings/description.ts';
import type { Description } from '../keyrings/keyring.ts';
import { type ContentCipher, checkHeaderTag, openPiece } from './content.ts';
import { publicKeyName, serializeContext } from './context.ts';
import { checkPlatformHas, type DeriveKey, deriveMessageKeys } from './derivation.ts';
import type { MessageHeader } from './header.ts';
import { checkDataKey, type MessageKeyring } from './keyrings/keyring.ts';
import type { Piece } from './piece.ts';
import { checkReadable } from './policy.ts';
import { createVerifier, type Verifier } from './signature.ts';

export interface UnlockOptions {
  readonly keyring: MessageKeyring;
  /** `REQUIRE_ENCRYPT_REQUIRE_DECRYPT` unless given: only suites that commit are read. */
  readonly commitmentPolicy?: CommitmentPolicy | undefined;
  /** Pairs that the message must have, and those that it has and does not store. */
  readonly encryptionContext?: Description | undefined;
  /** Names that `encryptionContext` must have, whatever the message stores. */
  readonly requiredContextKeys?: readonly string[] | undefined;
  /** `refuse`: signed messages are refused once the header is parsed. `accept` unless given. */
  readonly signed?: 'accept' | 'refuse' | undefined;
}

/** A message whose header is verified. */
export interface OpenedMessage {
  readonly header: MessageHeader;
  /** All pairs, stored or not. */
  readonly encryptionContext: Description;
  /** For signed suites. */
  readonly verifier?: Verifier;
  readonly cipher: ContentCipher;
  /** Rejects with `tag-mismatch`. */
  openPiece(piece: Piece): Promise<Bytes>;
  deriveKey: DeriveKey;
  /** A copy. */
  dataKey(): Bytes;
}

/**
 * Checks the policy and the context, has the data key unwrapped, checks that the header commits to it (suites
 * that commit), then the header's tag. Rejects with `commitment-required`, `signed-not-allowed`,
 * `context-mismatch`, `algorithm-unsupported` before the keyring is asked, with what the keyring answers, with
 * `commitment-mismatch`, `tag-mismatch`.
 */
export async function openHeader(header: MessageHeader, options: UnlockOptions): Promise<OpenedMessage> {
  const { suite, messageId, storedContext, encryptedDataKeys, iv, body, tag } = header;
  checkReadable(suite, options.commitmentPolicy ?? defaultCommitmentPolicy);
  if (suite.curve && options.signed === 'refuse') {
    throw new EnvelopeError('signed-not-allowed', 'the message is signed; only unsigned ones are read here');
  }
  checkPublicKey(header);
  const unstored = unstoredPairs(storedContext, options);
  const encryptionContext = { ...storedContext, ...unstored };
  await checkPlatformHas(suite);
  const publicKey = storedContext[publicKeyName];
  const verifier =
    suite.curve && publicKey !== undefined ? await createVerifier(suite.curve, publicKey) : undefined;

  const dataKey = await options.keyring.unwrap({ suite, encryptionContext, encryptedDataKeys });
  try {
    checkDataKey(dataKey, suite);
    const { contentKey, commitment, deriveKey } = await deriveMessageKeys(suite, dataKey, messageId);
    if (suite.commits && !(commitment && header.commitment && equalBytes(commitment, header.commitment))) {
      throw new EnvelopeError('commitment-mismatch', 'the message does not commit to this data key');
    }
    await checkHeaderTag(contentKey, { iv, body, tag }, serializeContext(unstored));
    const cipher: ContentCipher = { key: contentKey, messageId };
    return {
      header,
      encryptionContext,
      ...(verifier && { verifier }),
      cipher,
      deriveKey,
      openPiece: (piece) => openPiece(cipher, piece, piece.iv, piece.sealed),
      dataKey: () => dataKey.slice(),
    };
  } catch (error) {
    dataKey.fill(0);
    throw error;
  }
}

/** A signed message has the key to check it with; an unsigned one that has it lost its signature. */
function checkPublicKey({ suite, storedContext }: MessageHeader): void {
  const has = Object.hasOwn(storedContext, publicKeyName);
  if (has === (suite.curve !== undefined)) return;
  throw new EnvelopeError(
    has ? 'metadata-mixed' : 'metadata-incomplete',
    has ? 'an unsigned message has the public key of a signed one' : 'a signed message has no public key',
    { details: { field: publicKeyName } },
  );
}

/** The caller's pairs that are not in the header; those that are must be equal. */
function unstoredPairs(
  stored: Description,
  { encryptionContext = {}, requiredContextKeys = [] }: UnlockOptions,
): Description {
  const mismatch = (key: string) =>
    new EnvelopeError('context-mismatch', 'the encryption context is not the one that was given', {
      details: { key },
    });
  const missing = requiredContextKeys.find((key) => !Object.hasOwn(encryptionContext, key));
  if (missing !== undefined) {
    throw new EnvelopeError('bad-argument', 'a required pair of the encryption context was not given', {
      details: { key: missing },
    });
  }
  for (const [key, value] of Object.entries(encryptionContext)) {
    const found = Object.hasOwn(stored, key);
    if (found && stored[key] !== value) throw mismatch(key);
    // Only the writer's own key can stand there, and it is stored.
    if (!found && key === publicKeyName) throw mismatch(key);
  }
  return withoutNames(encryptionContext, Object.keys(stored));
}
