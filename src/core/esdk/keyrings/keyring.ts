import type { Bytes } from '../../bytes.ts';
import { asEnvelopeError, EnvelopeError } from '../../errors.ts';
import type { Description } from '../../keyrings/keyring.ts';
import type { EncryptedDataKey } from '../header.ts';
import type { Suite } from '../suite.ts';

export interface MessageWrapRequest {
  readonly suite: Suite;
  /** All pairs, the stored and the unstored, the public key of a signed message among them. */
  readonly encryptionContext: Description;
  /** To be wrapped as it is; without one, the keyring makes it. */
  readonly dataKey?: Bytes | undefined;
}

/** The data key of a message, and what opens it again. */
export interface WrappedDataKeys {
  /** Of the suite's length; the one that was given, or a fresh one, which the caller wipes. */
  readonly dataKey: Bytes;
  /** At least one. */
  readonly encryptedDataKeys: readonly EncryptedDataKey[];
}

export interface MessageUnwrapRequest {
  readonly suite: Suite;
  readonly encryptionContext: Description;
  readonly encryptedDataKeys: readonly EncryptedDataKey[];
}

/**
 * Who wraps the data keys of messages: what the AWS Encryption SDK calls a keyring (framework/keyring-
 * interface.md). A keyring makes or wraps one data key per message and never sees the content.
 */
export interface MessageKeyring {
  wrap(request: MessageWrapRequest): Promise<WrappedDataKeys>;
  /**
   * The data key, a buffer of the caller's own, from the first of the list that this keyring can open. Rejects
   * with `no-key-fits` where the list has nothing for it, `unwrap-failed` where all fail that should fit, or
   * what the key service answers.
   */
  unwrap(request: MessageUnwrapRequest): Promise<Bytes>;
}

/** The first data key that an attempt yields; if none does, the refusal that says most about why. */
export async function firstOpened(attempts: Iterable<() => Promise<Bytes>>): Promise<Bytes> {
  const refusals: EnvelopeError[] = [];
  for (const attempt of attempts) {
    try {
      return await attempt();
    } catch (error) {
      const refusal = asEnvelopeError(error);
      if (refusal.code === 'cancelled') throw refusal;
      refusals.push(refusal);
    }
  }
  throw mostTelling(refusals);
}

/** Throws `data-key-invalid`, wiping the key, unless it has the suite's length. */
export function checkDataKey(dataKey: Bytes, { keyBytes }: Suite): Bytes {
  if (dataKey.length === keyBytes) return dataKey;
  dataKey.fill(0);
  throw new EnvelopeError('data-key-invalid', `the data key does not have ${keyBytes} bytes`);
}

/** A key service that did not answer says more than a key that does not fit. */
function mostTelling(refusals: readonly EnvelopeError[]): EnvelopeError {
  const find = (tells: (refusal: EnvelopeError) => boolean) => refusals.find(tells);
  return (
    find(({ family }) => family !== 'wrong-key') ??
    find(({ code }) => code === 'data-key-invalid') ??
    find(({ code }) => code !== 'no-key-fits') ??
    new EnvelopeError('no-key-fits', 'none of the wrapped data keys is for this keyring')
  );
}
