/** `Retry-After` as a number of seconds (RFC 9110, 10.2.3); a date would be read by a clock that may be wrong. */
export function secondsOf(retryAfter: unknown): number | undefined {
  return typeof retryAfter === 'string' && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
}
