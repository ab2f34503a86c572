import { type CommitmentPolicy, rulesOf } from '../commitment-policy.ts';
import { EnvelopeError } from '../errors.ts';
import { type Suite, type SuiteId, suiteById } from './suite.ts';

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
