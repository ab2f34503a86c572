import { describe, expect, it } from 'vitest';
import { randomBytes, utf8 } from '../core/bytes.ts';
import {
  createKmsMessageKeyring,
  createMultiKeyring,
  createRawAesKeyring,
  encryptMessage,
  type MessageKeyring,
} from '../core/esdk/esdk.ts';
import { createTestKms } from '../core/esdk/keyrings/test-kms.ts';
import { codeOf } from '../core/s3ec/test-objects.ts';
import { examineObject, openFile } from '../transfer/objects.ts';
import { storeOf } from '../transfer/test-objects.ts';
import { describedKey, importPersonalKey, nameKey } from '../vault/personal-key.ts';
import { createHoldersKeyring } from './holders-keyring.ts';

const keyId = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const kms = { keyId, client: createTestKms([keyId]).client('eu-central-1') };
const personal = await importPersonalKey(new Uint8Array(32).fill(7));
const byKms = createKmsMessageKeyring(kms);
const own = createRawAesKeyring({ ...nameKey(personal.fingerprint), ...personal });
const holder = createHoldersKeyring({ personal, kms });

async function stored(keyring: MessageKeyring) {
  const encryptor = await encryptMessage({ keyring, plaintextLength: 3 });
  return storeOf({ metadata: {}, body: await encryptor.seal(0, utf8('abc')) });
}

/** What somebody makes who may use the KMS key and has seen the name of the personal one. */
function forgery(order: 'name first' | 'name last'): MessageKeyring {
  return {
    unwrap: byKms.unwrap,
    async wrap(request) {
      const { dataKey, encryptedDataKeys } = await byKms.wrap(request);
      const named = (await own.wrap(request)).encryptedDataKeys.map((key) => ({
        ...key,
        ciphertext: randomBytes(key.ciphertext.length),
      }));
      const both =
        order === 'name first' ? [...named, ...encryptedDataKeys] : [...encryptedDataKeys, ...named];
      return { dataKey, encryptedDataKeys: both };
    },
  };
}

describe('the keys of somebody who holds a personal key, and may use one of KMS', () => {
  it.each([
    ['the personal key', own],
    ['KMS', byKms],
    ['both', createMultiKeyring({ generator: byKms, children: [own] })],
  ])('open a message that %s locked', async (_, keyring) => {
    const { head, store } = await stored(keyring);
    expect((await openFile(store, head, holder)).format).toBe('esdk');
  });

  it.each(['name first', 'name last'] as const)(
    'open nothing that names the personal key and only KMS opens (%s)',
    async (order) => {
      const { head, store } = await stored(forgery(order));
      const sealed = await examineObject(store, head);
      const named = sealed.wraps.map(({ description }) => describedKey(description));
      expect(named).toContain(personal.fingerprint);
      expect(await codeOf(() => sealed.open(holder))).toBe('unwrap-failed');
    },
  );
});
