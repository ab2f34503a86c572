import { describe, expect, it } from 'vitest';
import { type Bytes, fromUtf8, toBase64, toHex, utf8 } from '../bytes.ts';
import { createChoosingKeyring } from '../keyrings/choosing-keyring.ts';
import type { Description, Keyring } from '../keyrings/keyring.ts';
import { createKmsKeyring } from '../keyrings/kms-keyring.ts';
import { createRsaKeyring } from '../keyrings/rsa-keyring.ts';
import type { Metadata } from '../object.ts';
import { encryptObject, type RewrapOptions, type Rewrapped, rewrapEnvelope } from './s3ec.ts';
import { aesKeyring, codeOf, createTestKms, decryptWhole } from './test-objects.ts';

const plaintext = utf8('the quick brown fox jumps over the lazy dog');
const rsaAlgorithm = {
  name: 'RSA-OAEP',
  hash: 'SHA-1',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};
const pair = await crypto.subtle.generateKey(rsaAlgorithm, false, ['encrypt', 'decrypt']);
const client = createTestKms();

interface Holder {
  readonly keyring: Keyring;
  readonly encryptionContext?: Description;
}

const aes: Holder = { keyring: await aesKeyring(1, { name: 'aes' }) };
const nextAes: Holder = { keyring: await aesKeyring(2, { name: 'next' }) };
const rsa: Holder = { keyring: createRsaKeyring({ ...pair, materialsDescription: { name: 'rsa' } }) };
const kms: Holder = {
  keyring: createKmsKeyring({ client, keyId: 'key' }),
  encryptionContext: { project: 'demo' },
};
const nextKms: Holder = {
  keyring: createKmsKeyring({ client, keyId: 'next' }),
  encryptionContext: { project: 'demo' },
};
const own = { owner: 'me', 'x-amz-meta': '=?UTF-8?Q?x?=' };

interface Stored {
  readonly metadata: Metadata;
  readonly body: Bytes;
  readonly file?: Bytes | undefined;
}

