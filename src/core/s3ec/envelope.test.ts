import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64, utf8 } from '../bytes.ts';
import type { EnvelopeError, ErrorCode } from '../errors.ts';
import type { Metadata } from '../object.ts';
import { parseEnvelope } from './s3ec.ts';
import { codeOf } from './test-objects.ts';

const bytes = (length: number) => toBase64(new Uint8Array(length).fill(1));

const v3: Metadata = {
  'x-amz-c': '115',
  'x-amz-3': bytes(60),
  'x-amz-w': '02',
  'x-amz-d': bytes(28),
  'x-amz-i': bytes(28),
};
const v3Kms: Metadata = { ...v3, 'x-amz-w': '12', 'x-amz-t': '{"aws:x-amz-cek-alg":"115","a":"b"}' };
const v2: Metadata = {
  'x-amz-key-v2': bytes(60),
  'x-amz-iv': bytes(12),
  'x-amz-cek-alg': 'AES/GCM/NoPadding',
  'x-amz-wrap-alg': 'AES/GCM',
  'x-amz-tag-len': '128',
  'x-amz-matdesc': '{}',
};
const v1: Metadata = { 'x-amz-key': bytes(48), 'x-amz-iv': bytes(16), 'x-amz-matdesc': '{}' };

function without(metadata: Metadata, field: string): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== field));
}

const refused = (metadata: Metadata) => codeOf(() => parseEnvelope(metadata));

describe('what is read', () => {
  it('V3, raw AES', () => {
    expect(parseEnvelope(v3)).toEqual({
      version: 3,
      contentAlgorithm: '115',
      wrapAlgorithm: 'AES/GCM',
      encryptedDataKey: new Uint8Array(60).fill(1),
      description: {},
      messageId: new Uint8Array(28).fill(1),
      commitment: new Uint8Array(28).fill(1),
    });
  });

  it('V2, raw AES', () => {
    expect(parseEnvelope(v2)).toEqual({
      version: 2,
      contentAlgorithm: 'AES/GCM/NoPadding',
      wrapAlgorithm: 'AES/GCM',
      encryptedDataKey: new Uint8Array(60).fill(1),
      description: {},
      iv: new Uint8Array(12).fill(1),
    });
  });

  it('the description that belongs to the wrap: the context for KMS, else the materials description', () => {
    const both = { 'x-amz-m': '{"name":"mine"}', 'x-amz-t': '{"a":"b"}' };
    expect(parseEnvelope({ ...v3, ...both }).description).toEqual({ name: 'mine' });
    expect(parseEnvelope({ ...v3, ...both, 'x-amz-w': '22' }).description).toEqual({ name: 'mine' });
    expect(parseEnvelope({ ...v3, ...both, 'x-amz-w': '12' }).description).toEqual({ a: 'b' });
  });

  it.each([
    ['RSA', '22', 'RSA-OAEP-SHA1'],
    ['KMS', '12', 'kms+context'],
  ])('the wrap of %s in both formats', (_, code, name) => {
    expect(parseEnvelope({ ...v3, 'x-amz-w': code }).wrapAlgorithm).toBe(name);
    expect(parseEnvelope({ ...v2, 'x-amz-wrap-alg': name }).wrapAlgorithm).toBe(name);
  });

  it.each([
    ["the user's own metadata", { owner: 'me', 'x-amz-meta': 'x', '3': 'y', constructor: 'z' }],
    [
      'lengths and digests of the plaintext',
      { 'x-amz-unencrypted-content-length': '43', 'x-amz-unencrypted-content-md5': 'x' },
    ],
    ['the empty values of the Go client', { 'x-amz-m': '', 'x-amz-unencrypted-content-length': '' }],
    ["the Ruby client's empty materials description beside a context", { 'x-amz-m': '{}' }],
    [
      'empty fields of other formats',
      { 'x-amz-key': '', 'x-amz-key-v2': '', 'x-amz-iv': '', 'x-amz-matdesc': '' },
    ],
  ])('%s is left alone', (_, extra) => {
    expect(parseEnvelope({ ...extra, ...v3Kms })).toEqual(parseEnvelope(v3Kms));
  });

  it('V2 without a materials description', () => {
    expect(parseEnvelope(without(v2, 'x-amz-matdesc')).description).toEqual({});
  });

  it.each([
    ['compact', '{"a":"b","c":"d"}'],
    ['spaced by Python', '{"a": "b", "c": "d"}'],
    ['spaced at will', ' {\t"c" :\n"d" ,"a":"b" } '],
    ['escaped', '{"\\u0061":"b","c":"\\u0064"}'],
    ['with names that objects are born with', '{"__proto__":"x","constructor":"y","toString":""}'],
  ])('JSON %s', (_, text) => {
    const { description } = parseEnvelope({ ...v3, 'x-amz-m': text });
    expect(Object.entries(description)).toEqual(Object.entries(JSON.parse(text)));
  });
});

