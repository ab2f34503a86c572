import type { Bytes } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import type { Keyring } from './keyring.ts';

/**
 * For somebody who was handed an object's data key itself, as in a share: opens that one object whoever
 * wrapped its key, and asks for no encryption context, since there is nobody to show it to. Another object's
 * commitment refuses the key. Cannot wrap (`bad-argument`).
 *
 * Keeps a copy of the key; the caller's bytes can be wiped.
 */
export function createDataKeyKeyring(dataKey: Bytes): Keyring {
  const kept = dataKey.slice();
  const refuse = async () => {
    throw new EnvelopeError('bad-argument', 'a bare data key opens one object and wraps none');
  };
  return {
    fit: () => 'named',
    wrap: refuse,
    wrapDataKey: refuse,
    async unwrap() {
      return kept.slice();
    },
  };
}
