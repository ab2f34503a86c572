import { describe, expect, it } from 'vitest';
import { type Bytes, fromUtf8, toBase64, toHex, utf8 } from '../bytes.ts';
import type { ErrorCode } from '../errors.ts';
import type { Description } from '../keyrings/keyring.ts';
import { createKmsKeyring } from '../keyrings/kms-keyring.ts';
import type { Metadata } from '../object.ts';
import {
  encryptObject,
  instructionFileKey,
  maxInstructionFileBytes,
  parseEnvelope,
  plaintextLengthOf,
} from './s3ec.ts';
import { aesKeyring, codeOf, createTestKms, decryptWhole } from './test-objects.ts';

const plaintext = utf8('the quick brown fox jumps over the lazy dog');
const keyring = await aesKeyring(7, { name: 'mine' });
const anyPolicy = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
const forbid = { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' } as const;
const apart = { keyring, plaintextLength: plaintext.length, instructionSuffix: '.instruction' } as const;

async function stored(options: Parameters<typeof encryptObject>[0]) {
  const encryptor = await encryptObject(options);
  const body = await encryptor.seal(0, plaintext);
  return { metadata: encryptor.metadata, body, file: encryptor.instructionFile! };
}

const v3 = await stored(apart);
const v2 = await stored({ ...apart, ...forbid });
const fieldsOf = (file: { body: Bytes }) => JSON.parse(fromUtf8(file.body)!) as Record<string, string>;
const fileOf = (fields: object) => utf8(JSON.stringify(fields));

function without(fields: Metadata, field: string): Metadata {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== field));
}

describe('what is written', () => {
  it('V3: the commitment on the object, the wrapped key in the file', async () => {
    expect(Object.keys(v3.metadata).sort()).toEqual(['x-amz-c', 'x-amz-d', 'x-amz-i']);
    expect(Object.keys(fieldsOf(v3.file)).sort()).toEqual(['x-amz-3', 'x-amz-m', 'x-amz-w']);
    expect(fieldsOf(v3.file)['x-amz-m']).toBe('{"name":"mine"}');
  });

  it('V2: everything in the file', () => {
    expect(v2.metadata).toEqual({});
    expect(Object.keys(fieldsOf(v2.file)).sort()).toEqual([
      'x-amz-cek-alg',
      'x-amz-iv',
      'x-amz-key-v2',
      'x-amz-matdesc',
      'x-amz-tag-len',
      'x-amz-wrap-alg',
    ]);
  });

  it('a file that says what it is', () => {
    expect(v3.file).toMatchObject({ suffix: '.instruction', metadata: { 'x-amz-crypto-instr-file': '' } });
  });

  it('pure ASCII, whatever the description says', async () => {
    const description = { größe: 'Mini ö', 都市: '東京', 'q"\\\n': '🔐' };
    const { metadata, body, file } = await stored({ ...apart, keyring: await aesKeyring(7, description) });
    expect(fromUtf8(file.body)).toMatch(/^[ -~]+$/);
    expect(parseEnvelope(metadata, { instructionFile: file.body }).description).toEqual(description);
    expect(body).toHaveLength(plaintext.length + 16);
  });

  it('the metadata alone unless an instruction file is asked for', async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 0 });
    expect(encryptor.instructionFile).toBeUndefined();
  });

  it.each(['', '.other', 'instruction'])(
    'row 38: nothing under the suffix "%s"',
    async (instructionSuffix) => {
      expect(await codeOf(() => encryptObject({ ...apart, instructionSuffix }))).toBe('bad-argument');
    },
  );
});

