import {
  createKmsMessageKeyring,
  createMultiKeyring,
  createRawAesKeyring,
  type MessageKeyring,
  wrapFactsOf,
} from '../core/esdk/esdk.ts';
import { createKmsOpener } from '../core/esdk/keyrings/kms-opener.ts';
import { describedKey, nameKey } from '../vault/personal-key.ts';
import type { Holder } from './holders-keyring.ts';

/**
 * The second half of `createHoldersKeyring`, which is loaded when a message is met. A message that names the personal
 * key is opened by that one or not at all, as in the other format: anybody may write the name beside what another key
 * opens, and it is what the list tells a person.
 */
export function createHoldersMessageKeyring({ personal, kms }: Holder): MessageKeyring {
  const own = personal && createRawAesKeyring({ ...nameKey(personal.fingerprint), ...personal });
  const byKms = kms && {
    wrap: createKmsMessageKeyring(kms).wrap,
    unwrap: createKmsOpener(kms.keyId, kms.client).unwrap,
  };
  const held = [own, byKms].filter((keyring) => keyring !== undefined);
  const all = createMultiKeyring({ children: held });
  return {
    // One key locks a file, as in the other format, not all of them.
    wrap: (held[0] ?? all).wrap,
    unwrap(request) {
      const namesOwn = wrapFactsOf(request.encryptedDataKeys).some(
        ({ description }) => describedKey(description) === personal?.fingerprint,
      );
      return (own && namesOwn ? own : all).unwrap(request);
    },
  };
}
