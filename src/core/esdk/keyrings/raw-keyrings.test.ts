import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, utf8 } from '../../bytes.ts';
import { importWrappingKey } from '../../keyrings/aes-keyring.ts';
import { codeOf } from '../../s3ec/test-objects.ts';
import { parseContext, serializeContext, serializeContextAsOldClients } from '../context.ts';
import {
  createMessageDataKeyKeyring,
  createMultiKeyring,
  createRawAesKeyring,
  createRawRsaKeyring,
  decrypt,
  encrypt,
  type MessageKeyring,
} from '../esdk.ts';
import { suiteById } from '../suite.ts';
import { aesKeyring, headerOf, sample } from '../test-messages.ts';

const plaintext = sample(20);
const suite = suiteById('0478')!;
const request = { suite, encryptionContext: { a: 'b' } };

describe('a raw AES keyring', () => {
  it('wraps as the specification does', async () => {
    const wrappingKey = await importWrappingKey(new Uint8Array(32).fill(1));
    const keyring = createRawAesKeyring({ keyNamespace: 'ns', keyName: 'name', wrappingKey });
    const { dataKey, encryptedDataKeys } = await keyring.wrap(request);
    const [wrapped] = encryptedDataKeys;
    expect(wrapped?.providerId).toBe('ns');
    const info = wrapped?.providerInfo ?? new Uint8Array();
    expect(info.slice(0, -12)).toEqual(concatBytes(utf8('name'), Uint8Array.of(0, 0, 0, 128, 0, 0, 0, 12)));
    const additionalData = serializeContext(request.encryptionContext);
    const algorithm = { name: 'AES-GCM', iv: info.slice(-12), additionalData };
    const opened = await crypto.subtle.decrypt(
      algorithm,
      wrappingKey,
      wrapped?.ciphertext ?? new Uint8Array(),
    );
    expect(new Uint8Array(opened)).toEqual(dataKey);
    expect(dataKey).toHaveLength(32);
  });

  it.each([16, 32])('wraps with a key of %d bytes', async (bytes) => {
    const wrappingKey = await importWrappingKey(new Uint8Array(bytes).fill(1));
    const keyring = createRawAesKeyring({ keyNamespace: 'ns', keyName: 'name', wrappingKey });
    const message = await encrypt(plaintext, { keyring });
    expect((await decrypt(message, { keyring })).plaintext).toEqual(plaintext);
  });

  it('opens what older clients wrapped under a context that is sorted as words', async () => {
    const encryptionContext = { B: '1', a: '2' };
    const wrappingKey = await importWrappingKey(new Uint8Array(32).fill(1));
    const keyring = createRawAesKeyring({ keyNamespace: 'ns', keyName: 'name', wrappingKey });
    const older = serializeContextAsOldClients(encryptionContext) ?? new Uint8Array();
    expect(Object.keys(parseContext(older))).toEqual(['a', 'B']);
    const wrapAsOlder: MessageKeyring = {
      ...keyring,
      async wrap(asked) {
        const { dataKey, encryptedDataKeys } = await keyring.wrap(asked);
        const [wrapped] = encryptedDataKeys;
        const providerInfo = wrapped?.providerInfo ?? new Uint8Array();
        const algorithm = { name: 'AES-GCM', iv: providerInfo.slice(-12), additionalData: older };
        const ciphertext = new Uint8Array(await crypto.subtle.encrypt(algorithm, wrappingKey, dataKey));
        return { dataKey, encryptedDataKeys: [{ providerId: 'ns', providerInfo, ciphertext }] };
      },
    };
    const message = await encrypt(plaintext, { keyring: wrapAsOlder, encryptionContext });
    expect((await decrypt(message, { keyring })).plaintext).toEqual(plaintext);
  });

  it.each<[string, string, string]>([
    ['of another namespace', 'tes', 'k'],
    ['of another name', 'test', 'l'],
    ['of a name that begins alike', 'test', 'k2'],
    ['whose name is the beginning of the stored one', 'test', ''],
  ])('does not try a key %s', async (_, keyNamespace, keyName) => {
    const message = await encrypt(plaintext, { keyring: await aesKeyring() });
    const wrappingKey = await importWrappingKey(new Uint8Array(32).fill(7));
    const other = createRawAesKeyring({ keyNamespace, keyName, wrappingKey });
    expect(await codeOf(() => decrypt(message, { keyring: other }))).toBe('no-key-fits');
  });

  it('says that the key is another where the name fits', async () => {
    const message = await encrypt(plaintext, { keyring: await aesKeyring(1) });
    const other = await aesKeyring(2);
    expect(await codeOf(() => decrypt(message, { keyring: other }))).toBe('unwrap-failed');
  });

  it('goes on to the next wrapped key of its name', async () => {
    const keyring = createMultiKeyring({ generator: await aesKeyring(1), children: [await aesKeyring(2)] });
    const message = await encrypt(plaintext, { keyring });
    expect((await decrypt(message, { keyring: await aesKeyring(2) })).plaintext).toEqual(plaintext);
  });

  it('takes names as long as a header holds', async () => {
    const wrappingKey = await importWrappingKey(new Uint8Array(32));
    const named = (keyNamespace: string, keyName: string) =>
      createRawAesKeyring({ keyNamespace, keyName, wrappingKey });
    const keyring = named('n'.repeat(0xffff), `ä${'k'.repeat(0xffff - 22)}`);
    const message = await encrypt(plaintext, { keyring });
    expect((await decrypt(message, { keyring })).plaintext).toEqual(plaintext);
    expect(await codeOf(() => named('n', `ä${'k'.repeat(0xffff - 21)}`))).toBe('bad-argument');
    expect(await codeOf(() => named(`ä${'n'.repeat(0xffff - 1)}`, 'k'))).toBe('bad-argument');
  });

  it('refuses a namespace of AWS’s, and keys of another kind', async () => {
    const wrappingKey = await importWrappingKey(new Uint8Array(32));
    const make = (keyNamespace: string, key: CryptoKey) =>
      codeOf(() => createRawAesKeyring({ keyNamespace, keyName: 'k', wrappingKey: key }));
    expect(await make('aws-kms', wrappingKey)).toBe('bad-argument');
    expect(await make('aws-kms-mine', wrappingKey)).toBe('bad-argument');
    expect(await make('\ud800', wrappingKey)).toBe('bad-argument');
    const raw = new Uint8Array(32);
    const ctr = await crypto.subtle.importKey('raw', raw, 'AES-CTR', false, ['encrypt', 'decrypt']);
    expect(await make('ns', ctr)).toBe('bad-argument');
    const onlySeals = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']);
    expect(await make('ns', onlySeals)).toBe('bad-argument');
  });
});

