import { EnvelopeError } from './errors.ts';

/** AWS's three policies, by AWS's names (s3-encryption/key-commitment.md, and client-apis/client.md for messages). */
export type CommitmentPolicy =
  | 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'
  | 'REQUIRE_ENCRYPT_ALLOW_DECRYPT'
  | 'FORBID_ENCRYPT_ALLOW_DECRYPT';

export interface Rules {
  /** Whether what is written commits to its key; the other kind is never written then. */
  readonly writesCommitted: boolean;
  readonly readsUncommitted: boolean;
}

const rules: Readonly<Record<CommitmentPolicy, Rules>> = {
  REQUIRE_ENCRYPT_REQUIRE_DECRYPT: { writesCommitted: true, readsUncommitted: false },
  REQUIRE_ENCRYPT_ALLOW_DECRYPT: { writesCommitted: true, readsUncommitted: true },
  FORBID_ENCRYPT_ALLOW_DECRYPT: { writesCommitted: false, readsUncommitted: true },
};

export const defaultCommitmentPolicy: CommitmentPolicy = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT';

/** Throws `bad-argument` for a policy that does not exist. */
export function rulesOf(policy: CommitmentPolicy): Rules {
  if (!Object.hasOwn(rules, policy)) {
    throw new EnvelopeError('bad-argument', 'there is no such commitment policy');
  }
  return rules[policy];
}
