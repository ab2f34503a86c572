import { EnvelopeError } from '../core/errors.ts';

/**
 * A browser reports a refused CORS preflight and a dead network alike. Two unsigned requests, which S3 itself
 * refuses, tell them apart: one as a script of this site makes it, which only the CORS rules can keep from us,
 * and one that needs no permission, which only the network can.
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
  if (typeof location === 'undefined' || !navigator.onLine) return failure;

  const address = endpoint.includes(`//${bucket}.`) ? endpoint : `${endpoint}/${bucket}`;
  const common = { cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer' } as const;
  const answers = (request: RequestInit) =>
    fetch(address, { ...common, ...request }).then(
      () => true,
      () => false,
    );
  // The header makes it a request that is asked about beforehand, as signed ones are.
  const asScript = { method: methodOf(String(action)), headers: { 'x-amz-date': '' } };
  // Twice, since a network that fails now and then would look like a refusal, which nobody tries again.
  if ((await answers(asScript)) || !(await answers({ mode: 'no-cors' })) || (await answers(asScript)))
    return failure;
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
