import type { Bytes } from '../bytes.ts';
import type { Description } from '../keyrings/keyring.ts';
import type { ObjectDecryptor } from '../object.ts';
import { createDecryptor, layoutOf } from './decryptor.ts';
import type { DeriveKey } from './derivation.ts';
import type { MessageHeader } from './header.ts';
import type { SuiteId } from './suite.ts';
import { openHeader, type UnlockOptions } from './unlock.ts';

/** What a verified header says. */
export interface MessageFacts {
  readonly suite: SuiteId;
  /** All pairs, stored or not, the public key of a signed message among them. */
  readonly encryptionContext: Description;
}

/** A message whose data key is at hand. */
export interface UnlockedMessage extends MessageFacts {
  /**
   * Opens frames of the stored message of so many bytes, in any order. Each is verified before it is returned;
   * `verify` tells whether they were all, the last one included, and checks the signature of a signed message
   * (which `verifies` the `whole`; its ranges must not overlap).
   *
   * `tail`: the last 106 bytes or more, or all. Only signed messages need it, to tell how long the signature is,
   * and only if it may have been written by AWS's JavaScript clients.
   *
   * Throws `truncated` or `length-mismatch` where no message of this header has that length, `too-large` for frames,
   * or a body without frames, of 2 GiB and more.
   */
  decryptor(objectLength: number, tail?: Bytes): ObjectDecryptor;
  deriveKey: DeriveKey;
  /** A copy of the bare data key, which opens this one message for whoever has it. Wipe it after use. */
  dataKey(): Bytes;
}

/**
 * Bytes of plaintext in a message of so many bytes, as its header lets expect; a signature is taken to be of the usual
 * length. Throws `truncated` or `length-mismatch` where no message of this header has that length.
 */
export function plaintextLengthIn(header: MessageHeader, objectLength: number): number {
  return layoutOf(header, objectLength).plaintextLength;
}

/**
 * Verifies a header and gets ready to open what follows it. Rejects with `commitment-required`,
 * `signed-not-allowed`, `context-mismatch` or `algorithm-unsupported` before the keyring is asked, with what the
 * keyring answers, with `data-key-invalid`, `commitment-mismatch` or `tag-mismatch`.
 */
export async function unlockMessage(header: MessageHeader, options: UnlockOptions): Promise<UnlockedMessage> {
  const message = await openHeader(header, options);
  return {
    suite: header.suite.id,
    encryptionContext: message.encryptionContext,
    decryptor: (objectLength, tail) => createDecryptor(message, objectLength, tail),
    deriveKey: message.deriveKey,
    dataKey: message.dataKey,
  };
}