describe('text that S3 handed out as RFC 2047 words', () => {
  const read = (value: string) => parseEnvelope({ ...v3, 'x-amz-m': value }).description;
  /** What S3 does to raw UTF-8: each byte a character, and those in UTF-8 again. */
  const twice = (text: string) => utf8(String.fromCharCode(...utf8(text)));

  it.each([
    ['two bytes a character', '{"a":"ö"}'],
    ['three', '{"a":"東京"}'],
    ['four', '{"a":"🔐"}'],
  ])('B, %s', (_, text) => {
    const value = `=?UTF-8?B?${toBase64(twice(text))}?=`;
    expect(read(value)).toEqual(JSON.parse(text));
  });

  it('Q, lower case, underscores for spaces', () => {
    expect(read('=?utf-8?q?{=22a=22:_=22Mini_=c3=83=c2=b6=22}?=')).toEqual({ a: 'Mini ö' });
  });

  it('several words, a character cut between two of them', () => {
    const encoded = twice('{"a":"東京"}');
    const words = [encoded.slice(0, 7), encoded.slice(7, 8), encoded.slice(8)];
    expect(read(words.map((word) => `=?UTF-8?B?${toBase64(word)}?=`).join(' '))).toEqual({ a: '東京' });
  });

  it('characters that no Latin-1 byte stands for were encoded once', () => {
    expect(read(`=?UTF-8?B?${toBase64(utf8('{"a":"東"}'))}?=`)).toEqual({ a: '東' });
  });

  it('inside a JSON value such text is itself', () => {
    expect(read('{"a":"=?UTF-8?B?w4PCtg==?="}')).toEqual({ a: '=?UTF-8?B?w4PCtg==?=' });
  });

  it.each([
    ['another charset', '=?ISO-8859-1?Q?{}?='],
    ['text between the words', '=?UTF-8?Q?{?= x =?UTF-8?Q?}?='],
    ['no end', '=?UTF-8?Q?{}'],
    ['half an escape', '=?UTF-8?Q?{=4}?='],
    ['an escape with one digit', '=?UTF-8?Q?{=9g=22a=22:=22b=22}?='],
    ['broken base64', '=?UTF-8?B?e30?='],
    ['no UTF-8', '=?UTF-8?Q?{=22a=22:=22=FF=22}?='],
    ['no UTF-8 the second time', '=?UTF-8?Q?{=22a=22:=22=C3=BF=22}?='],
  ])('%s is refused', async (_, value) => {
    expect(await refused({ ...v3, 'x-amz-m': value })).toBe('metadata-invalid');
  });
});

