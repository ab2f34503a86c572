import { EnvelopeError } from '../core/errors.ts';

/**
 * Throws `insecure-context` for a page that came over plain http from another machine, to which browsers give no
 * cryptography; `browser-outdated` in those of before 2024, which cannot end a request for more than one reason.
 */
export function requireBrowser(): void {
  if (!(globalThis.isSecureContext && globalThis.crypto.subtle)) {
    throw new EnvelopeError('insecure-context', 'this page did not come over a secure connection', {
      details: { origin: location.origin },
    });
  }
  if (!('any' in AbortSignal)) throw new EnvelopeError('browser-outdated', 'AbortSignal.any is missing');
}
