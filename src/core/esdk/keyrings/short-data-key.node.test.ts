import { expect, it } from 'vitest';
import { codeOf } from '../../s3ec/test-objects.ts';
import { createRawRsaKeyring } from '../esdk.ts';
import { suiteById } from '../suite.ts';

// Not in WebKit on Linux, which can’t tell a short key from one that begins with zeros.
it('does not take a data key from RSA that is too short', async () => {
  const algorithm = {
    name: 'RSA-OAEP',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  };
  const keys = await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
  const keyring = createRawRsaKeyring({ keyNamespace: 'ns', keyName: 'name', ...keys });
  const request = { suite: suiteById('0478')!, encryptionContext: {} };
  const { encryptedDataKeys } = await keyring.wrap({ ...request, dataKey: new Uint8Array(31).fill(9) });
  expect(await codeOf(() => keyring.unwrap({ ...request, encryptedDataKeys }))).toBe('data-key-invalid');
});
