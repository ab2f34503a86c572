import type { EnvelopeError } from '../core/errors.ts';

/**
 * What may well work the next time: no network, a service that is overloaded or broken, bytes that S3 found damaged
 * on the way. Never a check of our own that failed: whether anything is asked again must not tell which.
 */
export function isPassing({ code, details }: EnvelopeError): boolean {
  if (code === 'checksum-mismatch') return details['status'] !== undefined;
  return code === 'network-failed' || code === 'service-failed';
}

const firstDelay = 500;
const longestDelay = 15_000;
/** A service that wants more than this is left to the person. */
const longestPatience = 60_000;

/**
 * Milliseconds to wait after the `tries`-th failure: twice as long each time, with jitter, so that many do not come
 * back together; and as long as the service asked for, where it did.
 */
export function delayAfter(tries: number, { details }: EnvelopeError): number {
  const jitter = 0.5 + (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) / 255;
  const asked = Number(details['retryAfter'] ?? 0) * 1000;
  return Math.max(
    Math.min(firstDelay * 2 ** (tries - 1), longestDelay) * jitter,
    Math.min(asked, longestPatience),
  );
}
