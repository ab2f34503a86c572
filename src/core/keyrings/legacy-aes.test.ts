import { describe, expect, it } from 'vitest';
import { type Bytes, fromHex, toHex } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { createAesKeyring, importWrappingKey } from './aes-keyring.ts';
import { createChoosingKeyring } from './choosing-keyring.ts';
import type { Description, UnwrapRequest } from './keyring.ts';
import { importLegacyWrappingKey } from './legacy-aes.ts';
import { sealEcb } from './test-ecb.ts';

const hex = (text: string): Bytes => fromHex(text)!;
const raw = Uint8Array.from({ length: 32 }, (_, index) => 0x40 + index);
const dataKey = toHex(Uint8Array.from({ length: 32 }, (_, index) => index));
// Made with the JCE of JDK 17.
const kw = '9ba74ec0a3394a43baa95548a2d07bd4ac4f6ead62c4dd166837dcc58680468653db29b899a7668d';
const ecb =
  'd05d67e003c8a374a589ef3596f3a1a48c5b77dfa6593649d2620ad83c244a88c9cb7b3859e1a550bcbf11b624022c56';

async function keyOf(bytes: Bytes, materialsDescription: Description = {}) {
  const [wrappingKey, legacy] = await Promise.all([importWrappingKey(bytes), importLegacyWrappingKey(bytes)]);
  return { wrappingKey, legacy, materialsDescription };
}

const key = await keyOf(raw);
const other = await keyOf(new Uint8Array(32).fill(1), { name: 'other' });
const keyring = createAesKeyring(key);

function request(wrapAlgorithm: UnwrapRequest['wrapAlgorithm'], wrapped: Bytes): UnwrapRequest {
  return { wrapAlgorithm, contentAlgorithm: 'AES/GCM/NoPadding', encryptedDataKey: wrapped, description: {} };
}

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
    return 'no error';
  } catch (error) {
    if (error instanceof EnvelopeError) return error.code;
    throw error;
  }
}

describe.each([
  ['AESWrap', kw],
  ['AES', ecb],
] as const)('what was wrapped as %s', (wrapAlgorithm, wrapped) => {
  it("opens to the writer's data key", async () => {
    expect(toHex(await keyring.unwrap(request(wrapAlgorithm, hex(wrapped))))).toBe(dataKey);
  });

  it('opens with an older key, found by its description or as the only one that can', async () => {
    const { legacy: _, ...current } = other;
    const rotated = createAesKeyring({ ...current, olderKeys: [key] });
    expect(toHex(await rotated.unwrap(request(wrapAlgorithm, hex(wrapped))))).toBe(dataKey);
    const named = createAesKeyring({
      ...other,
      olderKeys: [{ ...key, materialsDescription: { name: 'old' } }],
    });
    const asked = { ...request(wrapAlgorithm, hex(wrapped)), description: { name: 'old' } };
    expect(toHex(await named.unwrap(asked))).toBe(dataKey);
    expect(named.fit(asked)).toBe('named');
  });

  it('row 44: does not open with another key', async () => {
    const asked = request(wrapAlgorithm, hex(wrapped));
    expect(await codeOf(() => createAesKeyring(other).unwrap(asked))).toBe('unwrap-failed');
  });

  it.each([0, 1, 8, 16, 24, 31, 32, 39, 41, 47, 49, 64, 4096])(
    'row 44: does not open at %i bytes',
    async (length) => {
      const changed = new Uint8Array(length);
      changed.set(hex(wrapped).subarray(0, length));
      expect(await codeOf(() => keyring.unwrap(request(wrapAlgorithm, changed)))).toBe('unwrap-failed');
    },
  );

  it('row 44: does not open with its last byte changed', async () => {
    const changed = hex(wrapped);
    changed[changed.length - 1]! ^= 1;
    expect(await codeOf(() => keyring.unwrap(request(wrapAlgorithm, changed)))).toBe('unwrap-failed');
  });

  it('needs the key in its old shape', async () => {
    const { legacy: _, ...modern } = key;
    const asked = request(wrapAlgorithm, hex(wrapped));
    expect(await codeOf(() => createAesKeyring(modern).unwrap(asked))).toBe('wrap-unsupported');
    expect(createAesKeyring(modern).fit(asked)).toBe('none');
    expect(keyring.fit(asked)).toBe('possible');
  });

  it('takes no context', async () => {
    const asked = { ...request(wrapAlgorithm, hex(wrapped)), encryptionContext: { a: 'b' } };
    expect(await codeOf(() => keyring.unwrap(asked))).toBe('context-mismatch');
  });
});

function sealPadded(length: number): Promise<Bytes> {
  const padding = 16 - (length % 16);
  return sealEcb(raw, new Uint8Array(length + padding).fill(9, 0, length).fill(padding, length));
}

it.each([16, 24, 32])('ECB of a data key of %i bytes opens', async (length) => {
  const opened = await keyring.unwrap(request('AES', await sealPadded(length)));
  expect(toHex(opened)).toBe('09'.repeat(length));
});

it.each([17, 23, 31, 33, 47])('ECB of %i bytes, which are no AES key, does not open', async (length) => {
  const wrapped = await sealPadded(length);
  expect(await codeOf(() => keyring.unwrap(request('AES', wrapped)))).toBe('unwrap-failed');
});

it('ECB is told from what a wrong key makes of it, though that may be padded as well', async () => {
  // Of this key the last byte of the padding is a 1.
  const wrong = await keyOf(Uint8Array.of(346 >> 8, 346 & 0xff, ...new Uint8Array(30)), { name: 'wrong' });
  const asked = request('AES', hex(ecb));
  expect(await codeOf(() => createAesKeyring(wrong).unwrap(asked))).toBe('unwrap-failed');
  const choosing = createChoosingKeyring(createAesKeyring(wrong), keyring);
  expect(toHex(await choosing.unwrap(asked))).toBe(dataKey);
});

it.each([
  ['of 0', new Uint8Array(48)],
  ['of 17', new Uint8Array(48).fill(17)],
  ['that is not the same throughout', new Uint8Array(48).fill(16).fill(15, 32, 33)],
])('ECB with padding %s does not open', async (_, padded) => {
  const wrapped = await sealEcb(raw, padded);
  expect(await codeOf(() => keyring.unwrap(request('AES', wrapped)))).toBe('unwrap-failed');
});

it.each(['RSA', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding', 'kms'] as const)(
  'row 18: %s is no wrap of AES',
  async (wrap) => {
    expect(await codeOf(() => keyring.unwrap(request(wrap, hex(ecb))))).toBe('wrap-unsupported');
  },
);

describe('a wrapping key in its old shape', () => {
  it.each([16, 32])('of %i bytes cannot be exported', async (length) => {
    const { kw, cbc } = await importLegacyWrappingKey(new Uint8Array(length));
    expect([kw.extractable, cbc.extractable]).toEqual([false, false]);
  });

  it.each([0, 15, 33])('of %i bytes is none', async (length) => {
    expect(await codeOf(() => importLegacyWrappingKey(new Uint8Array(length)))).toBe('bad-argument');
  });
});
