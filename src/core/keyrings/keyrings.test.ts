import { describe, expect, it } from 'vitest';
import { type Bytes, toHex, utf8 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { createAesKeyring, importWrappingKey } from './aes-keyring.ts';
import { createChoosingKeyring } from './choosing-keyring.ts';
import { createDataKeyKeyring } from './data-key-keyring.ts';
import type { Description, Keyring, KmsClient, UnwrapRequest, WrappedDataKey } from './keyring.ts';
import { createKmsKeyring } from './kms-keyring.ts';
import { createRsaKeyring } from './rsa-keyring.ts';

const keyOf = (fill: number) => importWrappingKey(new Uint8Array(32).fill(fill));
const [one, two, three] = await Promise.all([keyOf(1), keyOf(2), keyOf(3)]);
const rsaAlgorithm = {
  name: 'RSA-OAEP',
  hash: 'SHA-1',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};
const rsaPair = await crypto.subtle.generateKey(rsaAlgorithm, false, ['encrypt', 'decrypt']);

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
    return 'no error';
  } catch (error) {
    if (error instanceof EnvelopeError) return error.code;
    throw error;
  }
}

function requestFor(wrapped: WrappedDataKey, changes: Partial<UnwrapRequest> = {}): UnwrapRequest {
  const { encryptedDataKey, wrapAlgorithm, description } = wrapped;
  return { contentAlgorithm: '115', encryptedDataKey, wrapAlgorithm, description, ...changes };
}

function flip(bytes: Bytes, at: number): Bytes {
  const changed = bytes.slice();
  changed[at]! ^= 1;
  return changed;
}

describe('a wrapping key', () => {
  it.each([16, 32])('of %i bytes is imported, and cannot be exported', async (length) => {
    const raw = new Uint8Array(length).fill(1);
    const key = await importWrappingKey(raw);
    raw.fill(0);
    expect(key).toMatchObject({ extractable: false, algorithm: { name: 'AES-GCM', length: 8 * length } });
  });

  it.each([0, 15, 31, 33, 64])('of %i bytes is none', async (length) => {
    expect(await codeOf(() => importWrappingKey(new Uint8Array(length)))).toBe('bad-argument');
  });
});

