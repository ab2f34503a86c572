import { describe, expect, it } from 'vitest';
import { type Bytes, fromUtf8, utf8 } from '../../bytes.ts';
import type { KmsMessageClient } from '../../keyrings/keyring.ts';
import { codeOf } from '../../s3ec/test-objects.ts';
import {
  createKmsDiscoveryKeyring,
  createKmsMessageKeyring,
  createMultiKeyring,
  decrypt,
  encrypt,
  type MessageKeyring,
} from '../esdk.ts';
import { formatHeader } from '../header.ts';
import { aesKeyring, headerOf, sample } from '../test-messages.ts';
import { createTestKms } from './test-kms.ts';

const west = 'us-west-2';
const east = 'us-east-1';
const key = `arn:aws:kms:${west}:111122223333:key/1234abcd`;
const otherKey = `arn:aws:kms:${west}:111122223333:key/5678`;
const strangersKey = `arn:aws:kms:${west}:999988887777:key/1234abcd`;
const mrkWest = `arn:aws:kms:${west}:111122223333:key/mrk-1`;
const mrkEast = `arn:aws:kms:${east}:111122223333:key/mrk-1`;
const arns = [key, otherKey, strangersKey, mrkWest, mrkEast];
const encryptionContext = { a: 'b' };
const plaintext = sample(20);

const seal = (keyring: MessageKeyring) => encrypt(plaintext, { keyring, encryptionContext });
const codeOfOpening = (message: Uint8Array<ArrayBuffer>, keyring: MessageKeyring) =>
  codeOf(() => decrypt(message, { keyring }));

