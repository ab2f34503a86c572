import { type CommitmentPolicy, defaultCommitmentPolicy, rulesOf } from '../commitment-policy.ts';
import { EnvelopeError } from '../errors.ts';
import { v2Algorithm, v3Algorithm } from './algorithm.ts';
import type { Envelope } from './envelope.ts';

/** What is written: format V3, which commits to its key, or V2, which does not. */
export type WrittenAlgorithm = typeof v3Algorithm | typeof v2Algorithm;

/** Throws `commitment-required`, or `bad-argument` for a policy that does not exist. */
export function checkPolicy(policy: CommitmentPolicy, envelope: Envelope): void {
  const { readsUncommitted } = rulesOf(policy);
  if (envelope.version !== 3 && !readsUncommitted) {
    throw new EnvelopeError(
      'commitment-required',
      'the object does not commit to its key, as the policy demands',
    );
  }
}

/**
 * The content algorithm that is written under a policy, for a client to check its settings by before it has
 * anything to write. Throws `policy-mismatch` if the caller wants the other one, `bad-argument` if it wants one
 * that is never written, or if there is no such policy.
 */
export function algorithmToWrite(
  policy: CommitmentPolicy = defaultCommitmentPolicy,
  wanted?: WrittenAlgorithm,
): WrittenAlgorithm {
  const writes = rulesOf(policy).writesCommitted ? v3Algorithm : v2Algorithm;
  if (wanted === undefined || wanted === writes) return writes;
  if (wanted !== v3Algorithm && wanted !== v2Algorithm) {
    throw new EnvelopeError('bad-argument', 'nothing is encrypted with this content algorithm');
  }
  throw new EnvelopeError('policy-mismatch', `under ${policy} nothing is encrypted with ${wanted}`);
}