describe('what opens', () => {
  it.each([
    ['V3', v3, {}],
    ['V2', v2, anyPolicy],
  ] as const)('%s', async (_, { metadata, body, file }, policy) => {
    const options = { keyring, ...policy, instructionFile: file.body };
    expect(toHex(await decryptWhole({ metadata, body }, options))).toBe(toHex(plaintext));
    expect(plaintextLengthOf(body.length)).toBe(plaintext.length);
  });

  it('KMS, V3, context and all', async () => {
    const kms = createKmsKeyring({ client: createTestKms(), keyId: 'key' });
    const encryptionContext: Description = { project: 'x'.repeat(3000), dept: 'Größe' };
    const { metadata, body, file } = await stored({ ...apart, keyring: kms, encryptionContext });
    const options = { keyring: kms, encryptionContext, instructionFile: file.body };
    expect(toHex(await decryptWhole({ metadata, body }, options))).toBe(toHex(plaintext));
  });

  const read = (changes: object) =>
    parseEnvelope(v3.metadata, { instructionFile: fileOf({ ...fieldsOf(v3.file), ...changes }) });
  const readV2 = (changes: object) =>
    parseEnvelope(v2.metadata, { instructionFile: fileOf({ ...fieldsOf(v2.file), ...changes }) });

  it('spaced, with CRLF and tabs', () => {
    const spaced = JSON.stringify(fieldsOf(v3.file), null, '\t').replaceAll('\n', '\r\n');
    expect(parseEnvelope(v3.metadata, { instructionFile: utf8(spaced) })).toEqual(read({}));
  });

  it('raw UTF-8, which is not encoded as headers are', () => {
    expect(read({ 'x-amz-m': '{"größe":"=?UTF-8?Q?x?="}' }).description).toEqual({ größe: '=?UTF-8?Q?x?=' });
  });

  it.each([
    ['row 34: null for x-amz-m', { 'x-amz-m': null }],
    ['an empty x-amz-m', { 'x-amz-m': '' }],
  ])('%s, as if it were absent', (_, changes) => {
    expect(read(changes).description).toEqual({});
  });

  it.each([
    ['a tag length as a number', { 'x-amz-tag-len': 128 }],
    ['a plaintext length as a number', { 'x-amz-unencrypted-content-length': 43 }],
    ['a plaintext length as text', { 'x-amz-unencrypted-content-length': '43' }],
    ['null for a plaintext length', { 'x-amz-unencrypted-content-length': null }],
    ['row 35: an unknown name', { other: 'text' }],
    ['its own marker', { 'x-amz-crypto-instr-file': '' }],
  ])('%s', (_, changes) => {
    expect(readV2(changes)).toEqual(readV2({}));
  });

  it('metadata with the wrapped key, whatever the file says', async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 0 });
    const other = parseEnvelope(encryptor.metadata, { instructionFile: utf8('no JSON at all') });
    expect(other).toEqual(parseEnvelope(encryptor.metadata));
    expect(instructionFileKey('a', encryptor.metadata)).toBeUndefined();
  });
});

describe('the file to fetch', () => {
  it.each([
    ['V3', v3.metadata],
    ['V2', v2.metadata],
    ['nobody knows', { owner: 'me' }],
  ])('%s', (_, metadata) => {
    expect(instructionFileKey('a/b', metadata)).toBe('a/b.instruction');
    expect(instructionFileKey('a/b', metadata, '.partner')).toBe('a/b.partner');
  });

  it('is not the object itself', async () => {
    expect(await codeOf(() => instructionFileKey('a', v3.metadata, ''))).toBe('bad-argument');
  });

  it.each<[string, Metadata, ErrorCode]>([
    ['row 36: iv', { 'x-amz-iv': 'x' }, 'metadata-incomplete'],
    ['row 36: cek-alg', { 'x-amz-cek-alg': 'AES/GCM/NoPadding' }, 'metadata-incomplete'],
    ['row 36: wrap-alg', { 'x-amz-wrap-alg': 'AES/GCM' }, 'metadata-incomplete'],
    ['row 36: tag-len', { 'x-amz-tag-len': '128' }, 'metadata-incomplete'],
    ['row 36b: iv beside V3', { ...v3.metadata, 'x-amz-iv': 'x' }, 'metadata-mixed'],
    ['row 31: c alone', { 'x-amz-c': '115' }, 'metadata-incomplete'],
    ['w on the object', { ...v3.metadata, 'x-amz-w': '02' }, 'metadata-incomplete'],
  ])('is none for partial metadata: %s', async (_, metadata, code) => {
    expect(await codeOf(() => instructionFileKey('a', metadata))).toBe(code);
    expect(await codeOf(() => parseEnvelope(metadata, { instructionFile: v2.file.body }))).toBe(code);
  });
});