describe('a raw RSA keyring', () => {
  const pairOf = (hash: string, modulusLength = 2048) =>
    crypto.subtle.generateKey(
      { name: 'RSA-OAEP', hash, modulusLength, publicExponent: Uint8Array.of(1, 0, 1) },
      false,
      ['encrypt', 'decrypt'],
    );
  const name = { keyNamespace: 'ns', keyName: 'name' };

  it.each(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'])(
    'wraps with one half and opens with the other: %s',
    async (hash) => {
      const { publicKey, privateKey } = await pairOf(hash);
      const message = await encrypt(plaintext, { keyring: createRawRsaKeyring({ ...name, publicKey }) });
      const [wrapped] = headerOf(message).encryptedDataKeys;
      expect(wrapped).toMatchObject({ providerId: 'ns', providerInfo: utf8('name') });
      const keyring = createRawRsaKeyring({ ...name, privateKey });
      expect((await decrypt(message, { keyring })).plaintext).toEqual(plaintext);
    },
  );

  it('opens data keys that begin with zeros', async () => {
    const { publicKey, privateKey } = await pairOf('SHA-256');
    const keyring = createRawRsaKeyring({ ...name, publicKey, privateKey });
    const encryptionContext = {};
    for (const zeros of [1, 2, 31]) {
      const dataKey = new Uint8Array(32).fill(9, zeros);
      const { encryptedDataKeys } = await keyring.wrap({ suite, encryptionContext, dataKey });
      expect(await keyring.unwrap({ suite, encryptionContext, encryptedDataKeys })).toEqual(dataKey);
    }
  });

  it('does not take a data key that is too long', async () => {
    const { publicKey, privateKey } = await pairOf('SHA-256');
    const keyring = createRawRsaKeyring({ ...name, publicKey, privateKey });
    const dataKey = new Uint8Array(33).fill(9);
    const { encryptedDataKeys } = await keyring.wrap({ ...request, dataKey });
    expect(await codeOf(() => keyring.unwrap({ ...request, encryptedDataKeys }))).toBe('data-key-invalid');
  });

  it('does not open what another key or another padding wrapped', async () => {
    const [one, other] = [await pairOf('SHA-256'), await pairOf('SHA-1')];
    const message = await encrypt(plaintext, {
      keyring: createRawRsaKeyring({ ...name, publicKey: one.publicKey }),
    });
    const codeFor = (keyring: MessageKeyring) => codeOf(() => decrypt(message, { keyring }));
    const { privateKey } = one;
    expect(await codeFor(createRawRsaKeyring({ ...name, privateKey: other.privateKey }))).toBe(
      'unwrap-failed',
    );
    expect(await codeFor(createRawRsaKeyring({ ...name, keyName: 'nam', privateKey }))).toBe('no-key-fits');
    expect(await codeFor(createRawRsaKeyring({ ...name, keyNamespace: 'n', privateKey }))).toBe(
      'no-key-fits',
    );
  });

  it('needs the half that is asked for', async () => {
    const { publicKey, privateKey } = await pairOf('SHA-256');
    const onlyOpens = createRawRsaKeyring({ ...name, privateKey });
    expect(await codeOf(() => encrypt(plaintext, { keyring: onlyOpens }))).toBe('bad-argument');
    const onlyWraps = createRawRsaKeyring({ ...name, publicKey });
    const message = await encrypt(plaintext, { keyring: onlyWraps });
    expect(await codeOf(() => decrypt(message, { keyring: onlyWraps }))).toBe('bad-argument');
  });

  it('names PKCS #1 v1.5 as what it has not', async () => {
    const { publicKey } = await pairOf('SHA-256');
    const pkcs1 = createRawRsaKeyring({ ...name, padding: 'pkcs1' });
    expect(await codeOf(() => encrypt(plaintext, { keyring: pkcs1 }))).toBe('wrap-unsupported');
    const message = await encrypt(plaintext, { keyring: createRawRsaKeyring({ ...name, publicKey }) });
    expect(await codeOf(() => decrypt(message, { keyring: pkcs1 }))).toBe('wrap-unsupported');
    const other = await encrypt(plaintext, { keyring: await aesKeyring() });
    expect(await codeOf(() => decrypt(other, { keyring: pkcs1 }))).toBe('no-key-fits');
  });

  it('says so where a short key and its padding leave no room for a data key', async () => {
    const { publicKey } = await pairOf('SHA-512', 1024);
    const keyring = createRawRsaKeyring({ ...name, publicKey });
    expect(await codeOf(() => encrypt(plaintext, { keyring }))).toBe('bad-argument');
  });

  it('refuses keys of another kind', async () => {
    const { publicKey, privateKey } = await pairOf('SHA-256');
    const make = (keys: { publicKey?: CryptoKey; privateKey?: CryptoKey }) =>
      codeOf(() => createRawRsaKeyring({ ...name, ...keys }));
    expect(await make({ publicKey: privateKey })).toBe('bad-argument');
    expect(await make({ privateKey: publicKey })).toBe('bad-argument');
    expect(await make({ publicKey: await importWrappingKey(new Uint8Array(32)) })).toBe('bad-argument');
  });
});

