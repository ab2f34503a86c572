import { EnvelopeError } from '../errors.ts';
import type { CommitmentPolicy } from '../s3ec/policy.ts';
import { type Suite, type SuiteId, suiteById } from './suite.ts';

export type { CommitmentPolicy };

export const defaultCommitmentPolicy: CommitmentPolicy = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT';

interface Rules {
  readonly writesCommitted: boolean;
  readonly readsUncommitted: boolean;
}

/** client-apis/client.md of AWS's specification. */
const rules: Readonly<Record<CommitmentPolicy, Rules>> = {
  FORBID_ENCRYPT_ALLOW_DECRYPT: { writesCommitted: false, readsUncommitted: true },
  REQUIRE_ENCRYPT_ALLOW_DECRYPT: { writesCommitted: true, readsUncommitted: true },
  REQUIRE_ENCRYPT_REQUIRE_DECRYPT: { writesCommitted: true, readsUncommitted: false },
};

/**
 * The suite to write: the given one, or `0478` (`0178` where the policy forbids commitment). Throws
 * `policy-mismatch` for one that the policy does not write, `bad-argument` for one that does not exist.
 */
export function suiteToWrite(id: SuiteId | undefined, policy: CommitmentPolicy): Suite {
  const { writesCommitted } = rulesOf(policy);
  const suite = suiteById(id ?? (writesCommitted ? '0478' : '0178'));
  if (!suite) throw new EnvelopeError('bad-argument', 'there is no such algorithm suite');
  if (suite.commits !== writesCommitted) {
    throw new EnvelopeError('policy-mismatch', `the commitment policy does not write suite ${suite.id}`);
  }
  return suite;
}

/** Throws `commitment-required`. */
export function checkReadable(suite: Suite, policy: CommitmentPolicy): void {
  if (!suite.commits && !rulesOf(policy).readsUncommitted) {
    throw new EnvelopeError(
      'commitment-required',
      'the message does not commit to its key, as the policy demands',
    );
  }
}

function rulesOf(policy: CommitmentPolicy): Rules {
  if (!Object.hasOwn(rules, policy)) {
    throw new EnvelopeError('bad-argument', 'there is no such commitment policy');
  }
  return rules[policy];
}
