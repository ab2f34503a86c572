import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { equalDescriptions } from '../keyrings/description.ts';
import type { Description, Keyring } from '../keyrings/keyring.ts';
import type { Metadata } from '../object.ts';
import { cbcAlgorithm } from './algorithm.ts';
import { type Envelope, parseEnvelope } from './envelope.ts';
import { formatEnvelope, type WritableEnvelope } from './format.ts';
import { checkSuffix, defaultInstructionSuffix, instructionFileKey } from './instruction-file.ts';
import { mapkeys } from './mapkeys.ts';
import { type UnlockOptions, unlockEnvelope } from './unlock.ts';
import { type InstructionFile, toInstructionFile } from './write-instruction-file.ts';

/** `keyring`, `encryptionContext`, `commitmentPolicy` and `legacy` are for opening the old wrap. */
export interface RewrapOptions extends UnlockOptions {
  readonly newKeyring: Keyring;
  /** For KMS alone; the old one is not taken over. */
  readonly newEncryptionContext?: Description | undefined;
  /**
   * Of the new instruction file; `.instruction` unless given. With another one, the object is shared: the old
   * file stays, and so does who can open it.
   */
  readonly newSuffix?: string | undefined;
  /** Lets a raw key follow a raw key of the same materials description, by which readers choose their key. */
  readonly allowSameDescription?: boolean | undefined;
  /** Makes sure that the old keyring does not open the new wrap. Where KMS holds it, that asks KMS again. */
  readonly enforceRotation?: boolean | undefined;
}

export interface Rewrapped {
  /** All of the object's metadata, the user's own included. As it was where there is an instruction file. */
  readonly metadata: Metadata;
  /** To be stored in place of the old one, or beside it under another suffix. */
  readonly instructionFile?: InstructionFile | undefined;
}

/** What a wrap leaves in the metadata; the rest, the commitment among it, stays as it is. */
const ofTheWrap: readonly string[] = [
  mapkeys.v3EncryptedDataKey,
  mapkeys.wrapCode,
  mapkeys.materialsDescription,
  mapkeys.encryptionContext,
  mapkeys.v2EncryptedDataKey,
  mapkeys.wrapAlgorithm,
  mapkeys.description,
];

/**
 * Wraps an object's data key with another key, for a rotation or for somebody else; the body, its IV or
 * message id and its commitment stay. The data key stays too: whoever kept a copy of the old wrap and has the
 * old key still opens the object. Formats V3 and V2; a legacy wrap around them becomes a current one.
 *
 * Rejects as `parseEnvelope` and `unlockEnvelope` do, and as the new keyring does; with `algorithm-unsupported`
 * for CBC content; with `bad-argument` for a new suffix without an instruction file, for a materials
 * description that does not change, and where the old keyring opens the new wrap against `enforceRotation`.
 */
export async function rewrapEnvelope(
  metadata: Metadata,
  instructionFile: Bytes | null | undefined,
  {
    newKeyring,
    newEncryptionContext,
    newSuffix,
    allowSameDescription,
    enforceRotation,
    ...old
  }: RewrapOptions,
): Promise<Rewrapped> {
  const isApart = instructionFileKey('', metadata) !== undefined;
  if (newSuffix !== undefined) checkSuffix(newSuffix);
  if (newSuffix !== undefined && !isApart) {
    throw new EnvelopeError('bad-argument', 'this object has its envelope in its metadata');
  }
  const envelope = parseEnvelope(metadata, { instructionFile, legacy: old.legacy });
  if (envelope.contentAlgorithm === cbcAlgorithm) {
    throw new EnvelopeError('algorithm-unsupported', 'content that nothing authenticates gets no new key');
  }
  const { contentAlgorithm } = envelope;
  const dataKey = (await unlockEnvelope(envelope, old)).dataKey();
  try {
    const wrapped = await newKeyring.wrapDataKey(dataKey, {
      contentAlgorithm,
      encryptionContext: newEncryptionContext,
    });
    const rewrapped: WritableEnvelope = { ...envelope, ...wrapped };
    if (!allowSameDescription && isSameRawKey(envelope, rewrapped)) {
      throw new EnvelopeError('bad-argument', 'the new key has the materials description of the old one');
    }
    if (enforceRotation && (await opens(old, rewrapped, newEncryptionContext))) {
      throw new EnvelopeError('bad-argument', 'the old keyring opens the new wrap: the key was not changed');
    }
    const fields = formatEnvelope(rewrapped);
    if (isApart) {
      const { instructionFile } = toInstructionFile(fields, newSuffix ?? defaultInstructionSuffix);
      return { metadata, instructionFile };
    }
    const kept = Object.entries(metadata).filter(([key]) => !ofTheWrap.includes(key));
    return { metadata: { ...Object.fromEntries(kept), ...fields } };
  } finally {
    dataKey.fill(0);
  }
}

/** KMS knows its keys by their ids, whatever the context. */
function isSameRawKey(before: Envelope, after: Envelope): boolean {
  const isKms = [before, after].some(({ wrapAlgorithm }) => wrapAlgorithm.startsWith('kms'));
  return !isKms && equalDescriptions(before.description, after.description);
}

async function opens(
  { keyring }: UnlockOptions,
  envelope: WritableEnvelope,
  encryptionContext: Description | undefined,
): Promise<boolean> {
  try {
    (await keyring.unwrap({ ...envelope, encryptionContext })).fill(0);
    return true;
  } catch (error) {
    const refused = ['unwrap-failed', 'no-key-fits', 'wrap-unsupported', 'context-mismatch'];
    if (error instanceof EnvelopeError && refused.includes(error.code)) return false;
    throw error;
  }
}
