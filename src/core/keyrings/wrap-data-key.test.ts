import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import { aesKeyring, codeOf, createTestKms } from '../s3ec/test-objects.ts';
import { createChoosingKeyring } from './choosing-keyring.ts';
import { createDataKeyKeyring } from './data-key-keyring.ts';
import type { Keyring, KmsClient, UnwrapRequest } from './keyring.ts';
import { createKmsKeyring } from './kms-keyring.ts';
import { createRsaKeyring } from './rsa-keyring.ts';

const dataKey = new Uint8Array(32).fill(5);
const rsaAlgorithm = {
  name: 'RSA-OAEP',
  hash: 'SHA-1',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};
const pair = await crypto.subtle.generateKey(rsaAlgorithm, false, ['encrypt', 'decrypt']);
const aes = await aesKeyring(1, { name: 'aes' });
const rsa = createRsaKeyring({ ...pair, materialsDescription: { name: 'rsa' } });
const kms = createKmsKeyring({ client: createTestKms(), keyId: 'key' });

describe.each<[string, Keyring, string]>([
  ['AES', aes, 'AES/GCM'],
  ['RSA', rsa, 'RSA-OAEP-SHA1'],
  ['KMS', kms, 'kms+context'],
  ['the first of several', createChoosingKeyring(rsa, aes), 'RSA-OAEP-SHA1'],
])('a data key that exists, %s', (_, keyring, wrapAlgorithm) => {
  it.each(['115', 'AES/GCM/NoPadding'] as const)(
    'is wrapped for %s and opens again',
    async (contentAlgorithm) => {
      const wrapped = await keyring.wrapDataKey(dataKey, { contentAlgorithm });
      expect(wrapped.wrapAlgorithm).toBe(wrapAlgorithm);
      expect(toHex(await keyring.unwrap({ contentAlgorithm, ...wrapped }))).toBe('05'.repeat(32));
      expect(toHex(dataKey)).toBe('05'.repeat(32));
    },
  );

  it('is wrapped anew each time', async () => {
    const wraps = [1, 2].map(() => keyring.wrapDataKey(dataKey, { contentAlgorithm: '115' }));
    const [first, second] = await Promise.all(wraps);
    expect(toHex(first!.encryptedDataKey)).not.toBe(toHex(second!.encryptedDataKey));
  });
});

it('of 16 bytes is wrapped as it is, for what PHP wrote', async () => {
  const contentAlgorithm = 'AES/GCM/NoPadding';
  for (const keyring of [aes, rsa, kms]) {
    const wrapped = await keyring.wrapDataKey(new Uint8Array(16).fill(3), { contentAlgorithm });
    expect(toHex(await keyring.unwrap({ contentAlgorithm, ...wrapped }))).toBe('03'.repeat(16));
  }
});

describe('is not wrapped', () => {
  const request = { contentAlgorithm: '115' } as const;

  it.each([
    ['AES', aes],
    ['RSA', rsa],
  ])('by %s under a context', async (_, keyring) => {
    const encryptionContext = { a: 'b' };
    expect(await codeOf(() => keyring.wrapDataKey(dataKey, { ...request, encryptionContext }))).toBe(
      'bad-argument',
    );
  });

  it('row 42: by KMS under the reserved pair', async () => {
    const encryptionContext = { 'aws:x-amz-cek-alg': '115' };
    expect(await codeOf(() => kms.wrapDataKey(dataKey, { ...request, encryptionContext }))).toBe(
      'reserved-context-key',
    );
  });

  it('by a KMS client that cannot', async () => {
    const { encrypt: _, ...client } = createTestKms();
    const keyring = createKmsKeyring({ client: client as KmsClient, keyId: 'key' });
    expect(await codeOf(() => keyring.wrapDataKey(dataKey, request))).toBe('bad-argument');
  });

  it('by KMS if it refuses', async () => {
    const denied = () => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    const keyring = createKmsKeyring({ client: { ...createTestKms(), encrypt: denied }, keyId: 'key' });
    expect(await codeOf(() => keyring.wrapDataKey(dataKey, request))).toBe('access-denied');
  });

  it('by the private half of RSA', async () => {
    const { privateKey } = pair;
    const keyring = createRsaKeyring({ privateKey, materialsDescription: {} });
    expect(await codeOf(() => keyring.wrapDataKey(dataKey, request))).toBe('bad-argument');
  });

  it('by a bare data key', async () => {
    expect(await codeOf(() => createDataKeyKeyring(dataKey).wrapDataKey(dataKey, request))).toBe(
      'bad-argument',
    );
  });
});

describe('old wraps', () => {
  const old: UnwrapRequest = {
    wrapAlgorithm: 'kms',
    contentAlgorithm: 'AES/GCM/NoPadding',
    encryptedDataKey: new Uint8Array(8),
    description: { kms_cmk_id: 'key' },
  };

  it.each(['RSA', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding'] as const)(
    'row 46: %s is named, and RSA not asked',
    async (wrapAlgorithm) => {
      const asked = { ...old, wrapAlgorithm, encryptedDataKey: new Uint8Array(256).fill(1) };
      await expect(rsa.unwrap(asked)).rejects.toMatchObject({
        code: 'wrap-unsupported',
        message: expect.stringContaining(wrapAlgorithm === 'RSA' ? 'PKCS#1 v1.5' : 'MGF1'),
      });
      const several = createChoosingKeyring(aes, kms, rsa);
      expect(await codeOf(() => several.unwrap(asked))).toBe('wrap-unsupported');
      expect(await codeOf(() => createChoosingKeyring(aes, kms).unwrap(asked))).toBe('no-key-fits');
    },
  );

  it('kms: the stored context is sent as it is', async () => {
    const client = createTestKms();
    const { ciphertextBlob } = await client.encrypt({
      keyId: 'key',
      plaintext: dataKey,
      encryptionContext: old.description,
    });
    const keyring = createKmsKeyring({ client, keyId: 'key' });
    const asked = { ...old, encryptedDataKey: ciphertextBlob };
    expect(toHex(await keyring.unwrap(asked))).toBe('05'.repeat(32));
    expect(keyring.fit(asked)).toBe('possible');
    const altered = { ...asked, description: { kms_cmk_id: 'other' } };
    expect(await codeOf(() => keyring.unwrap(altered))).toBe('unwrap-failed');
  });

  it.each<[string, Partial<UnwrapRequest>, string]>([
    ['row 20: a context from the caller', { encryptionContext: { a: 'b' } }, 'context-mismatch'],
    [
      'row 42: the reserved pair from the caller',
      { encryptionContext: { 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' } },
      'reserved-context-key',
    ],
    [
      'row 21: the reserved pair stored',
      { description: { 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' } },
      'metadata-mixed',
    ],
  ])('kms: %s, and KMS is not asked', async (_, changes, code) => {
    const client = createTestKms();
    const keyring = createKmsKeyring({ client, keyId: 'key' });
    expect(await codeOf(() => keyring.unwrap({ ...old, ...changes }))).toBe(code);
    expect(client.calls).toEqual([]);
  });
});