describe('AES keyring', () => {
  const keyring = createAesKeyring({ wrappingKey: one, materialsDescription: { name: 'one' } });

  it('wraps a fresh key into 60 bytes and opens it again', async () => {
    const wrapped = await keyring.wrap({ contentAlgorithm: '115' });
    expect(wrapped).toMatchObject({ wrapAlgorithm: 'AES/GCM', description: { name: 'one' } });
    expect(wrapped.encryptedDataKey).toHaveLength(60);
    expect(wrapped.dataKey).toHaveLength(32);
    expect(toHex(await keyring.unwrap(requestFor(wrapped)))).toBe(toHex(wrapped.dataKey));
    const again = await keyring.wrap({ contentAlgorithm: '115' });
    expect(toHex(again.dataKey)).not.toBe(toHex(wrapped.dataKey));
    expect(toHex(again.encryptedDataKey.slice(0, 12))).not.toBe(toHex(wrapped.encryptedDataKey.slice(0, 12)));
  });

  it.each([
    ['nonce', 0],
    ['key', 20],
    ['tag', 59],
  ])('row 44: a changed %s', async (_, at) => {
    const wrapped = await keyring.wrap({ contentAlgorithm: '115' });
    const encryptedDataKey = flip(wrapped.encryptedDataKey, at);
    expect(await codeOf(() => keyring.unwrap(requestFor(wrapped, { encryptedDataKey })))).toBe(
      'unwrap-failed',
    );
  });

  it.each([0, 1, 28, 59, 61, 76])('row 44: %i bytes', async (length) => {
    const wrapped = await keyring.wrap({ contentAlgorithm: '115' });
    const encryptedDataKey = new Uint8Array(length);
    encryptedDataKey.set(wrapped.encryptedDataKey.slice(0, length));
    expect(await codeOf(() => keyring.unwrap(requestFor(wrapped, { encryptedDataKey })))).toBe(
      'unwrap-failed',
    );
  });

  it('row 44: bound to another content algorithm', async () => {
    const wrapped = await keyring.wrap({ contentAlgorithm: '115' });
    const request = requestFor(wrapped, { contentAlgorithm: 'AES/GCM/NoPadding' });
    expect(await codeOf(() => keyring.unwrap(request))).toBe('unwrap-failed');
  });

  it('row 47: another key', async () => {
    const other = createAesKeyring({ wrappingKey: two, materialsDescription: { name: 'one' } });
    const wrapped = await keyring.wrap({ contentAlgorithm: '115' });
    expect(await codeOf(() => other.unwrap(requestFor(wrapped)))).toBe('unwrap-failed');
  });

  it('row 18: another wrap', async () => {
    const wrapped = await keyring.wrap({ contentAlgorithm: '115' });
    const request = requestFor(wrapped, { wrapAlgorithm: 'kms+context' });
    expect(await codeOf(() => keyring.unwrap(request))).toBe('wrap-unsupported');
    expect(keyring.fit(request)).toBe('none');
  });

  it('binds no context, so it takes none', async () => {
    const encryptionContext = { a: 'b' };
    expect(await codeOf(() => keyring.wrap({ contentAlgorithm: '115', encryptionContext }))).toBe(
      'bad-argument',
    );
    const wrapped = await keyring.wrap({ contentAlgorithm: '115', encryptionContext: {} });
    expect(await codeOf(() => keyring.unwrap(requestFor(wrapped, { encryptionContext })))).toBe(
      'context-mismatch',
    );
    expect(await codeOf(() => keyring.unwrap(requestFor(wrapped, { encryptionContext: {} })))).toBe(
      'no error',
    );
  });

  it('row 42: the reserved pair is refused as such', async () => {
    const encryptionContext = { 'aws:x-amz-cek-alg': '115' };
    expect(await codeOf(() => keyring.wrap({ contentAlgorithm: '115', encryptionContext }))).toBe(
      'reserved-context-key',
    );
  });

  it('finds an older key by its description, and takes the first for one it does not know', async () => {
    const rotated = createAesKeyring({
      wrappingKey: two,
      materialsDescription: { name: 'two' },
      olderKeys: [
        { wrappingKey: three, materialsDescription: {} },
        { wrappingKey: one, materialsDescription: { name: 'one' } },
      ],
    });
    const old = await keyring.wrap({ contentAlgorithm: '115' });
    expect(toHex(await rotated.unwrap(requestFor(old)))).toBe(toHex(old.dataKey));
    const nameless = createAesKeyring({ wrappingKey: three, materialsDescription: {} });
    const oldest = await nameless.wrap({ contentAlgorithm: '115' });
    expect(toHex(await rotated.unwrap(requestFor(oldest)))).toBe(toHex(oldest.dataKey));
    const fresh = await rotated.wrap({ contentAlgorithm: '115' });
    expect(fresh.description).toEqual({ name: 'two' });
    const unknown = requestFor(fresh, { description: { name: 'unheard of' } });
    expect(toHex(await rotated.unwrap(unknown))).toBe(toHex(fresh.dataKey));
    const misnamed = requestFor(old, { description: { name: 'one', more: '' } });
    expect(await codeOf(() => rotated.unwrap(misnamed))).toBe('unwrap-failed');
  });

  it.each<[Description, string]>([
    [{ name: 'one' }, 'named'],
    [{ name: 'two' }, 'possible'],
    [{}, 'possible'],
    [{ name: 'one', more: '1' }, 'possible'],
  ])('fits %j: %s', (description, fit) => {
    expect(keyring.fit({ wrapAlgorithm: 'AES/GCM', description })).toBe(fit);
  });

  it('with no description claims no name', () => {
    const nameless = createAesKeyring({ wrappingKey: one, materialsDescription: {} });
    expect(nameless.fit({ wrapAlgorithm: 'AES/GCM', description: {} })).toBe('possible');
  });

  it('refuses a key that is not for this', async () => {
    const wrong = await crypto.subtle.importKey('raw', new Uint8Array(32), 'AES-CTR', false, [
      'encrypt',
      'decrypt',
    ]);
    const oneWay = await crypto.subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', false, ['decrypt']);
    for (const wrappingKey of [wrong, oneWay]) {
      expect(await codeOf(() => createAesKeyring({ wrappingKey, materialsDescription: {} }))).toBe(
        'bad-argument',
      );
    }
  });

  it('refuses a description that UTF-8 cannot hold', async () => {
    const materialsDescription = { name: '\ud800' };
    expect(await codeOf(() => createAesKeyring({ wrappingKey: one, materialsDescription }))).toBe(
      'bad-argument',
    );
  });
});

