import type { Bytes } from '../core/bytes.ts';
import type { MessageKeyring } from '../core/esdk/esdk.ts';
import type { Keyring, WrapFacts } from '../core/keyrings/keyring.ts';
import type { Metadata, ObjectDecryptor, ObjectEncryptor } from '../core/object.ts';

/** Two formats, named after the clients of AWS that read them too: S3 Encryption Client and Encryption SDK. */
export type ObjectFormat = 's3ec' | 'esdk';

/** Metadata of an object that is a message: base64 of the header with which the body begins. */
export const headerField = 's3-envelope-header';

/** The keys of one holder, as either format wants them. */
export interface ObjectKeyring {
  readonly s3ec: Keyring;
  /** Asked for when a message is met, since most objects are none and its code is not loaded before. */
  readonly esdk?: () => Promise<MessageKeyring>;
}

/** An object that is about to be stored. */
export interface LockedFile {
  readonly encryptor: ObjectEncryptor;
  /** All that is stored beside the body, the sealed name included. */
  readonly metadata: Metadata;
}

/** A stored object, as far as it says to everybody what it is. Nothing of that is verified. */
export interface SealedObject {
  readonly format: ObjectFormat;
  /** Which keys open it, any one of them. */
  readonly wraps: readonly WrapFacts[];
  /** Bytes of the file. Throws `truncated`, `length-mismatch` or `too-large` for an object that cannot be. */
  plaintextLength(): number;
  /** Rejects as `unlockEnvelope` and `unlockMessage` do, and with `tag-mismatch` for another object's name. */
  open(keyring: ObjectKeyring): Promise<OpenedObject>;
}

/** An object whose data key is at hand. */
export interface OpenedObject {
  readonly format: ObjectFormat;
  /** Where it verifies by `range`, any range may be shown as soon as it is open: to stream, or to seek. */
  readonly decryptor: ObjectDecryptor;
  /** Undefined where the object carries none, as another client's does. */
  readonly name?: string;
  /** A copy of the bare data key, which opens this one object for whoever has it. Wipe it after use. */
  dataKey(): Bytes;
}