describe('a KMS keyring', () => {
  it('makes a data key and has it opened by the same key', async () => {
    const kms = createTestKms(arns);
    const keyring = createKmsMessageKeyring({ client: kms.client(west), keyId: key });
    const message = await seal(keyring);
    const [wrapped] = headerOf(message).encryptedDataKeys;
    expect([wrapped?.providerId, fromUtf8(wrapped?.providerInfo ?? new Uint8Array())]).toEqual([
      'aws-kms',
      key,
    ]);
    expect((await decrypt(message, { keyring })).plaintext).toEqual(plaintext);
    expect(kms.calls).toEqual([`generate ${west} ${key}`, `decrypt ${west} ${key}`]);
  });

  it.each([
    ['0014', 16],
    ['0178', 32],
  ] as const)('asks for as many bytes as suite %s has', async (suite, bytes) => {
    const asked: unknown[] = [];
    const client = createTestKms(arns).client(west);
    const spy: KmsMessageClient = {
      ...client,
      generateDataKey(request) {
        asked.push(request.numberOfBytes);
        return client.generateDataKey(request);
      },
    };
    const keyring = createKmsMessageKeyring({ client: spy, keyId: key });
    const commitmentPolicy = 'FORBID_ENCRYPT_ALLOW_DECRYPT';
    const message = await encrypt(plaintext, { keyring, suite, commitmentPolicy });
    expect(asked).toEqual([bytes]);
    expect((await decrypt(message, { keyring, commitmentPolicy })).plaintext).toEqual(plaintext);
  });

  it('shows KMS the whole context, the public key of a signed message and unstored pairs too', async () => {
    const contexts: unknown[] = [];
    const client = createTestKms(arns).client(west);
    const spy: KmsMessageClient = {
      ...client,
      generateDataKey(request) {
        contexts.push(request.encryptionContext);
        return client.generateDataKey(request);
      },
    };
    const keyring = createKmsMessageKeyring({ client: spy, keyId: key });
    const requiredContextKeys = ['a'];
    const message = await encrypt(plaintext, {
      keyring,
      encryptionContext,
      requiredContextKeys,
      suite: '0578',
    });
    expect(contexts).toEqual([{ a: 'b', 'aws-crypto-public-key': expect.any(String) }]);
    expect((await decrypt(message, { keyring, encryptionContext })).plaintext).toEqual(plaintext);
    expect(await codeOfOpening(message, keyring)).toBe('unwrap-failed');
  });

  it('wraps by an alias and stores the ARN, and does not open by the alias', async () => {
    const kms = createTestKms(arns, { 'alias/mine': key });
    const byAlias = createKmsMessageKeyring({ client: kms.client(west), keyId: 'alias/mine' });
    const message = await seal(byAlias);
    expect(await codeOfOpening(message, byAlias)).toBe('no-key-fits');
    const byArn = createKmsMessageKeyring({ client: kms.client(west), keyId: key });
    expect((await decrypt(message, { keyring: byArn })).plaintext).toEqual(plaintext);
  });

  it('does not ask for what another key wrapped', async () => {
    const kms = createTestKms(arns);
    const message = await seal(createKmsMessageKeyring({ client: kms.client(west), keyId: otherKey }));
    kms.calls.length = 0;
    const keyring = createKmsMessageKeyring({ client: kms.client(west), keyId: key });
    expect(await codeOfOpening(message, keyring)).toBe('no-key-fits');
    expect(await codeOfOpening(await seal(await aesKeyring()), keyring)).toBe('no-key-fits');
    expect(kms.calls).toEqual([]);
  });

  it('does not open in another region, unless it may be a replica', async () => {
    const kms = createTestKms(arns);
    const message = await seal(createKmsMessageKeyring({ client: kms.client(west), keyId: mrkWest }));
    const at = (multiRegion: boolean) =>
      createKmsMessageKeyring({ client: kms.client(east), keyId: mrkEast, multiRegion });
    expect(await codeOfOpening(message, at(false))).toBe('no-key-fits');
    kms.calls.length = 0;
    expect((await decrypt(message, { keyring: at(true) })).plaintext).toEqual(plaintext);
    expect(kms.calls).toEqual([`decrypt ${east} ${mrkEast}`]);
  });

  it('refuses an answer for another key, and one without an ARN', async () => {
    const client = createTestKms(arns).client(west);
    const answered: { plaintext: Bytes }[] = [];
    const answering = (keyId: string): KmsMessageClient => {
      const noted = <T extends { plaintext: Bytes }>(answer: T) => {
        answered.push(answer);
        return { ...answer, keyId };
      };
      return {
        ...client,
        decrypt: async (request) => noted(await client.decrypt(request)),
        generateDataKey: async (request) => noted(await client.generateDataKey(request)),
      };
    };
    const message = await seal(createKmsMessageKeyring({ client, keyId: key }));
    const wrong = createKmsMessageKeyring({ client: answering(otherKey), keyId: key });
    expect(await codeOfOpening(message, wrong)).toBe('service-failed');
    for (const keyId of ['1234abcd', 'alias/mine', `arn:aws:kms:${west}:111122223333:alias/x`]) {
      const keyring = createKmsMessageKeyring({ client: answering(keyId), keyId: key });
      expect(await codeOf(() => seal(keyring))).toBe('service-failed');
    }
    // No data key stays behind.
    expect(answered.map(({ plaintext: dataKey }) => dataKey)).toEqual(Array(4).fill(new Uint8Array(32)));
  });

  it('refuses a data key of another length', async () => {
    const client = createTestKms(arns).client(west);
    const short: KmsMessageClient = {
      ...client,
      generateDataKey: (request) => client.generateDataKey({ ...request, numberOfBytes: 16 }),
      decrypt: async (request) => ({ ...(await client.decrypt(request)), plaintext: new Uint8Array(16) }),
    };
    const keyring = createKmsMessageKeyring({ client: short, keyId: key });
    expect(await codeOf(() => seal(keyring))).toBe('service-failed');
    const message = await seal(createKmsMessageKeyring({ client, keyId: key }));
    expect(await codeOfOpening(message, keyring)).toBe('data-key-invalid');
  });

  it('goes on to the next wrapped key when KMS refuses one', async () => {
    const kms = createTestKms(arns);
    const client = kms.client(west);
    const keyring = createKmsMessageKeyring({ client, keyId: key });
    const twice = createMultiKeyring({ generator: keyring, children: [keyring] });
    const message = await encrypt(plaintext, { keyring: twice });
    let asked = 0;
    const failingOnce: KmsMessageClient = {
      ...client,
      async decrypt(request) {
        if (asked++ === 0) throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
        return client.decrypt(request);
      },
    };
    const { plaintext: opened } = await decrypt(message, {
      keyring: createKmsMessageKeyring({ client: failingOnce, keyId: key }),
    });
    expect([opened, asked]).toEqual([plaintext, 2]);
  });

  it.each([
    ['AccessDeniedException', 'access-denied'],
    ['DisabledException', 'kms-key-disabled'],
    ['InvalidCiphertextException', 'unwrap-failed'],
    ['SomethingElse', 'service-failed'],
  ] as const)('says what KMS says: %s', async (name, code) => {
    const client = createTestKms(arns).client(west);
    const message = await seal(createKmsMessageKeyring({ client, keyId: key }));
    const refusing: KmsMessageClient = {
      ...client,
      decrypt: () => Promise.reject(Object.assign(new Error('no'), { name })),
    };
    expect(await codeOfOpening(message, createKmsMessageKeyring({ client: refusing, keyId: key }))).toBe(
      code,
    );
  });

  it('needs the id of its key', async () => {
    const client = createTestKms(arns).client(west);
    expect(await codeOf(() => createKmsMessageKeyring({ client, keyId: '' }))).toBe('bad-argument');
  });
});