describe('RSA keyring', () => {
  const keyring = createRsaKeyring({ ...rsaPair, materialsDescription: { name: 'pair' } });
  const wrapNamed = async (named: Bytes) =>
    new Uint8Array(await crypto.subtle.encrypt('RSA-OAEP', rsaPair.publicKey, named));

  it('wraps to the modulus and opens again', async () => {
    const wrapped = await keyring.wrap({ contentAlgorithm: '115' });
    expect(wrapped).toMatchObject({ wrapAlgorithm: 'RSA-OAEP-SHA1', description: { name: 'pair' } });
    expect(wrapped.encryptedDataKey).toHaveLength(256);
    expect(toHex(await keyring.unwrap(requestFor(wrapped)))).toBe(toHex(wrapped.dataKey));
  });

  it('wraps one byte of length, the key and the content algorithm', async () => {
    const wrapped = await keyring.wrap({ contentAlgorithm: '115' });
    const opened = await crypto.subtle.decrypt('RSA-OAEP', rsaPair.privateKey, wrapped.encryptedDataKey);
    expect(toHex(new Uint8Array(opened))).toBe(`20${toHex(wrapped.dataKey)}313135`);
  });

  const dataKey = [...new Uint8Array(32).fill(9)];
  it.each<[string, number[]]>([
    ['another content algorithm', [32, ...dataKey, ...utf8('AES/GCM/NoPadding')]],
    ['a length byte too small', [31, ...dataKey, ...utf8('115')]],
    ['a length byte too large', [33, ...dataKey, ...utf8('115')]],
    ['a length byte of 0', [0, ...dataKey, ...utf8('115')]],
    ['a length byte of 255', [255, ...dataKey, ...utf8('115')]],
    ['the name cut', [32, ...dataKey, ...utf8('11')]],
    ['no name', [32, ...dataKey]],
    ['bytes after the name', [32, ...dataKey, ...utf8('115'), 0]],
    ['a length byte alone', [32]],
  ])('row 45: %s', async (_, named) => {
    const wrapped = await keyring.wrap({ contentAlgorithm: '115' });
    const intact = await wrapNamed(Uint8Array.of(32, ...dataKey, ...utf8('115')));
    expect(await codeOf(() => keyring.unwrap(requestFor(wrapped, { encryptedDataKey: intact })))).toBe(
      'no error',
    );
    const encryptedDataKey = await wrapNamed(Uint8Array.from(named));
    expect(await codeOf(() => keyring.unwrap(requestFor(wrapped, { encryptedDataKey })))).toBe(
      'unwrap-failed',
    );
  });

  it('a changed wrapped key', async () => {
    const wrapped = await keyring.wrap({ contentAlgorithm: '115' });
    const encryptedDataKey = flip(wrapped.encryptedDataKey, 75);
    expect(await codeOf(() => keyring.unwrap(requestFor(wrapped, { encryptedDataKey })))).toBe(
      'unwrap-failed',
    );
  });

  it('with half of the pair does half', async () => {
    const { publicKey, privateKey } = rsaPair;
    const sender = createRsaKeyring({ publicKey, materialsDescription: {} });
    const receiver = createRsaKeyring({ privateKey, materialsDescription: {} });
    const wrapped = await sender.wrap({ contentAlgorithm: '115' });
    expect(toHex(await receiver.unwrap(requestFor(wrapped)))).toBe(toHex(wrapped.dataKey));
    expect(await codeOf(() => sender.unwrap(requestFor(wrapped)))).toBe('wrap-unsupported');
    expect(sender.fit(wrapped)).toBe('none');
    expect(await codeOf(() => receiver.wrap({ contentAlgorithm: '115' }))).toBe('bad-argument');
  });

  it('takes neither a context nor a key with another hash', async () => {
    const encryptionContext = { a: 'b' };
    expect(await codeOf(() => keyring.wrap({ contentAlgorithm: '115', encryptionContext }))).toBe(
      'bad-argument',
    );
    const other = await crypto.subtle.generateKey({ ...rsaAlgorithm, hash: 'SHA-256' }, false, [
      'encrypt',
      'decrypt',
    ]);
    expect(await codeOf(() => createRsaKeyring({ ...other, materialsDescription: {} }))).toBe('bad-argument');
  });
});