const formats = {
  V3: {},
  V2: { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' },
} as const;
type Format = keyof typeof formats;

async function write(holder: Holder, format: Format, isApart: boolean): Promise<Stored> {
  const place = isApart ? { instructionSuffix: '.instruction' } : {};
  const encryptor = await encryptObject({
    ...holder,
    ...formats[format],
    ...place,
    plaintextLength: plaintext.length,
  });
  const body = await encryptor.seal(0, plaintext);
  return { metadata: { ...own, ...encryptor.metadata }, body, file: encryptor.instructionFile?.body };
}

function read({ metadata, body, file }: Stored, holder: Holder, format: Format): Promise<Bytes> {
  return decryptWhole({ metadata, body }, { ...holder, ...formats[format], instructionFile: file });
}

function rewrap(
  stored: Stored,
  from: Holder,
  to: Holder,
  format: Format,
  options: Partial<RewrapOptions> = {},
): Promise<Rewrapped> {
  return rewrapEnvelope(stored.metadata, stored.file, {
    ...from,
    ...formats[format],
    newKeyring: to.keyring,
    newEncryptionContext: to.encryptionContext,
    ...options,
  });
}

const withNew = (stored: Stored, { metadata, instructionFile }: Rewrapped): Stored => ({
  ...stored,
  metadata,
  file: instructionFile?.body,
});

const changing = [
  ['AES to AES', aes, nextAes],
  ['AES to RSA', aes, rsa],
  ['AES to KMS', aes, kms],
  ['RSA to AES', rsa, aes],
  ['RSA to KMS', rsa, kms],
  ['KMS to AES', kms, aes],
  ['KMS to RSA', kms, rsa],
  ['KMS to KMS, the same context', kms, nextKms],
] as const;

describe.each([
  ['V3', 'in the metadata', false],
  ['V3', 'in an instruction file', true],
  ['V2', 'in the metadata', false],
  ['V2', 'in an instruction file', true],
] as const)('%s, %s', (format, _, isApart) => {
  it.each(changing)('%s', async (_name, from, to) => {
    const stored = await write(from, format, isApart);
    const rewrapped = await rewrap(stored, from, to, format, { enforceRotation: true });
    expect(toHex(await read(withNew(stored, rewrapped), to, format))).toBe(toHex(plaintext));
    await expect(read(withNew(stored, rewrapped), from, format)).rejects.toMatchObject({
      code: expect.stringMatching(/^(unwrap-failed|wrap-unsupported|context-mismatch)$/),
    });
    expect(rewrapped.instructionFile !== undefined).toBe(isApart);
  });

  it('leaves everything but the wrap as it was', async () => {
    const stored = await write(kms, format, isApart);
    const { metadata, instructionFile } = await rewrap(stored, kms, aes, format);
    const before = { ...stored.metadata, ...(stored.file && JSON.parse(fromUtf8(stored.file)!)) };
    const now = { ...metadata, ...(instructionFile && JSON.parse(fromUtf8(instructionFile.body)!)) };
    if (isApart) expect(metadata).toEqual(stored.metadata);
    expect(metadata).toMatchObject(own);
    const kept = ['x-amz-c', 'x-amz-d', 'x-amz-i', 'x-amz-iv', 'x-amz-cek-alg', 'x-amz-tag-len'];
    for (const field of kept) expect(now[field]).toBe(before[field]);
    const wrap =
      format === 'V3'
        ? ['x-amz-3', 'x-amz-w', 'x-amz-m']
        : ['x-amz-key-v2', 'x-amz-wrap-alg', 'x-amz-matdesc'];
    for (const field of wrap) expect(now[field]).not.toBe(before[field]);
    expect(now).not.toHaveProperty('x-amz-t');
  });
});

describe('a file for somebody else', () => {
  it('under a suffix of its own, and the old one stays good', async () => {
    const stored = await write(aes, 'V3', true);
    const rewrapped = await rewrap(stored, aes, rsa, 'V3', { newSuffix: '.partner' });
    expect(rewrapped.instructionFile).toMatchObject({
      suffix: '.partner',
      metadata: { 'x-amz-crypto-instr-file': '' },
    });
    expect(rewrapped.metadata).toEqual(stored.metadata);
    expect(toHex(await read(withNew(stored, rewrapped), rsa, 'V3'))).toBe(toHex(plaintext));
    expect(toHex(await read(stored, aes, 'V3'))).toBe(toHex(plaintext));
  });

  it('has the usual suffix unless told otherwise', async () => {
    const stored = await write(aes, 'V3', true);
    expect((await rewrap(stored, aes, rsa, 'V3')).instructionFile?.suffix).toBe('.instruction');
  });

  it('needs a suffix', async () => {
    const stored = await write(aes, 'V3', true);
    expect(await codeOf(() => rewrap(stored, aes, rsa, 'V3', { newSuffix: '' }))).toBe('bad-argument');
  });

  it('is none where the metadata has the wrapped key: no reader would look at it', async () => {
    const stored = await write(aes, 'V3', false);
    expect(await codeOf(() => rewrap(stored, aes, rsa, 'V3', { newSuffix: '.partner' }))).toBe(
      'bad-argument',
    );
  });
});

describe('the new key', () => {
  it('must have another materials description, unless told otherwise', async () => {
    const namesake: Holder = { keyring: await aesKeyring(3, { name: 'aes' }) };
    const stored = await write(aes, 'V3', false);
    expect(await codeOf(() => rewrap(stored, aes, namesake, 'V3'))).toBe('bad-argument');
    const allowed = await rewrap(stored, aes, namesake, 'V3', { allowSameDescription: true });
    expect(toHex(await read(withNew(stored, allowed), namesake, 'V3'))).toBe(toHex(plaintext));
  });

  it('counts two empty descriptions as the same', async () => {
    const nameless: Holder = { keyring: await aesKeyring(3) };
    const other: Holder = { keyring: await aesKeyring(4) };
    const stored = await write(nameless, 'V3', false);
    expect(await codeOf(() => rewrap(stored, nameless, other, 'V3'))).toBe('bad-argument');
  });

  it('must shut out the old keyring where a rotation is enforced', async () => {
    const same: Holder = { keyring: await aesKeyring(1, { name: 'renamed' }) };
    const both: Holder = { keyring: createChoosingKeyring(aes.keyring, nextAes.keyring) };
    const stored = await write(aes, 'V3', false);
    for (const [from, to] of [
      [aes, same],
      [both, nextAes],
    ] as const) {
      expect(await codeOf(() => rewrap(stored, from, to, 'V3', { enforceRotation: true }))).toBe(
        'bad-argument',
      );
      expect(await codeOf(() => rewrap(stored, from, to, 'V3'))).toBe('no error');
    }
  });

  it('leaves it unsaid whether the rotation was one where KMS does not answer', async () => {
    const stored = await write(kms, 'V3', false);
    const failing: Keyring = {
      ...kms.keyring,
      unwrap: async (request) => {
        const dataKey = await kms.keyring.unwrap(request);
        failing.unwrap = () => Promise.reject(new Error('no answer'));
        return dataKey;
      },
    };
    const rewrapping = rewrap(stored, { ...kms, keyring: failing }, nextKms, 'V3', { enforceRotation: true });
    await expect(rewrapping).rejects.toThrow('no answer');
  });
});

describe('refused', () => {
  it('V2 under the default policy', async () => {
    const stored = await write(aes, 'V2', false);
    expect(await codeOf(() => rewrap(stored, aes, rsa, 'V3'))).toBe('commitment-required');
  });

  it('a key that the object does not commit to', async () => {
    const stored = await write(aes, 'V3', false);
    const metadata = { ...stored.metadata, 'x-amz-d': toBase64(new Uint8Array(28)) };
    expect(await codeOf(() => rewrap({ ...stored, metadata }, aes, rsa, 'V3'))).toBe('commitment-mismatch');
  });

  it('an old key that does not open it', async () => {
    const stored = await write(aes, 'V3', false);
    expect(await codeOf(() => rewrap(stored, nextAes, rsa, 'V3'))).toBe('unwrap-failed');
  });

  it('an old context that is not its own', async () => {
    const stored = await write(kms, 'V3', false);
    const { encryptionContext: _, ...without } = kms;
    expect(await codeOf(() => rewrap(stored, without, rsa, 'V3'))).toBe('context-mismatch');
  });

  it('a new context for a raw key', async () => {
    const stored = await write(aes, 'V3', false);
    const newEncryptionContext = { a: 'b' };
    expect(await codeOf(() => rewrap(stored, aes, rsa, 'V3', { newEncryptionContext }))).toBe('bad-argument');
  });

  it('an object without an envelope, and one whose file is gone', async () => {
    expect(await codeOf(() => rewrap({ metadata: own, body: plaintext }, aes, rsa, 'V3'))).toBe(
      'not-encrypted',
    );
    const { metadata } = await write(aes, 'V3', true);
    const rewrapping = () => rewrapEnvelope(metadata, null, { ...aes, newKeyring: rsa.keyring });
    expect(await codeOf(rewrapping)).toBe('not-encrypted');
  });
});

describe('legacy', () => {
  const legacy = { unauthenticatedContent: true, weakWrapping: true };
  const context = { kms_cmk_id: 'key' };

  async function underKms(changes: Metadata): Promise<Stored> {
    const dataKey = new Uint8Array(32).fill(9);
    const iv = new Uint8Array(12).fill(1);
    const request = { keyId: 'key', plaintext: dataKey, encryptionContext: context };
    const { ciphertextBlob } = await client.encrypt(request);
    const key = await crypto.subtle.importKey('raw', dataKey, 'AES-GCM', false, ['encrypt']);
    const metadata = {
      'x-amz-key-v2': toBase64(ciphertextBlob),
      'x-amz-iv': toBase64(iv),
      'x-amz-cek-alg': 'AES/GCM/NoPadding',
      'x-amz-wrap-alg': 'kms',
      'x-amz-tag-len': '128',
      'x-amz-matdesc': JSON.stringify(context),
      ...changes,
    };
    return {
      metadata,
      body: new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plaintext)),
    };
  }

  it('a weak wrap becomes a current one', async () => {
    const stored = await underKms({});
    const { encryptionContext: _, ...from } = kms;
    expect(await codeOf(() => rewrap(stored, from, nextKms, 'V2'))).toBe('legacy-not-allowed');
    const rewrapped = await rewrap(stored, from, nextKms, 'V2', { legacy });
    expect(rewrapped.metadata).toMatchObject({ 'x-amz-wrap-alg': 'kms+context' });
    expect(toHex(await read(withNew(stored, rewrapped), nextKms, 'V2'))).toBe(toHex(plaintext));
  });

  it('CBC content gets no new key', async () => {
    const stored = await underKms({
      'x-amz-cek-alg': 'AES/CBC/PKCS5Padding',
      'x-amz-iv': toBase64(new Uint8Array(16).fill(1)),
      'x-amz-tag-len': '',
    });
    const { encryptionContext: _, ...from } = kms;
    expect(await codeOf(() => rewrap(stored, from, aes, 'V2', { legacy }))).toBe('algorithm-unsupported');
  });
});

it.each([
  ['wrapped', undefined],
  ['refused', new Error('no')],
])('the data key is wiped once it is %s', async (_, failure) => {
  const handed: Bytes[] = [];
  const newKeyring: Keyring = {
    ...nextAes.keyring,
    wrapDataKey(dataKey, request) {
      handed.push(dataKey);
      return failure ? Promise.reject(failure) : nextAes.keyring.wrapDataKey(dataKey, request);
    },
  };
  const stored = await write(aes, 'V3', false);
  await rewrap(stored, aes, nextAes, 'V3', { newKeyring }).catch(() => undefined);
  expect(handed.map(toHex)).toEqual(['00'.repeat(32)]);
});

it('nothing but a fresh wrap differs between two re-wraps', async () => {
  const stored = await write(aes, 'V3', false);
  const [first, second] = await Promise.all([1, 2].map(() => rewrap(stored, aes, nextAes, 'V3')));
  const differing = Object.keys(first!.metadata).filter(
    (key) => first!.metadata[key] !== second!.metadata[key],
  );
  expect(differing).toEqual(['x-amz-3']);
});
