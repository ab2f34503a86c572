import type { Bytes } from '../../bytes.ts';
import { EnvelopeError } from '../../errors.ts';
import { checkDataKey, type MessageKeyring } from './keyring.ts';

/**
 * For somebody who was handed a message's data key itself: opens that one message whoever wrapped its key. Of a
 * suite that commits, another message refuses the key. Cannot wrap (`bad-argument`).
 *
 * Keeps a copy of the key; the caller's bytes can be wiped.
 */
export function createMessageDataKeyKeyring(dataKey: Bytes): MessageKeyring {
  const kept = dataKey.slice();
  return {
    async wrap() {
      throw new EnvelopeError('bad-argument', 'a bare data key opens one message and wraps none');
    },
    async unwrap({ suite }) {
      return checkDataKey(kept.slice(), suite);
    },
  };
}
