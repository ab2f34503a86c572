import { describe, expect, it } from 'vitest';
import { type Bytes, fromBase64, fromHex, toBase64, toHex, utf8 } from '../bytes.ts';
import { createGcmSealer } from '../gcm/gcm.ts';
import { createAesKeyring, importWrappingKey } from '../keyrings/aes-keyring.ts';
import { createDataKeyKeyring } from '../keyrings/data-key-keyring.ts';
import { equalDescriptions } from '../keyrings/description.ts';
import type { ContentAlgorithm, Keyring } from '../keyrings/keyring.ts';
import { createKmsKeyring } from '../keyrings/kms-keyring.ts';
import { createRsaKeyring } from '../keyrings/rsa-keyring.ts';
import type { Metadata } from '../object.ts';
import { v3Message } from './content.ts';
import { createDerivation } from './derivation.ts';
import { parseEnvelope } from './s3ec.ts';
import { decryptWhole } from './test-objects.ts';
import vectors from './vectors/s3ec-bytes.json' with { type: 'json' };

const hex = (text: string): Bytes => fromHex(text)!;
const plaintext = utf8(vectors.plaintext_utf8);
const dataKey = hex(vectors.data_key_hex);

describe('key derivation', () => {
  // The first two are those of the Go client's tests.
  it.each([
    [
      '80d90dc4cc7e77d8a6332efa44eba56230a7fe7b89af37d1e501ab2e07c0a163',
      'b8ea76bed24c7b85382a148cb9dcd1cfdfb765f55ded4dfa6e0c4c79',
      '6dd14f546cc006e639126e83f5d4d1b118576bb5df97f38c6fb3a1db87bbc338',
      'f89818bc0a346d3a3426b68e9509b6b2ae5fe1f904aa329fb73625db',
    ],
    [
      '501afb8227d22e75e68010414b8abdaf3064c081e8e922dafef4992036394d60',
      '61a00b4981a5aacfd136c55cb726e32d2a547dc7600a7d4675c69127',
      'e14786a714748d1d2c3a4a6816dec56ddf1881bbeabb4f39420ffb9f63700b2f',
      '5c1e73e47f6fe3a70d6d094283aceaa76d2975feb829212d88f0afc1',
    ],
    [
      vectors.data_key_hex,
      'a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babb',
      'a8e0c7c35a41d8aaf9ef82a872f31b9e996b7ff6318c3772987ee5470cf89946',
      'c14b6f5ff01354a12d08225323f8bb6a482599d178c7bc3660be7a3b',
    ],
  ])('data key %s', async (key, messageId, contentKey, commitment) => {
    const derivation = await createDerivation(hex(key), hex(messageId));
    expect(toHex(await derivation.commitment())).toBe(commitment);

    // The content key cannot be exported, so it is told by what it encrypts.
    const sealer = await createGcmSealer(v3Message(await derivation.contentKey(), 32));
    const sealed = await sealer.seal(0, new Uint8Array(32));
    const expectedKey = await crypto.subtle.importKey('raw', hex(contentKey), 'AES-GCM', false, ['encrypt']);
    const algorithm = {
      name: 'AES-GCM',
      iv: new Uint8Array(12).fill(1),
      additionalData: Uint8Array.of(0, 0x73),
    };
    const expected = await crypto.subtle.encrypt(algorithm, expectedKey, new Uint8Array(32));
    expect(toHex(sealed) + toHex(await sealer.tag())).toBe(toHex(new Uint8Array(expected)));
  });
});

const wrappingKey = await importWrappingKey(hex(vectors.aes_wrapping_key_hex));
const aes = createAesKeyring({ wrappingKey, materialsDescription: {} });
const rsa = createRsaKeyring({
  privateKey: await crypto.subtle.importKey(
    'pkcs8',
    fromBase64(vectors.rsa.pkcs8_b64)!,
    { name: 'RSA-OAEP', hash: 'SHA-1' },
    false,
    ['decrypt'],
  ),
  materialsDescription: {},
});

