import { describe, expect, it } from 'vitest';
import { type Bytes, toBase64, toHex } from '../bytes.ts';
import type { ErrorCode } from '../errors.ts';
import { createDataKeyKeyring } from '../keyrings/data-key-keyring.ts';
import {
  parseEnvelope,
  parseRange,
  type UnauthenticatedDecryptor,
  unlockEnvelope,
  widenRange,
} from './s3ec.ts';
import { aesKeyring, codeOf, encryptV2, encryptWhole, type StoredObject } from './test-objects.ts';

const keyring = await aesKeyring();
const text = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const v3 = await encryptWhole(keyring, text);
const v2 = await encryptV2(keyring, text);
const options = {
  keyring,
  commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
  legacy: { unauthenticatedContent: true },
} as const;

async function decryptorOf(
  { metadata }: StoredObject,
  objectLength: number,
): Promise<UnauthenticatedDecryptor> {
  return (await unlockEnvelope(parseEnvelope(metadata), options)).unauthenticated(objectLength);
}

/** As a store answers: it clips to the object what was asked for before anything of it was known. */
async function read(object: StoredObject, start: number, end: number): Promise<Bytes> {
  const decryptor = await decryptorOf(object, object.body.length);
  const asked = widenRange({ start, end });
  return decryptor.open({ start, end }, object.body.slice(asked.start, asked.end));
}

describe.each([
  ['V3', v3],
  ['V2', v2],
])('a range of %s', (_, object) => {
  it.each([
    ['the first byte', 0, 1],
    ['across the first two blocks', 15, 17],
    ['the second block', 16, 32],
    ['within a block', 37, 41],
    ['across many', 5, 995],
    ['all', 0, 1000],
    ['the last byte', 999, 1000],
    ['the last block', 992, 1000],
    ['past the end', 990, 5000],
    ['from within to the end', 990, Number.POSITIVE_INFINITY],
    ['into the tag', 998, 1010],
    ['all of the tag too', 0, 1016],
    ['the tag', 1000, 1016],
    ['the last byte of the tag', 1015, 1016],
    ['beyond the object', 1016, 1020],
    ['far beyond', 2 ** 50, 2 ** 50 + 1],
    ['nothing', 7, 7],
  ])('row 56: %s', async (_name, start, end) => {
    expect(toHex(await read(object, start, end))).toBe(toHex(text.slice(start, end)));
  });

  it('row 54: without the opt-in', async () => {
    for (const legacy of [undefined, {}, { weakWrapping: true }]) {
      const unlocked = await unlockEnvelope(parseEnvelope(object.metadata), { ...options, legacy });
      expect(await codeOf(() => unlocked.unauthenticated(1016))).toBe('legacy-not-allowed');
    }
  });

  it('says that nothing verifies it', async () => {
    const decryptor = await decryptorOf(object, 1016);
    expect(decryptor).toMatchObject({ verifies: 'never', objectLength: 1016, longestPlaintext: 1000 });
    expect(decryptor).not.toHaveProperty('verify');
  });

  it('opens to something else where a byte was changed, and only there', async () => {
    const body = object.body.slice();
    body[100]! ^= 1;
    const opened = await read({ ...object, body }, 96, 112);
    const expected = text.slice(96, 112);
    expected[4]! ^= 1;
    expect(toHex(opened)).toBe(toHex(expected));
  });

  it('row 50: of less than a tag', async () => {
    expect(await codeOf(() => decryptorOf(object, 15))).toBe('truncated');
  });

  it('of nothing but a tag is nothing', async () => {
    const decryptor = await decryptorOf(object, 16);
    expect(await decryptor.open({ start: 0, end: 10 }, object.body.slice(0, 16))).toHaveLength(0);
  });
});

