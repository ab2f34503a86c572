import { EnvelopeError } from '../../core/errors.ts';

/**
 * A browser reports a refused CORS preflight and a dead network alike. A request that needs no permission
 * tells them apart: when it gets through, the endpoint is there and it is the CORS rule that refuses.
 */
export async function explainNetworkFailure(
  failure: EnvelopeError,
  endpoint: string,
): Promise<EnvelopeError> {
  if (failure.code !== 'network-failed' || typeof location === 'undefined' || !navigator.onLine)
    return failure;
  try {
    await fetch(endpoint, { mode: 'no-cors', cache: 'no-store', referrerPolicy: 'no-referrer' });
  } catch {
    return failure;
  }
  return new EnvelopeError('cors-refused', 'the endpoint answers, but not to scripts of this site', {
    cause: failure,
    details: { ...failure.details, origin: location.origin },
  });
}
