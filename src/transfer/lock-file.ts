import { loadPart } from '../core/load-part.ts';
import type { Metadata, ObjectEncryptor } from '../core/object.ts';
import { encryptObject, maxPlaintextBytes, parseEnvelope, unlockEnvelope } from '../core/s3ec/s3ec.ts';
import { checkName, nameLabel, sealName } from './file-name.ts';
import { headerField, type LockedFile, type ObjectFormat, type ObjectKeyring } from './sealed-object.ts';

export interface LockRequest {
  readonly keyring: ObjectKeyring;
  /** Bytes. */
  readonly plaintextLength: number;
  /** What the file is called: stored sealed. */
  readonly name: string;
  /** Instead of the one that the length asks for. */
  readonly format?: ObjectFormat | undefined;
}

/** The code of messages, which few files need. */
const loadMessages = () => loadPart(import('./messages.ts'));

/**
 * Has a data key made and wrapped for a file: as S3EC V3 up to 64 GiB less 32 bytes, as a message (suite 0478, frames
 * of 1 MiB) above. Rejects with `too-large` for what the format does not hold, `metadata-too-large` for a name that S3
 * has no room for, else as `encryptObject` and `encryptMessage` do.
 */
export async function lockFile({ keyring, plaintextLength, name, format }: LockRequest): Promise<LockedFile> {
  const chosen = format ?? (plaintextLength > maxPlaintextBytes ? 'esdk' : 's3ec');
  const { encryptor, metadata, deriveKey } =
    chosen === 'esdk'
      ? await (await loadMessages()).lockMessage(keyring, plaintextLength)
      : await lockEnvelope(keyring, plaintextLength);
  checkName(name, metadata);
  const sealedName = await sealName(await deriveKey(nameLabel), name);
  return { encryptor, metadata: { ...metadata, ...sealedName } };
}

async function lockEnvelope({ s3ec }: ObjectKeyring, plaintextLength: number) {
  const encryptor = await encryptObject({ keyring: s3ec, plaintextLength });
  return { encryptor, metadata: encryptor.metadata, deriveKey: encryptor.deriveKey };
}

export interface RelockRequest {
  readonly keyring: ObjectKeyring;
  /** As `lockFile` gave it. */
  readonly metadata: Metadata;
  /** Bytes: as many as there were. */
  readonly plaintextLength: number;
}

/**
 * The encryptor that `lockFile` gave, from the metadata that it gave: to finish an upload that was interrupted. It
 * knows nothing of what was sealed before: whoever calls compares the digest of each part that may have left with that
 * part's first one, BEFORE it leaves, and stops at the first that differs, since another plaintext under the same
 * keystream would give both away. Rejects as the opening of the object would.
 */
export async function relockFile(request: RelockRequest): Promise<ObjectEncryptor> {
  const { keyring, metadata, plaintextLength } = request;
  if (metadata[headerField] !== undefined) {
    return (await loadMessages()).relockMessage(keyring, metadata, plaintextLength);
  }
  const unlocked = await unlockEnvelope(parseEnvelope(metadata), { keyring: keyring.s3ec });
  return { ...(await unlocked.encryptorAgain(plaintextLength)), metadata };
}