describe('a multi-keyring', () => {
  it('wraps one data key with all, the generator first', async () => {
    const order: string[] = [];
    const seen: (Bytes | undefined)[] = [];
    const named = async (keyName: string): Promise<MessageKeyring> => {
      const keyring = await aesKeyring(1, keyName);
      return {
        ...keyring,
        wrap(asked) {
          order.push(keyName);
          seen.push(asked.dataKey?.slice());
          return keyring.wrap(asked);
        },
      };
    };
    const children = [await named('b'), await named('c')];
    const keyring = createMultiKeyring({ generator: await named('a'), children });
    const { dataKey, encryptedDataKeys } = await keyring.wrap(request);
    expect(order).toEqual(['a', 'b', 'c']);
    expect(seen).toEqual([undefined, dataKey, dataKey]);
    expect(encryptedDataKeys.map(({ providerInfo }) => providerInfo[0])).toEqual([...utf8('abc')]);
  });

  it('fails, and wipes the data key, if one of them fails', async () => {
    let made: Bytes | undefined;
    const generator = await aesKeyring();
    const spy: MessageKeyring = {
      ...generator,
      async wrap(asked) {
        const wrapped = await generator.wrap(asked);
        made = wrapped.dataKey;
        return wrapped;
      },
    };
    const failing = createMessageDataKeyKeyring(new Uint8Array(32));
    const keyring = createMultiKeyring({ generator: spy, children: [failing] });
    expect(await codeOf(() => encrypt(plaintext, { keyring }))).toBe('bad-argument');
    expect(made).toEqual(new Uint8Array(32));
  });

  it('makes no data key without a generator, and takes none with one', async () => {
    const child = await aesKeyring();
    const without = createMultiKeyring({ children: [child] });
    expect(await codeOf(() => without.wrap(request))).toBe('bad-argument');
    const dataKey = new Uint8Array(32).fill(4);
    expect((await without.wrap({ ...request, dataKey })).dataKey).toEqual(dataKey);
    const withOne = createMultiKeyring({ generator: child });
    expect(await codeOf(() => withOne.wrap({ ...request, dataKey }))).toBe('bad-argument');
    expect(await codeOf(() => createMultiKeyring({}))).toBe('bad-argument');
  });

  it('asks one after the other, and takes the first that opens', async () => {
    const message = await encrypt(plaintext, { keyring: await aesKeyring(2, 'b') });
    const asked: string[] = [];
    const named = async (keyName: string, fill: number): Promise<MessageKeyring> => {
      const keyring = await aesKeyring(fill, keyName);
      return {
        ...keyring,
        unwrap(wrapped) {
          asked.push(keyName);
          return keyring.unwrap(wrapped);
        },
      };
    };
    const children = [await named('b', 2), await named('c', 3)];
    const keyring = createMultiKeyring({ generator: await named('a', 1), children });
    expect((await decrypt(message, { keyring })).plaintext).toEqual(plaintext);
    expect(asked).toEqual(['a', 'b']);
  });

  it('says what tells most when none opens', async () => {
    const message = await encrypt(plaintext, { keyring: await aesKeyring(1) });
    const unreachable: MessageKeyring = {
      ...(await aesKeyring()),
      unwrap: () => Promise.reject(new TypeError('no network')),
    };
    const codeFor = (...children: MessageKeyring[]) =>
      codeOf(() => decrypt(message, { keyring: createMultiKeyring({ children }) }));
    const [other, wrong] = [await aesKeyring(1, 'other'), await aesKeyring(2)];
    expect(await codeFor(other)).toBe('no-key-fits');
    expect(await codeFor(other, wrong)).toBe('unwrap-failed');
    expect(await codeFor(other, wrong, unreachable)).toBe('internal-error');
  });
});

describe('a bare data key', () => {
  it('of another length is refused', async () => {
    const message = await encrypt(plaintext, { keyring: await aesKeyring() });
    const keyring = createMessageDataKeyKeyring(new Uint8Array(16));
    expect(await codeOf(() => decrypt(message, { keyring }))).toBe('data-key-invalid');
  });

  it('wraps nothing', async () => {
    const keyring = createMessageDataKeyKeyring(new Uint8Array(32));
    expect(await codeOf(() => encrypt(plaintext, { keyring }))).toBe('bad-argument');
  });
});
