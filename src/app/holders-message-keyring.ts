import {
  createKmsMessageKeyring,
  createMultiKeyring,
  createRawAesKeyring,
  type MessageKeyring,
} from '../core/esdk/esdk.ts';
import { createKmsOpener } from '../core/esdk/keyrings/kms-opener.ts';
import { nameKey } from '../vault/personal-key.ts';
import type { Holder } from './holders-keyring.ts';

/** The second half of `createHoldersKeyring`, which is loaded when a message is met. */
export function createHoldersMessageKeyring({ personal, kms }: Holder): MessageKeyring {
  const own = personal && createRawAesKeyring({ ...nameKey(personal.fingerprint), ...personal });
  const byKms = kms && {
    wrap: createKmsMessageKeyring(kms).wrap,
    unwrap: createKmsOpener(kms.keyId, kms.client).unwrap,
  };
  const held = [own, byKms].filter((keyring) => keyring !== undefined);
  const all = createMultiKeyring({ children: held });
  // One key locks a file, as in the other format, not all of them.
  return { wrap: (held[0] ?? all).wrap, unwrap: all.unwrap };
}