function kmsFor(contentAlgorithm: ContentAlgorithm): Keyring {
  return createKmsKeyring({
    keyId: 'the key',
    client: {
      generateDataKey: () => Promise.reject(new Error('only read')),
      async decrypt({ keyId, ciphertextBlob, encryptionContext }) {
        const context = { project: 'demo', 'aws:x-amz-cek-alg': contentAlgorithm };
        expect(keyId).toBe('the key');
        expect(toBase64(ciphertextBlob)).toBe('S01TLUJMT0I=');
        expect(equalDescriptions(encryptionContext, context)).toBe(true);
        return { plaintext: dataKey.slice(), keyId };
      },
    },
  });
}

describe('key wrapping, AES-GCM', () => {
  const wrapped = 'd0d1d2d3d4d5d6d7d8d9dadbdfcdd4d4f252e354f9422084ac40eb75bcb0cea550342cfcc45b98579b53d864';
  it.each([
    ['115', '1ed966d86f4deca6cd39a6f484bdaea3'],
    ['AES/GCM/NoPadding', '78e751f54dc963ca68d962bb69856727'],
  ] as const)('bound to %s', async (contentAlgorithm, tag) => {
    const opened = await aes.unwrap({
      contentAlgorithm,
      wrapAlgorithm: 'AES/GCM',
      encryptedDataKey: hex(wrapped + tag),
      description: {},
    });
    expect(toHex(opened)).toBe(vectors.data_key_hex);
  });
});

describe('whole objects', () => {
  const { v3_aes, v3_rsa, v3_kms, v2_aes, v2_rsa, v2_kms } = vectors.objects;
  const v3 = [vectors.v3_body_hex, vectors.v3_empty_plaintext_body_hex] as const;
  const v2 = [vectors.v2_body_hex, vectors.v2_empty_plaintext_body_hex] as const;

  it.each([
    ['V3, AES', v3_aes.metadata, aes, v3, undefined],
    ['V3, RSA', v3_rsa.metadata, rsa, v3, undefined],
    ['V3, KMS', v3_kms.metadata, kmsFor('115'), v3, { project: 'demo' }],
    ['V2, AES', v2_aes.metadata, aes, v2, undefined],
    ['V2, RSA', v2_rsa.metadata, rsa, v2, undefined],
    ['V2, KMS', v2_kms.metadata, kmsFor('AES/GCM/NoPadding'), v2, { project: 'demo' }],
  ] as const)('%s', async (_, metadata, keyring, [body, emptyBody], encryptionContext) => {
    const options = {
      keyring,
      encryptionContext,
      commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
    } as const;
    expect(toHex(await decryptWhole({ metadata, body: hex(body) }, options))).toBe(toHex(plaintext));
    expect(await decryptWhole({ metadata, body: hex(emptyBody) }, options)).toHaveLength(0);
  });

  it('what the official Python client 4.0.0 wrote', async () => {
    const metadata: Metadata = {
      'x-amz-c': '115',
      'x-amz-3': 'S01TLUJMT0I=',
      'x-amz-w': '12',
      'x-amz-t': '{"project": "demo", "aws:x-amz-cek-alg": "115"}',
      'x-amz-i': 'FxUdlaZl5Eeq+CxM2/yxmayEHztsiMB0rco+Cg==',
      'x-amz-d': 'iuQqHvpXTGMQSkpUYuHjlPnBAHIAAElkjqpumg==',
    };
    const body = hex(
      '47c82ca0c670197c53e36c768d117a2d19b31b2743cb839aea5ffc53d783fcc9' +
        '82a9d61256efd2f4486a420c03b53c6c3db9325c423ec42893865c',
    );
    const keyring = createDataKeyKeyring(dataKey);
    expect(parseEnvelope(metadata)).toMatchObject({ version: 3, wrapAlgorithm: 'kms+context' });
    expect(toHex(await decryptWhole({ metadata, body }, { keyring }))).toBe(toHex(plaintext));
  });
});
