import { EnvelopeError } from '../core/errors.ts';
import { refusesScripts } from './refuses-scripts.ts';

/**
 * Tells a refused CORS preflight of S3 from a dead network.
 * @param endpoint of S3; with the bucket in its host name, or the place that buckets are paths of
 * @returns `cors-refused` where the bucket's host answers, but not to this site: so it does without a rule for
 *   this site and method, and without a bucket of that name
 */
export async function explainNetworkFailure(
  failure: EnvelopeError,
  endpoint: string,
): Promise<EnvelopeError> {
  const { bucket, action } = failure.details;
  // KMS and Cognito answer to every site; and where a body broke off, its answer had been let through.
  if (failure.code !== 'network-failed' || typeof bucket !== 'string') return failure;

  const address = endpoint.includes(`//${bucket}.`) ? endpoint : `${endpoint}/${bucket}`;
  // The header makes it a request that is asked about beforehand, as signed ones are.
  const asScript = { method: methodOf(String(action)), headers: { 'x-amz-date': '' } };
  if (!(await refusesScripts(address, asScript))) return failure;
  return new EnvelopeError('cors-refused', 'the endpoint answers, but not to scripts of this site', {
    cause: failure,
    details: { ...failure.details, origin: location.origin },
  });
}

function methodOf(action: string): string {
  if (/^(Put|Upload)/.test(action)) return 'PUT';
  if (/^(Create|Complete)/.test(action)) return 'POST';
  if (/^(Delete|Abort)/.test(action)) return 'DELETE';
  return action.startsWith('Head') ? 'HEAD' : 'GET';
}
