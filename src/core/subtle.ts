import { EnvelopeError } from './errors.ts';

/** The platform's WebCrypto; `insecure-context` where it is hidden. */
export function subtle(): SubtleCrypto {
  // Typed as always there, but browsers hide it from pages that came over plain http.
  const found = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!found) throw new EnvelopeError('insecure-context', 'WebCrypto is available in secure contexts only');
  return found;
}