describe('what is refused', () => {
  const v3File = fieldsOf(v3.file);
  const v2File = fieldsOf(v2.file);
  const all = { ...v3.metadata, ...v3File };

  const contents: readonly (readonly [string, Metadata, object, ErrorCode])[] = [
    ...['x-amz-c', 'x-amz-d', 'x-amz-i'].flatMap((field) => [
      [
        `row 30: ${field} repeated`,
        v3.metadata,
        { ...v3File, [field]: v3.metadata[field] },
        'metadata-mixed',
      ] as const,
      [`row 30: another ${field}`, v3.metadata, { ...v3File, [field]: 'x' }, 'metadata-mixed'] as const,
      [`row 30: an empty ${field}`, v3.metadata, { ...v3File, [field]: '' }, 'metadata-mixed'] as const,
      [
        `row 32: ${field} in a V2 file`,
        {},
        { ...v2File, [field]: v3.metadata[field] },
        'metadata-mixed',
      ] as const,
    ]),
    ['row 31: c, d and i only in the file', {}, all, 'metadata-mixed'],
    ['row 31: c, d and i nowhere', {}, v3File, 'metadata-incomplete'],
    [
      'row 32: key-v2 in a V3 file',
      v3.metadata,
      { ...v3File, 'x-amz-key-v2': v2File['x-amz-key-v2'] },
      'metadata-mixed',
    ],
    ['row 32: a V2 file for a V3 object', v3.metadata, v2File, 'metadata-mixed'],
    ['row 32: key in a V2 file', {}, { ...v2File, 'x-amz-key': 'AAAA' }, 'metadata-mixed'],
    ['row 32: 3 in a V2 file', {}, { ...v2File, 'x-amz-3': 'AAAA' }, 'metadata-mixed'],
    ['w in a V2 file', {}, { ...v2File, 'x-amz-w': '02' }, 'metadata-mixed'],
    ['iv in a V3 file', v3.metadata, { ...v3File, 'x-amz-iv': v2File['x-amz-iv'] }, 'metadata-mixed'],
    ['matdesc in a V3 file', v3.metadata, { ...v3File, 'x-amz-matdesc': '{}' }, 'metadata-mixed'],
    ['row 26: a V3 file without 3', v3.metadata, without(v3File, 'x-amz-3'), 'metadata-incomplete'],
    ['row 26: a V3 file without w', v3.metadata, without(v3File, 'x-amz-w'), 'metadata-incomplete'],
    ['row 26: an empty object for V3', v3.metadata, {}, 'metadata-incomplete'],
    ...['x-amz-key-v2', 'x-amz-iv', 'x-amz-cek-alg', 'x-amz-wrap-alg', 'x-amz-tag-len'].map(
      (field) =>
        [`row 27: a V2 file without ${field}`, {}, without(v2File, field), 'metadata-incomplete'] as const,
    ),
    ['row 27: an empty object', {}, {}, 'metadata-incomplete'],
    ['row 24: null for tag-len', {}, { ...v2File, 'x-amz-tag-len': null }, 'metadata-incomplete'],
    ['row 24: 96 for tag-len', {}, { ...v2File, 'x-amz-tag-len': 96 }, 'metadata-invalid'],
    ['row 24: true for tag-len', {}, { ...v2File, 'x-amz-tag-len': true }, 'metadata-invalid'],
    ['row 34: null for 3', v3.metadata, { ...v3File, 'x-amz-3': null }, 'metadata-invalid'],
    ['row 34: null for t', v3.metadata, { ...v3File, 'x-amz-t': null }, 'metadata-invalid'],
    ['row 34: an object for 3', v3.metadata, { ...v3File, 'x-amz-3': { a: 'b' } }, 'metadata-invalid'],
    ['row 34: an object for m', v3.metadata, { ...v3File, 'x-amz-m': { a: 'b' } }, 'metadata-invalid'],
    ['row 34: an array for w', v3.metadata, { ...v3File, 'x-amz-w': ['02'] }, 'metadata-invalid'],
    ['row 34: a number for w', v3.metadata, { ...v3File, 'x-amz-w': 2 }, 'metadata-invalid'],
    ['row 35: an unknown name with a number', v3.metadata, { ...v3File, other: 1 }, 'metadata-invalid'],
    [
      'row 5: nothing else than 115 on the object',
      { ...v3.metadata, 'x-amz-c': '116' },
      v3File,
      'algorithm-unsupported',
    ],
    ['row 17: an unknown w', v3.metadata, { ...v3File, 'x-amz-w': '11' }, 'wrap-unsupported'],
  ];

  it.each(contents)('%s', async (_, metadata, file, code) => {
    expect(await codeOf(() => parseEnvelope(metadata, { instructionFile: fileOf(file) }))).toBe(code);
  });

  it.each<[string, Bytes]>([
    ['nothing', utf8('')],
    ['text', utf8('hello')],
    ['an array', utf8('[]')],
    ['null', utf8('null')],
    ['a string', utf8('"{}"')],
    ['two objects', utf8('{}{}')],
    ['half an object', v3.file.body.slice(0, -1)],
    ['a byte order mark', utf8(`\ufeff${fromUtf8(v3.file.body)}`)],
    ['no UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d)],
    ['UTF-16', new Uint8Array(Uint16Array.from('{}', (unit) => unit.charCodeAt(0)).buffer)],
    ['brackets without end', utf8('['.repeat(maxInstructionFileBytes))],
    ['too much', utf8(`${fromUtf8(v3.file.body)}${' '.repeat(maxInstructionFileBytes)}`)],
  ])('row 34: a file of %s', async (_, instructionFile) => {
    expect(await codeOf(() => parseEnvelope(v3.metadata, { instructionFile }))).toBe('metadata-invalid');
    expect(await codeOf(() => parseEnvelope(v2.metadata, { instructionFile }))).toBe('metadata-invalid');
  });

  it.each([
    ['row 33: V3', v3.metadata],
    ['row 33: V2', v2.metadata],
    ['row 37: no envelope at all', { owner: 'me' }],
  ])('%s, and the file is not there', async (_, metadata) => {
    expect(await codeOf(() => parseEnvelope(metadata, { instructionFile: null }))).toBe('not-encrypted');
  });

  it('row 25: V2 in a file under the default policy, before any key is asked for', async () => {
    const client = createTestKms();
    const kms = createKmsKeyring({ client, keyId: 'key' });
    const { metadata, body, file } = await stored({ ...apart, ...forbid, keyring: kms });
    const reading = () => decryptWhole({ metadata, body }, { keyring: kms, instructionFile: file.body });
    expect(await codeOf(reading)).toBe('commitment-required');
    expect(client.calls).toEqual(['generateDataKey']);
  });

  it('row 9: the file of another object', async () => {
    const { file } = await stored(apart);
    const reading = () => decryptWhole(v3, { keyring, instructionFile: file.body });
    expect(await codeOf(reading)).toBe('commitment-mismatch');
  });

  it('row 2: a commitment that is none', async () => {
    const metadata = { ...v3.metadata, 'x-amz-d': toBase64(new Uint8Array(29)) };
    const parsing = () => parseEnvelope(metadata, { instructionFile: v3.file.body });
    expect(await codeOf(parsing)).toBe('metadata-invalid');
  });
});