describe('at the end of the longest object', () => {
  it('row 56: the counter reaches its last value and does not carry into the IV', async () => {
    const end = 2 ** 36 - 32;
    const dataKey = new Uint8Array(32).fill(1);
    const unlocked = await unlockEnvelope(parseEnvelope(v2.metadata), {
      ...options,
      keyring: createDataKeyKeyring(dataKey),
    });
    const decryptor = unlocked.unauthenticated(end + 16);
    const range = { start: end - 1, end };
    const asked = decryptor.objectRange({ start: end - 1, end: end + 16 });
    expect(asked).toEqual({ start: end - 32, end: end + 16 });
    const opened = await decryptor.open({ ...range, end: end + 16 }, new Uint8Array(48));
    const key = await crypto.subtle.importKey('raw', dataKey, 'AES-CTR', false, ['encrypt']);
    const iv = Uint8Array.from(atob(v2.metadata['x-amz-iv']!), (character) => character.charCodeAt(0));
    const counter = Uint8Array.of(...iv, 255, 255, 255, 255);
    const stream = await crypto.subtle.encrypt(
      { name: 'AES-CTR', counter, length: 32 },
      key,
      new Uint8Array(16),
    );
    expect(toHex(opened)).toBe(toHex(new Uint8Array(stream).slice(15)));
  });

  it('row 59: and there is none longer', async () => {
    expect(await codeOf(() => decryptorOf(v3, 2 ** 36 - 15))).toBe('too-large');
  });
});

describe('rows 10 and 57: the envelope is as strict as ever', () => {
  const zeros = (length: number) => toBase64(new Uint8Array(length));
  it.each<[string, Record<string, string>, ErrorCode]>([
    ['another d', { 'x-amz-d': zeros(28) }, 'commitment-mismatch'],
    ['a short d', { 'x-amz-d': zeros(27) }, 'metadata-invalid'],
    ['a long d', { 'x-amz-d': zeros(29) }, 'metadata-invalid'],
    ['another i', { 'x-amz-i': toBase64(new Uint8Array(28).fill(1)) }, 'commitment-mismatch'],
    ['another c', { 'x-amz-c': '116' }, 'algorithm-unsupported'],
  ])('%s', async (_, changes, code) => {
    const object = { ...v3, metadata: { ...v3.metadata, ...changes } };
    expect(await codeOf(() => read(object, 16, 32))).toBe(code);
  });
});

describe('what is asked for', () => {
  it.each([
    [0, 1, 0, 16],
    [15, 16, 0, 16],
    [16, 17, 0, 32],
    [32, 33, 16, 48],
    [100, 200, 80, 208],
    [100, Number.POSITIVE_INFINITY, 80, Number.POSITIVE_INFINITY],
  ])('for %d to %d is %d to %d', (start, end, widenedStart, widenedEnd) => {
    expect(widenRange({ start, end })).toEqual({ start: widenedStart, end: widenedEnd });
  });

  it.each([
    [-1, 5],
    [5, 4],
    [0.5, 4],
    [0, 4.5],
    [Number.NaN, 4],
    [0, Number.NaN],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])('for %d to %d is nothing', async (start, end) => {
    expect(await codeOf(() => widenRange({ start, end }))).toBe('bad-argument');
  });

  it.each([16, 47, 49, 1016])('must arrive: not %i bytes', async (length) => {
    const decryptor = await decryptorOf(v3, 1016);
    const opening = () => decryptor.open({ start: 20, end: 40 }, new Uint8Array(length));
    expect(await codeOf(opening)).toBe('bad-argument');
  });
});

describe('an HTTP range', () => {
  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=5-', 5, Number.POSITIVE_INFINITY],
    ['bytes=16-31', 16, 32],
    ['bytes=0-9007199254740990', 0, Number.MAX_SAFE_INTEGER],
  ])('%s', (header, start, end) => {
    expect(parseRange(header)).toEqual({ start, end });
  });

  it.each([
    '',
    'bytes=',
    'bytes=-',
    'bytes=-5',
    'bytes=5-4',
    'bytes=0-1,2-3',
    'bytes=0-1 ',
    'Bytes=0-1',
    'bytes=a-b',
    'bytes=0x0-1',
    'bytes= 0-1',
    'bytes=1e3-2000',
    'bytes=0-9007199254740991',
    'bytes=9999999999999999-',
    'bytes=00000000000000000-1',
  ])('"%s" is none', async (header) => {
    expect(await codeOf(() => parseRange(header))).toBe('bad-argument');
  });
});