/** The rows of the list of security rejections that an envelope alone decides. */
describe('what is refused', () => {
  const cases: readonly (readonly [string, Metadata, ErrorCode])[] = [
    ['row 2: d of 27 bytes', { ...v3, 'x-amz-d': bytes(27) }, 'metadata-invalid'],
    ['row 2: d of 29 bytes', { ...v3, 'x-amz-d': bytes(29) }, 'metadata-invalid'],
    ['row 2: d empty', { ...v3, 'x-amz-d': '' }, 'metadata-incomplete'],
    ['row 2: d not base64', { ...v3, 'x-amz-d': '!'.repeat(40) }, 'metadata-invalid'],
    [
      'row 2: d with unused bits set',
      { ...v3, 'x-amz-d': bytes(28).replace('AQ==', 'AR==') },
      'metadata-invalid',
    ],
    ['row 2: d without padding', { ...v3, 'x-amz-d': bytes(28).replace('==', '') }, 'metadata-invalid'],
    ['row 2: d with white space', { ...v3, 'x-amz-d': `${bytes(28)} ` }, 'metadata-invalid'],
    ['row 2: d in the URL alphabet', { ...v3, 'x-amz-d': `-_${bytes(28).slice(2)}` }, 'metadata-invalid'],
    ['row 3: i of 27 bytes', { ...v3, 'x-amz-i': bytes(27) }, 'metadata-invalid'],
    ['row 3: i empty', { ...v3, 'x-amz-i': '' }, 'metadata-incomplete'],
    ['row 3: i all zeros', { ...v3, 'x-amz-i': toBase64(new Uint8Array(28)) }, 'metadata-invalid'],
    [
      'row 4: i with a zero byte appended',
      { ...v3, 'x-amz-i': toBase64(new Uint8Array(29).fill(1, 0, 28)) },
      'metadata-invalid',
    ],
    ['row 5: c 114', { ...v3, 'x-amz-c': '114' }, 'algorithm-unsupported'],
    ['row 5: c 116', { ...v3, 'x-amz-c': '116' }, 'algorithm-unsupported'],
    ['row 5: c with a space', { ...v3, 'x-amz-c': '115 ' }, 'algorithm-unsupported'],
    ['row 5: c in hexadecimal', { ...v3, 'x-amz-c': '0x0073' }, 'algorithm-unsupported'],
    ["row 5: c is V2's name", { ...v3, 'x-amz-c': 'AES/GCM/NoPadding' }, 'algorithm-unsupported'],
    ['row 5: c empty', { ...v3, 'x-amz-c': '' }, 'metadata-incomplete'],
    ['row 12: V2 and c', { ...v2, 'x-amz-c': '115' }, 'metadata-mixed'],
    ['row 12: V2 and w', { ...v2, 'x-amz-w': '12' }, 'metadata-mixed'],
    ['row 12: V2 and d', { ...v2, 'x-amz-d': bytes(28) }, 'metadata-mixed'],
    ['row 12: V2 and i', { ...v2, 'x-amz-i': bytes(28) }, 'metadata-mixed'],
    ['row 12: V1 and c', { ...v1, 'x-amz-c': '115' }, 'metadata-mixed'],
    ['row 14: V2 and 3', { ...v2, 'x-amz-3': bytes(60) }, 'metadata-mixed'],
    ['row 14: V2 and V1', { ...v2, ...v1 }, 'metadata-mixed'],
    ['row 15: V3 and key', { ...v3, 'x-amz-key': bytes(48) }, 'metadata-mixed'],
    ['row 15: V3 and key-v2', { ...v3, 'x-amz-key-v2': bytes(60) }, 'metadata-mixed'],
    ['row 16: V3 and iv', { ...v3, 'x-amz-iv': bytes(12) }, 'metadata-mixed'],
    ['row 16: V3 and matdesc', { ...v3, 'x-amz-matdesc': '{}' }, 'metadata-mixed'],
    ['row 16: V3 and tag-len', { ...v3, 'x-amz-tag-len': '128' }, 'metadata-mixed'],
    ['row 16: V3 and cek-alg', { ...v3, 'x-amz-cek-alg': 'AES/GCM/NoPadding' }, 'metadata-mixed'],
    ['row 16: V3 and wrap-alg', { ...v3, 'x-amz-wrap-alg': 'AES/GCM' }, 'metadata-mixed'],
    ...['kms', 'kms+context', 'AES/GCM', '11', '01', '21', '2', '02 ', '12,12'].map(
      (code) => [`row 17: w ${code}`, { ...v3, 'x-amz-w': code }, 'wrap-unsupported'] as const,
    ),
    ['row 17: w empty', { ...v3, 'x-amz-w': '' }, 'metadata-incomplete'],
    ...['kms', 'AESWrap', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding'].map(
      (name) => [`row 19: V2 wrap ${name}`, { ...v2, 'x-amz-wrap-alg': name }, 'legacy-not-allowed'] as const,
    ),
    ...['AES', 'RSA', 'toString', 'aes/gcm', '02'].map(
      (name) => [`V2 wrap ${name}`, { ...v2, 'x-amz-wrap-alg': name }, 'wrap-unsupported'] as const,
    ),
    ['row 22: V2 CBC', { ...v2, 'x-amz-cek-alg': 'AES/CBC/PKCS5Padding' }, 'legacy-not-allowed'],
    [
      "row 22: V2 CBC by Ruby's name",
      { ...v2, 'x-amz-cek-alg': 'AES/CBC/PKCS7Padding' },
      'legacy-not-allowed',
    ],
    [
      'row 22: V2 CBC has no tag-len',
      without({ ...v2, 'x-amz-cek-alg': 'AES/CBC/PKCS5Padding' }, 'x-amz-tag-len'),
      'legacy-not-allowed',
    ],
    ['row 23: V2 CTR', { ...v2, 'x-amz-cek-alg': 'AES/CTR/NoPadding' }, 'algorithm-unsupported'],
    ['row 23: V2 unknown content', { ...v2, 'x-amz-cek-alg': 'ROT13' }, 'algorithm-unsupported'],
    ["row 23: V2 with V3's suite", { ...v2, 'x-amz-cek-alg': '115' }, 'algorithm-unsupported'],
    ...['96', '0', 'true', '128 ', '0128', '16'].map(
      (length) =>
        [`row 24: tag-len ${length}`, { ...v2, 'x-amz-tag-len': length }, 'metadata-invalid'] as const,
    ),
    ['row 24: tag-len empty', { ...v2, 'x-amz-tag-len': '' }, 'metadata-incomplete'],
    ['row 24: tag-len missing', without(v2, 'x-amz-tag-len'), 'metadata-incomplete'],
    ['row 26: V3 without 3', without(v3, 'x-amz-3'), 'metadata-incomplete'],
    ['row 26: V3 without w', without(v3, 'x-amz-w'), 'metadata-incomplete'],
    ['row 26: V3 without d', without(v3, 'x-amz-d'), 'metadata-incomplete'],
    ['row 26: V3 without i', without(v3, 'x-amz-i'), 'metadata-incomplete'],
    ['row 26: V3 without c', without(v3, 'x-amz-c'), 'metadata-incomplete'],
    ['row 26: c alone', { 'x-amz-c': '115' }, 'metadata-incomplete'],
    ['row 26: w alone', { 'x-amz-w': '02' }, 'metadata-incomplete'],
    ['row 27: V2 without key-v2', without(v2, 'x-amz-key-v2'), 'metadata-incomplete'],
    ['row 27: V2 without iv', without(v2, 'x-amz-iv'), 'metadata-incomplete'],
    ['row 27: V2 without cek-alg', without(v2, 'x-amz-cek-alg'), 'metadata-incomplete'],
    ['row 27: V2 without wrap-alg', without(v2, 'x-amz-wrap-alg'), 'metadata-incomplete'],
    ['row 36: tag-len alone', { 'x-amz-tag-len': '128' }, 'metadata-incomplete'],
    ['V2 with an iv of 16 bytes', { ...v2, 'x-amz-iv': bytes(16) }, 'metadata-invalid'],
    ['V2 with an iv of zeros', { ...v2, 'x-amz-iv': toBase64(new Uint8Array(12)) }, 'metadata-invalid'],
    ['V2 with a broken key', { ...v2, 'x-amz-key-v2': 'AAAA=' }, 'metadata-invalid'],
    ['V3 with a broken key', { ...v3, 'x-amz-3': '%' }, 'metadata-invalid'],
    ['V1', v1, 'legacy-not-allowed'],
    ['V1 without iv', without(v1, 'x-amz-iv'), 'metadata-incomplete'],
    ['row 37: no metadata', {}, 'not-encrypted'],
    ["row 37: the user's own alone", { owner: 'me' }, 'not-encrypted'],
    ['row 37: a length alone', { 'x-amz-unencrypted-content-length': '43' }, 'not-encrypted'],
    ['row 37: empty fields alone', { 'x-amz-3': '', 'x-amz-c': '', 'x-amz-key-v2': '' }, 'not-encrypted'],
    [
      'the wrapped key in an instruction file',
      without(without(v3, 'x-amz-3'), 'x-amz-w'),
      'algorithm-unsupported',
    ],
    ...[
      ' ',
      '[]',
      'null',
      '"a"',
      '{',
      '{"a":1}',
      '{"a":null}',
      '{"a":{"b":"c"}}',
      '{"a":["b"]}',
      '{}{}',
      "{'a':'b'}",
    ].map((text) => [`row 34: m ${text}`, { ...v3, 'x-amz-m': text }, 'metadata-invalid'] as const),
    ['row 40: t nested', { ...v3Kms, 'x-amz-t': '{"a":{"b":"c"}}' }, 'metadata-invalid'],
    ['row 40: matdesc nested', { ...v2, 'x-amz-matdesc': '{"a":{}}' }, 'metadata-invalid'],
    ['JSON without end', { ...v3, 'x-amz-m': `{"a":"${'x'.repeat(40_000)}"}` }, 'metadata-invalid'],
  ];

  it.each(cases)('%s', async (_, metadata, code) => {
    expect(await refused(metadata)).toBe(code);
  });

  it('names the field', () => {
    const error = (() => {
      try {
        return parseEnvelope({ ...v3, 'x-amz-d': bytes(27) });
      } catch (caught) {
        return caught as EnvelopeError;
      }
    })();
    expect(error).toMatchObject({ details: { field: 'x-amz-d' }, family: 'tampered' });
  });

  it('the test data differ from what is refused by what the case names alone', () => {
    for (const metadata of [v3, v3Kms, v2]) expect(() => parseEnvelope(metadata)).not.toThrow();
    expect(fromBase64(bytes(28))).toHaveLength(28);
  });
});
