import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concatBytes,
  equalBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  fromUtf8,
  isAllZero,
  randomBytes,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from './bytes.ts';

const anyBytes = fc.uint8Array({ maxLength: 70 }).map((bytes) => Uint8Array.from(bytes));

describe('base64', () => {
  // RFC 4648 section 10.
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('"%s" is "%s"', (text, encoded) => {
    expect(toBase64(utf8(text))).toBe(encoded);
    expect(fromBase64(encoded)).toEqual(utf8(text));
  });

  it.each([
    'Z',
    'Zg',
    'Zg=',
    'Zg===',
    'Zh==',
    'Zm9=',
    ' Zg==',
    'Zg==\n',
    'Z g==',
    'Zm-v',
    'Zm_v',
    'Zg==Zg==',
    '====',
    'ö',
  ])('"%s" is none', (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });

  it('comes back, in both alphabets', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
      }),
    );
  });

  it('has one text for any bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ABZaz09+/=') }), (text) => {
        const bytes = fromBase64(text);
        if (bytes) expect(toBase64(bytes)).toBe(text);
      }),
    );
  });
});

describe('hex', () => {
  it('comes back', () => {
    expect(toHex(Uint8Array.of(0, 1, 0xab, 0xff))).toBe('0001abff');
    expect(fromHex('0001ABff')).toEqual(Uint8Array.of(0, 1, 0xab, 0xff));
    expect(fromHex('')).toEqual(new Uint8Array());
  });

  it.each(['0', 'abc', 'zz', '0x00', ' 00', '-1'])('"%s" is none', (text) => {
    expect(fromHex(text)).toBeUndefined();
  });
});

describe('UTF-8', () => {
  it('comes back, a byte order mark included', () => {
    for (const text of ['', 'ö東🔐', '\ufeffa']) expect(fromUtf8(utf8(text))).toBe(text);
  });

  it.each([[[0xff]], [[0xc3]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]]])('%j is none', (bytes) => {
    expect(fromUtf8(Uint8Array.from(bytes))).toBeUndefined();
  });
});

describe('comparison', () => {
  it('tells equal from different', () => {
    expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(0, 2), Uint8Array.of(1, 2))).toBe(false);
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false);
  });

  it('knows zeros', () => {
    expect(isAllZero(new Uint8Array(3))).toBe(true);
    expect(isAllZero(Uint8Array.of(0, 0, 1))).toBe(false);
  });
});

it('bytes are joined in their order', () => {
  expect(concatBytes(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3))).toEqual(
    Uint8Array.of(1, 2, 3),
  );
  expect(concatBytes()).toEqual(new Uint8Array());
});

it('random bytes differ', () => {
  expect(randomBytes(16)).toHaveLength(16);
  expect(toHex(randomBytes(16))).not.toBe(toHex(randomBytes(16)));
});