describe('a discovery keyring', () => {
  const filter = { partition: 'aws', accounts: ['111122223333'] };

  it('opens with the key that the message names', async () => {
    const kms = createTestKms(arns);
    const keyring = createKmsDiscoveryKeyring({ clientFor: kms.client, filter });
    for (const keyId of [key, otherKey]) {
      const message = await seal(createKmsMessageKeyring({ client: kms.client(west), keyId }));
      expect((await decrypt(message, { keyring })).plaintext).toEqual(plaintext);
      expect(kms.calls.at(-1)).toBe(`decrypt ${west} ${keyId}`);
    }
  });

  it('asks for no key that the filter keeps out', async () => {
    const kms = createTestKms(arns);
    const message = await seal(createKmsMessageKeyring({ client: kms.client(west), keyId: strangersKey }));
    kms.calls.length = 0;
    for (const narrow of [filter, { partition: 'aws-cn', accounts: ['999988887777'] }]) {
      const keyring = createKmsDiscoveryKeyring({ clientFor: kms.client, filter: narrow });
      expect(await codeOfOpening(message, keyring)).toBe('no-key-fits');
    }
    expect(kms.calls).toEqual([]);
    const any = createKmsDiscoveryKeyring({ clientFor: kms.client, filter: 'any-account' });
    expect((await decrypt(message, { keyring: any })).plaintext).toEqual(plaintext);
  });

  it('asks in no region that it has no client for', async () => {
    const kms = createTestKms(arns);
    const message = await seal(createKmsMessageKeyring({ client: kms.client(west), keyId: key }));
    kms.calls.length = 0;
    const keyring = createKmsDiscoveryKeyring({
      clientFor: (region) => (region === east ? kms.client(east) : undefined),
      filter,
    });
    expect(await codeOfOpening(message, keyring)).toBe('no-key-fits');
    expect(kms.calls).toEqual([]);
  });

  it('asks at home for multi-Region keys, and for no other', async () => {
    const kms = createTestKms(arns);
    const keyring = createKmsDiscoveryKeyring({ clientFor: kms.client, filter, homeRegion: east });
    const replicated = await seal(createKmsMessageKeyring({ client: kms.client(west), keyId: mrkWest }));
    expect((await decrypt(replicated, { keyring })).plaintext).toEqual(plaintext);
    expect(kms.calls.at(-1)).toBe(`decrypt ${east} ${mrkEast}`);
    const local = await seal(createKmsMessageKeyring({ client: kms.client(west), keyId: key }));
    expect((await decrypt(local, { keyring })).plaintext).toEqual(plaintext);
    expect(kms.calls.at(-1)).toBe(`decrypt ${west} ${key}`);
  });

  it.each([
    ['aws-kms-hierarchy', key],
    ['aws-kmss', key],
    ['aws-kms', `arn:aws:kms:${west}:111122223333:alias/mine`],
    ['aws-kms', '1234abcd'],
  ])('does not take %s %s for a KMS key', async (providerId, info) => {
    const kms = createTestKms(arns);
    const message = await seal(createKmsMessageKeyring({ client: kms.client(west), keyId: key }));
    const header = headerOf(message);
    const [wrapped] = header.encryptedDataKeys;
    const named = {
      providerId,
      providerInfo: utf8(info),
      ciphertext: wrapped?.ciphertext ?? new Uint8Array(),
    };
    const changed = Uint8Array.from([
      ...formatHeader({ ...header, encryptedDataKeys: [named] }),
      ...message.slice(header.body.length),
    ]);
    kms.calls.length = 0;
    const keyring = createKmsDiscoveryKeyring({ clientFor: kms.client, filter: 'any-account' });
    expect(await codeOfOpening(changed, keyring)).toBe('no-key-fits');
    expect(kms.calls).toEqual([]);
  });

  it('wraps nothing', async () => {
    const keyring = createKmsDiscoveryKeyring({ clientFor: createTestKms(arns).client, filter });
    expect(await codeOf(() => seal(keyring))).toBe('bad-argument');
  });
});
