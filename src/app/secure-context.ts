import { EnvelopeError } from '../core/errors.ts';

/** Browsers give no cryptography to pages that came over plain http from another machine. */
export function requireSecureContext(): void {
  if (globalThis.isSecureContext && globalThis.crypto.subtle) return;
  throw new EnvelopeError('insecure-context', 'this page did not come over a secure connection', {
    details: { origin: location.origin },
  });
}
