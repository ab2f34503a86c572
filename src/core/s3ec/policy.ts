import { EnvelopeError } from '../errors.ts';
import type { Envelope } from './envelope.ts';

/** AWS's three policies, by AWS's names (s3-encryption/key-commitment.md). What is written here always commits. */
export type CommitmentPolicy =
  | 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'
  | 'REQUIRE_ENCRYPT_ALLOW_DECRYPT'
  | 'FORBID_ENCRYPT_ALLOW_DECRYPT';

/** Whether a policy reads objects that do not commit to their key, which is to say format V2. */
const readsUncommitted: Readonly<Record<CommitmentPolicy, boolean>> = {
  REQUIRE_ENCRYPT_REQUIRE_DECRYPT: false,
  REQUIRE_ENCRYPT_ALLOW_DECRYPT: true,
  FORBID_ENCRYPT_ALLOW_DECRYPT: true,
};

export const defaultCommitmentPolicy: CommitmentPolicy = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT';

/** Throws `commitment-required`, or `bad-argument` for a policy that does not exist. */
export function checkPolicy(policy: CommitmentPolicy, envelope: Envelope): void {
  if (!Object.hasOwn(readsUncommitted, policy)) {
    throw new EnvelopeError('bad-argument', 'there is no such commitment policy');
  }
  if (envelope.version === 2 && !readsUncommitted[policy]) {
    throw new EnvelopeError(
      'commitment-required',
      'the object does not commit to its key, as the policy demands',
    );
  }
}