describe('KMS keyring', () => {
  type Call = { keyId: string; encryptionContext: Description; ciphertextBlob?: Bytes };
  const arn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  function record(failure?: Error, keyId = 'alias/it') {
    const calls: Call[] = [];
    const client: KmsClient = {
      async generateDataKey(request) {
        calls.push(request);
        if (failure) throw failure;
        return { plaintext: new Uint8Array(32).fill(4), ciphertextBlob: Uint8Array.of(1, 2, 3) };
      },
      async decrypt(request) {
        calls.push(request);
        if (failure) throw failure;
        return { plaintext: new Uint8Array(32).fill(4), keyId: arn };
      },
    };
    return { calls, keyring: createKmsKeyring({ client, keyId }) };
  }
  const stored: UnwrapRequest = {
    contentAlgorithm: '115',
    wrapAlgorithm: 'kms+context',
    encryptedDataKey: Uint8Array.of(1, 2, 3),
    description: { project: 'demo', 'aws:x-amz-cek-alg': '115' },
    encryptionContext: { project: 'demo' },
  };

  it('has a key made under the context and the reserved pair, which are stored', async () => {
    const { calls, keyring } = record();
    const encryptionContext = { project: 'demo' };
    const wrapped = await keyring.wrap({ contentAlgorithm: '115', encryptionContext });
    const full = { project: 'demo', 'aws:x-amz-cek-alg': '115' };
    expect(calls).toEqual([{ keyId: 'alias/it', encryptionContext: full }]);
    expect(wrapped).toEqual({
      dataKey: new Uint8Array(32).fill(4),
      encryptedDataKey: Uint8Array.of(1, 2, 3),
      wrapAlgorithm: 'kms+context',
      description: full,
    });
    expect(encryptionContext).toEqual({ project: 'demo' });
  });

  it('asks for the whole stored context and its own key', async () => {
    const { calls, keyring } = record();
    expect(await keyring.unwrap(stored)).toEqual(new Uint8Array(32).fill(4));
    expect(calls).toEqual([
      { keyId: 'alias/it', ciphertextBlob: Uint8Array.of(1, 2, 3), encryptionContext: stored.description },
    ]);
  });

  it('leaves the id that the oldest writers stored out of the comparison, and sends it', async () => {
    const { calls, keyring } = record();
    const description = { ...stored.description, kms_cmk_id: 'x' };
    await keyring.unwrap({ ...stored, description });
    expect(calls[0]?.encryptionContext).toEqual(description);
  });

  it.each<[string, Partial<UnwrapRequest>, string]>([
    ['row 39: an extra pair', { encryptionContext: { project: 'demo', more: '1' } }, 'context-mismatch'],
    ['row 39: a missing pair', { encryptionContext: {} }, 'context-mismatch'],
    ['row 39: no context', { encryptionContext: undefined }, 'context-mismatch'],
    ['row 39: another value', { encryptionContext: { project: 'prod' } }, 'context-mismatch'],
    ['row 39: an inherited name', { encryptionContext: { toString: 'demo' } }, 'context-mismatch'],
    ['row 41: nothing stored', { description: {}, encryptionContext: {} }, 'metadata-incomplete'],
    [
      'row 42: the reserved pair from the caller',
      { encryptionContext: stored.description },
      'reserved-context-key',
    ],
    ['row 43: no reserved pair stored', { description: { project: 'demo' } }, 'metadata-incomplete'],
    [
      'row 43: another reserved pair stored',
      { description: { project: 'demo', 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' } },
      'metadata-mixed',
    ],
    ['row 43: V2 under the pair of V3', { contentAlgorithm: 'AES/GCM/NoPadding' }, 'metadata-mixed'],
    ['row 18: another wrap', { wrapAlgorithm: 'AES/GCM' }, 'wrap-unsupported'],
  ])('%s is refused, and KMS not asked', async (_, changes, code) => {
    const { calls, keyring } = record();
    expect(await codeOf(() => keyring.unwrap({ ...stored, ...changes }))).toBe(code);
    expect(calls).toEqual([]);
  });

  it.each<[string, Description, string]>([
    ['row 42: the reserved pair', { 'aws:x-amz-cek-alg': '115' }, 'reserved-context-key'],
    ['half a character', { project: '\udc00' }, 'bad-argument'],
  ])('%s is refused when wrapping, and KMS not asked', async (_, encryptionContext, code) => {
    const { calls, keyring } = record();
    expect(await codeOf(() => keyring.wrap({ contentAlgorithm: '115', encryptionContext }))).toBe(code);
    expect(calls).toEqual([]);
  });

  it.each([
    ['InvalidCiphertextException', 'unwrap-failed'],
    ['IncorrectKeyException', 'unwrap-failed'],
    ['NotFoundException', 'kms-key-not-found'],
    ['DisabledException', 'kms-key-disabled'],
    ['KMSInvalidStateException', 'kms-key-disabled'],
    ['AccessDeniedException', 'access-denied'],
    ['ThrottlingException', 'service-failed'],
    ['constructor', 'service-failed'],
  ])('%s is %s', async (name, code) => {
    const { keyring } = record(Object.assign(new Error('no'), { name }));
    expect(await codeOf(() => keyring.unwrap(stored))).toBe(code);
    expect(await codeOf(() => keyring.wrap({ contentAlgorithm: '115' }))).toBe(code);
  });

  it.each([
    [arn, 'no error'],
    ['alias/it', 'no error'],
    ['1234abcd-12ab-34cd-56ef-1234567890ab', 'no error'],
    ['arn:aws:kms:eu-central-1:111122223333:alias/it', 'no error'],
    [arn.replace('1234abcd', '5678abcd'), 'service-failed'],
    [arn.replace('eu-central-1', 'eu-west-1'), 'service-failed'],
  ])('asked for %s, an answer by its key is %s', async (keyId, code) => {
    expect(await codeOf(() => record(undefined, keyId).keyring.unwrap(stored))).toBe(code);
  });

  it("passes the client's own verdict on", async () => {
    const verdict = new EnvelopeError('credentials-expired', 'expired');
    await expect(record(verdict).keyring.unwrap(stored)).rejects.toBe(verdict);
  });

  it('needs a key id', async () => {
    const { client } = { client: {} as KmsClient };
    expect(await codeOf(() => createKmsKeyring({ client, keyId: '' }))).toBe('bad-argument');
  });
});

describe('a bare data key', () => {
  const request: UnwrapRequest = {
    contentAlgorithm: '115',
    wrapAlgorithm: 'kms+context',
    encryptedDataKey: Uint8Array.of(1),
    description: { any: 'thing' },
  };

  it('answers whatever wrapped it, with a copy each time', async () => {
    const dataKey = new Uint8Array(32).fill(6);
    const keyring = createDataKeyKeyring(dataKey);
    dataKey.fill(0);
    const first = await keyring.unwrap(request);
    first.fill(0);
    expect(await keyring.unwrap({ ...request, wrapAlgorithm: 'AES/GCM' })).toEqual(
      new Uint8Array(32).fill(6),
    );
    expect(keyring.fit(request)).toBe('named');
  });

  it('wraps nothing', async () => {
    const keyring = createDataKeyKeyring(new Uint8Array(32));
    expect(await codeOf(() => keyring.wrap({ contentAlgorithm: '115' }))).toBe('bad-argument');
  });
});

describe('choosing among several', () => {
  const aes = (wrappingKey: CryptoKey, name: string) =>
    createAesKeyring({ wrappingKey, materialsDescription: name === '' ? {} : { name } });
  const broken = new Error('asked');
  const untouchable: Keyring = {
    fit: ({ wrapAlgorithm }) => (wrapAlgorithm === 'kms+context' ? 'possible' : 'none'),
    wrap: () => Promise.reject(broken),
    wrapDataKey: () => Promise.reject(broken),
    unwrap: () => Promise.reject(broken),
  };

  it('the first wraps', async () => {
    const keyring = createChoosingKeyring(aes(one, 'one'), aes(two, 'two'));
    expect((await keyring.wrap({ contentAlgorithm: '115' })).description).toEqual({ name: 'one' });
  });

  it('the named one opens, and no other is asked', async () => {
    const wrapped = await aes(two, 'two').wrap({ contentAlgorithm: '115' });
    const keyring = createChoosingKeyring(untouchable, aes(one, 'one'), aes(two, 'two'));
    expect(toHex(await keyring.unwrap(requestFor(wrapped)))).toBe(toHex(wrapped.dataKey));
    expect(keyring.fit(wrapped)).toBe('named');
    const wrong = createChoosingKeyring(aes(one, 'two'), aes(two, ''));
    expect(await codeOf(() => wrong.unwrap(requestFor(wrapped)))).toBe('unwrap-failed');
  });

  it('without a name each that could fit is tried', async () => {
    const wrapped = await aes(two, '').wrap({ contentAlgorithm: '115' });
    const keyring = createChoosingKeyring(untouchable, aes(one, 'one'), aes(two, 'two'), aes(three, ''));
    expect(toHex(await keyring.unwrap(requestFor(wrapped)))).toBe(toHex(wrapped.dataKey));
    expect(keyring.fit(wrapped)).toBe('possible');
    const without = createChoosingKeyring(aes(one, 'one'), aes(three, ''));
    expect(await codeOf(() => without.unwrap(requestFor(wrapped)))).toBe('unwrap-failed');
  });

  it('says so when none is of the kind', async () => {
    const wrapped = await aes(two, '').wrap({ contentAlgorithm: '115' });
    const keyring = createChoosingKeyring(untouchable);
    expect(keyring.fit(wrapped)).toBe('none');
    expect(await codeOf(() => keyring.unwrap(requestFor(wrapped)))).toBe('no-key-fits');
  });

  it('a service that refuses is not taken for a wrong key', async () => {
    const refusal = new EnvelopeError('access-denied', 'no');
    const refusing: Keyring = { ...untouchable, unwrap: () => Promise.reject(refusal) };
    const opening: Keyring = { ...untouchable, unwrap: async () => new Uint8Array(32) };
    const request: UnwrapRequest = {
      contentAlgorithm: '115',
      wrapAlgorithm: 'kms+context',
      encryptedDataKey: Uint8Array.of(1),
      description: {},
    };
    await expect(createChoosingKeyring(refusing, opening).unwrap(request)).rejects.toBe(refusal);
  });

  it('a service that fails is not taken for a wrong key', async () => {
    const keyring = createChoosingKeyring(untouchable, untouchable);
    const request: UnwrapRequest = {
      contentAlgorithm: '115',
      wrapAlgorithm: 'kms+context',
      encryptedDataKey: Uint8Array.of(1),
      description: {},
    };
    await expect(keyring.unwrap(request)).rejects.toBe(broken);
  });
});
