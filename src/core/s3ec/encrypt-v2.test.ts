import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromBase64, toHex, utf8 } from '../bytes.ts';
import { createKmsKeyring } from '../keyrings/kms-keyring.ts';
import {
  algorithmToWrite,
  type CommitmentPolicy,
  encryptObject,
  parseEnvelope,
  unlockEnvelope,
  type WrittenAlgorithm,
} from './s3ec.ts';
import { aesKeyring, codeOf, createTestKms, decryptWhole } from './test-objects.ts';

const plaintext = utf8('the quick brown fox jumps over the lazy dog');
const keyring = await aesKeyring(7, { name: 'mine' });
const forbid = { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' } as const;
const gcm = 'AES/GCM/NoPadding';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('format V2', () => {
  it("is the key set of Java's client", async () => {
    const { metadata } = await encryptObject({ keyring, plaintextLength: 5, ...forbid });
    expect(metadata).toEqual({
      'x-amz-key-v2': expect.any(String),
      'x-amz-iv': expect.any(String),
      'x-amz-cek-alg': gcm,
      'x-amz-wrap-alg': 'AES/GCM',
      'x-amz-tag-len': '128',
      'x-amz-matdesc': '{"name":"mine"}',
    });
    expect(fromBase64(metadata['x-amz-iv']!)).toHaveLength(12);
  });

  it('has a materials description always', async () => {
    const { metadata } = await encryptObject({ keyring: await aesKeyring(), plaintextLength: 5, ...forbid });
    expect(metadata['x-amz-matdesc']).toBe('{}');
  });

  it('stores the whole context of KMS', async () => {
    const kms = createKmsKeyring({ client: createTestKms(), keyId: 'key' });
    const options = { keyring: kms, plaintextLength: 5, encryptionContext: { a: 'b' }, ...forbid };
    const { metadata } = await encryptObject(options);
    expect(metadata).toMatchObject({
      'x-amz-wrap-alg': 'kms+context',
      'x-amz-matdesc': '{"a":"b","aws:x-amz-cek-alg":"AES/GCM/NoPadding"}',
    });
  });

  it('is sealed in ranges and opens again', async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: plaintext.length, ...forbid });
    const last = encryptor.seal(32, plaintext.slice(32));
    const first = await encryptor.seal(0, plaintext.slice(0, 32));
    const body = Uint8Array.from([...first, ...(await last)]);
    const opened = await decryptWhole({ metadata: encryptor.metadata, body }, { keyring, ...forbid });
    expect(toHex(opened)).toBe(toHex(plaintext));
  });

  it("is WebCrypto's own AES-GCM under the data key, with nothing beside", async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: plaintext.length, ...forbid });
    const unlocked = await unlockEnvelope(parseEnvelope(encryptor.metadata), { keyring, ...forbid });
    const key = await crypto.subtle.importKey('raw', unlocked.dataKey(), 'AES-GCM', false, ['decrypt']);
    const iv = fromBase64(encryptor.metadata['x-amz-iv']!)!;
    const body = await encryptor.seal(0, plaintext);
    const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, body);
    expect(toHex(new Uint8Array(opened))).toBe(toHex(plaintext));
  });

  it('never repeats an IV or a wrapped key', async () => {
    const options = { keyring, plaintextLength: 0, ...forbid };
    const objects = await Promise.all(Array.from({ length: 50 }, () => encryptObject(options)));
    for (const field of ['x-amz-iv', 'x-amz-key-v2']) {
      expect(new Set(objects.map(({ metadata }) => metadata[field])).size).toBe(50);
    }
  });

  it('derives no keys', async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 0, ...forbid });
    expect(await codeOf(() => encryptor.deriveKey('name'))).toBe('algorithm-unsupported');
  });

  it('row 11: random numbers that are all zero, before any key is made', async () => {
    const client = createTestKms();
    const kms = createKmsKeyring({ client, keyId: 'key' });
    vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => array);
    expect(await codeOf(() => encryptObject({ keyring: kms, plaintextLength: 0, ...forbid }))).toBe(
      'random-failed',
    );
    expect(client.calls).toEqual([]);
  });
});

describe('the policy decides what is written', () => {
  it.each<[CommitmentPolicy | undefined, string]>([
    ['REQUIRE_ENCRYPT_REQUIRE_DECRYPT', '115'],
    ['REQUIRE_ENCRYPT_ALLOW_DECRYPT', '115'],
    ['FORBID_ENCRYPT_ALLOW_DECRYPT', gcm],
    [undefined, '115'],
  ])('%s writes %s', async (commitmentPolicy, contentAlgorithm) => {
    const { metadata } = await encryptObject({ keyring, plaintextLength: 0, commitmentPolicy });
    expect(parseEnvelope(metadata).contentAlgorithm).toBe(contentAlgorithm);
  });

  it.each<[CommitmentPolicy | undefined, WrittenAlgorithm, string]>([
    ['REQUIRE_ENCRYPT_REQUIRE_DECRYPT', gcm, 'policy-mismatch'],
    ['REQUIRE_ENCRYPT_ALLOW_DECRYPT', gcm, 'policy-mismatch'],
    [undefined, gcm, 'policy-mismatch'],
    ['FORBID_ENCRYPT_ALLOW_DECRYPT', '115', 'policy-mismatch'],
    ['REQUIRE_ENCRYPT_REQUIRE_DECRYPT', '115', 'no error'],
    ['REQUIRE_ENCRYPT_ALLOW_DECRYPT', '115', 'no error'],
    ['FORBID_ENCRYPT_ALLOW_DECRYPT', gcm, 'no error'],
  ])('row 28: %s and %s: %s', async (commitmentPolicy, contentAlgorithm, code) => {
    const client = createTestKms();
    const kms = createKmsKeyring({ client, keyId: 'key' });
    const options = { keyring: kms, plaintextLength: 0, commitmentPolicy, contentAlgorithm };
    expect(await codeOf(() => encryptObject(options))).toBe(code);
    expect(client.calls).toHaveLength(code === 'no error' ? 1 : 0);
    expect(await codeOf(() => algorithmToWrite(commitmentPolicy, contentAlgorithm))).toBe(code);
  });

  it.each(['AES/CBC/PKCS5Padding', 'AES/CTR/NoPadding', '116', '112', ''])(
    'row 29: "%s" is never written',
    async (name) => {
      const contentAlgorithm = name as WrittenAlgorithm;
      for (const options of [{}, forbid]) {
        expect(
          await codeOf(() => encryptObject({ keyring, plaintextLength: 0, contentAlgorithm, ...options })),
        ).toBe('bad-argument');
      }
    },
  );

  it('and there are three', async () => {
    const commitmentPolicy = 'ALLOW' as CommitmentPolicy;
    expect(await codeOf(() => encryptObject({ keyring, plaintextLength: 0, commitmentPolicy }))).toBe(
      'bad-argument',
    );
  });
});
