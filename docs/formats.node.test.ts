/** What `formats.md` says is what we write: `formats-reader.ts`, which knows the page and nothing of `src`, opens it. */
import { createDecipheriv, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startCloud } from '../local/cloud.ts';
import {
  createEncryptStream,
  createKmsMessageKeyring,
  createMultiKeyring,
  createRawAesKeyring,
  createRawRsaKeyring,
  decrypt,
  encrypt,
  encryptMessage,
  type SealOptions,
} from '../src/core/esdk/esdk.ts';
import { suites } from '../src/core/esdk/suite.ts';
import { collect, sealRanges, streamOf } from '../src/core/esdk/test-messages.ts';
import { createAesKeyring, importWrappingKey } from '../src/core/keyrings/aes-keyring.ts';
import type { Keyring, KmsMessageClient } from '../src/core/keyrings/keyring.ts';
import { createKmsKeyring } from '../src/core/keyrings/kms-keyring.ts';
import { createRsaKeyring } from '../src/core/keyrings/rsa-keyring.ts';
import { type EncryptOptions, encryptObject, rewrapEnvelope } from '../src/core/s3ec/s3ec.ts';
import { createShare } from '../src/share/create-share.ts';
import { formatLink } from '../src/share/link.ts';
import { createGuest, createS3Store, guestCredentials } from '../src/store/aws/aws.ts';
import { createPathReader } from '../src/store/path-reader.ts';
import type { ObjectStore } from '../src/store/store.ts';
import { nameLabel, sealName } from '../src/transfer/file-name.ts';
import { lockFile } from '../src/transfer/lock-file.ts';
import type { ObjectFormat } from '../src/transfer/objects.ts';
import { createUploads } from '../src/transfer/uploads.ts';
import { writeKeyFile } from '../src/vault/key-file.ts';
import { describeKey, drawPersonalKey, nameKey } from '../src/vault/personal-key.ts';
import { formatExample, section } from './formats-page.ts';
import {
  checkHeader,
  gather,
  type MessageKeys,
  type Metadata,
  openMessage,
  openName,
  openV2,
  openV3,
  type ReadMessage,
  readKeyFile,
  readLink,
  unwrap,
  type WrappingKeys,
} from './formats-reader.ts';

const plaintext = Buffer.from('hello, envelope');
const wrappingBytes = Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index);
const aes = Buffer.from(wrappingBytes);
const arn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** Wraps by XOR: what matters is what it is asked. */
const kms: KmsMessageClient = {
  async generateDataKey({ numberOfBytes = 32, encryptionContext }) {
    const bytes = crypto.getRandomValues(new Uint8Array(numberOfBytes));
    return { ...(await this.encrypt({ keyId: arn, plaintext: bytes, encryptionContext })), plaintext: bytes };
  },
  async encrypt({ plaintext: bytes, encryptionContext }) {
    const blob = Buffer.concat([Buffer.from(bytes).map((byte) => byte ^ 0xff), contextOf(encryptionContext)]);
    return { ciphertextBlob: Uint8Array.from(blob), keyId: arn };
  },
  async decrypt() {
    throw new Error('nothing of ours opens anything here');
  },
};
const contextOf = (context: Metadata) => Buffer.from(JSON.stringify(Object.entries(context).sort()));
function decryptAsKms(blob: Buffer, context: Metadata): Buffer {
  const length = blob.length - contextOf(context).length;
  if (!blob.subarray(length).equals(contextOf(context))) throw new Error('another context');
  return Buffer.from(blob.subarray(0, length).map((byte) => byte ^ 0xff));
}

let rsa: { readonly publicKey: CryptoKey; readonly privateKey: KeyObject };
let keyrings: Readonly<Record<'02' | '12' | '22', Keyring>>;
let wrappingKey: CryptoKey;
const keys = (): WrappingKeys => ({ aes, rsa: rsa.privateKey, kms: decryptAsKms });

beforeAll(async () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-1' };
  rsa = {
    publicKey: await crypto.subtle.importKey('spki', Uint8Array.from(spki), algorithm, true, ['encrypt']),
    privateKey: pair.privateKey,
  };
  wrappingKey = await importWrappingKey(wrappingBytes.slice());
  keyrings = {
    '02': createAesKeyring({ wrappingKey, materialsDescription: { purpose: 'example' } }),
    '12': createKmsKeyring({ client: kms, keyId: arn }),
    '22': createRsaKeyring({ publicKey: rsa.publicKey, materialsDescription: { purpose: 'example' } }),
  };
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** The bytes of examples count: 00, 01, 02, ... */
function countInsteadOfDrawing(): void {
  let next = 0;
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
    if (array)
      for (const index of Buffer.from(array.buffer, array.byteOffset, array.byteLength).keys()) {
        new Uint8Array(array.buffer, array.byteOffset)[index] = next++;
      }
    return array;
  });
}

interface Written {
  readonly metadata: Metadata;
  readonly instructionFile?: Buffer;
  readonly body: Buffer;
}

const forbidding = { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' } as const;

async function write(content: Buffer, options: Omit<EncryptOptions, 'plaintextLength'>): Promise<Written> {
  const encryptor = await encryptObject({ ...options, plaintextLength: content.length });
  const body = Buffer.from(await encryptor.seal(0, Uint8Array.from(content)));
  const { metadata, instructionFile } = encryptor;
  return { metadata, body, ...(instructionFile && { instructionFile: Buffer.from(instructionFile.body) }) };
}

function read({ metadata, instructionFile, body }: Written) {
  const all = gather(metadata, instructionFile);
  return (all['x-amz-3'] ? openV3 : openV2)(all, body, unwrap(all, keys()));
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
/** What an example has under a label. */
function labelled(example: ReadonlyMap<string, string> | undefined, label: string): string {
  const value = example?.get(label);
  if (value === undefined) throw new Error(`the example has no ${label}`);
  return value;
}
const bytesOf = (example: ReadonlyMap<string, string> | undefined, label: string) =>
  Buffer.from(labelled(example, label), 'hex');
const metadataOf = (example: ReadonlyMap<string, string> | undefined): Metadata =>
  Object.fromEntries([...(example ?? [])].filter(([label]) => /^(x-amz|s3-envelope)-/.test(label)));
/** The metadata that a section's table names, without its backticks. */
const namesIn = (heading: string) =>
  section(heading)
    .table('metadata')
    .map(({ metadata = '' }) => metadata.replaceAll('`', ''));

describe('S3EC', () => {
  const v3 = section('S3EC, format V3');
  const v2 = section('S3EC, format V2');

  describe.each(['02', '12', '22'] as const)('wrapped as %s', (code) => {
    it.each([0, 1, 15, 16, 17, 100_000])('V3 of %d bytes is what the page says', async (length) => {
      const content = Buffer.from(crypto.getRandomValues(new Uint8Array(Math.min(length, 60_000)))).subarray(
        0,
        length,
      );
      const whole = Buffer.concat([content, Buffer.alloc(length - content.length, 7)]);
      const written = await write(whole, { keyring: keyrings[code] });
      expect(written.body).toHaveLength(length + 16);
      expect(read(written).plaintext.equals(whole)).toBe(true);
    });

    it('has the metadata of the page, in both formats', async () => {
      const rowsOf = (version: 2 | 3) => (version === 3 ? v3 : v2).table('metadata');
      for (const version of [3, 2] as const) {
        const { metadata } = await write(plaintext, {
          keyring: keyrings[code],
          ...(version === 2 && forbidding),
        });
        const expected = namesIn(`S3EC, format V${version}`);
        const other = code === '12' ? 'x-amz-m' : 'x-amz-t';
        expect(Object.keys(metadata).sort()).toEqual(expected.filter((name) => name !== other).sort());
        for (const { metadata: name = '', value = '' } of rowsOf(version)) {
          const stored = metadata[name.replaceAll('`', '')];
          if (stored === undefined) continue;
          const [, fixed] = /^`([^`]+)`$/.exec(value) ?? [];
          if (fixed !== undefined) expect(stored).toBe(fixed);
          else if (value.includes('`'))
            expect(value.includes(`\`${stored}\``) || stored.startsWith('{') || /base64/.test(value)).toBe(
              true,
            );
          const [, bytes] = /: (\d+) (?:random )?bytes/.exec(value) ?? [];
          if (bytes) expect(Buffer.from(stored, 'base64')).toHaveLength(Number(bytes));
        }
      }
    });

    it('V2, instruction files of both, and a change of keys are what the page says', async () => {
      const keyring = keyrings[code];
      const instructionSuffix = '.instruction';
      const whole = [
        await write(plaintext, { keyring, ...forbidding }),
        await write(plaintext, { keyring, ...forbidding, instructionSuffix }),
        await write(plaintext, { keyring, instructionSuffix }),
      ];
      for (const written of whole) expect(read(written).plaintext).toEqual(plaintext);

      const { metadata, body } = await write(plaintext, {
        keyring: createAesKeyring({ wrappingKey, materialsDescription: {} }),
      });
      const old = createAesKeyring({ wrappingKey, materialsDescription: {} });
      const rewrapped = await rewrapEnvelope(metadata, undefined, { keyring: old, newKeyring: keyring });
      expect(read({ metadata: rewrapped.metadata, body }).plaintext).toEqual(plaintext);
    });

    it('stays on the object and goes to the instruction file as the page divides it', async () => {
      const rows = section('Instruction files').table('format');
      for (const { format, 'stays on the object': stays = '', 'in the file': moves = '' } of rows) {
        const options = format === 'V2' ? forbidding : {};
        const written = await write(plaintext, {
          keyring: keyrings[code],
          ...options,
          instructionSuffix: '.instruction',
        });
        const listed = (cell: string) =>
          cell === '' ? [] : cell.split(', ').map((name) => name.replaceAll('`', ''));
        const other = code === '12' ? 'x-amz-m' : 'x-amz-t';
        expect(Object.keys(written.metadata).sort()).toEqual(listed(stays).sort());
        expect(Object.keys(JSON.parse(String(written.instructionFile))).sort()).toEqual(
          listed(moves)
            .filter((name) => name !== other)
            .sort(),
        );
      }
    });
  });

  it('stores no empty materials description in V3', async () => {
    const keyring = createAesKeyring({ wrappingKey, materialsDescription: {} });
    expect((await write(plaintext, { keyring })).metadata).not.toHaveProperty('x-amz-m');
    expect((await write(plaintext, { keyring, ...forbidding })).metadata['x-amz-matdesc']).toBe('{}');
  });

  it('writes JSON in ASCII', async () => {
    const keyring = createAesKeyring({ wrappingKey, materialsDescription: { ä: '\u{1f511}' } });
    const { metadata } = await write(plaintext, { keyring });
    expect(metadata['x-amz-m']).toBe('{"\\u00e4":"\\ud83d\\udd11"}');
  });

  it.each([
    ['V3', v3, {}],
    ['V2', v2, forbidding],
  ] as const)(
    'the example of %s is what is written, and opens',
    async (version, { blocks, examples }, options) => {
      countInsteadOfDrawing();
      const written = await write(plaintext, { keyring: keyrings['02'], ...options });
      const { scope } = read(written);
      const derived = version === 'V3' ? (['content key'] as const) : [];
      expect(blocks[0]).toBe(
        formatExample([
          ['wrapping key', hex(aes)],
          ...Object.entries(written.metadata),
          ['body', hex(written.body)],
          ['data key', hex(scope['data key'] ?? aes)],
          ...derived.map((name) => [name, hex(scope[name] ?? aes)] as const),
          ['plaintext', String(plaintext)],
        ]),
      );
      const [example] = examples;
      const metadata = metadataOf(example);
      const dataKey = unwrap(metadata, { aes: bytesOf(example, 'wrapping key') });
      expect(hex(dataKey)).toBe(labelled(example, 'data key'));
      const opened = (version === 'V3' ? openV3 : openV2)(metadata, bytesOf(example, 'body'), dataKey);
      expect(String(opened.plaintext)).toBe(labelled(example, 'plaintext'));
    },
  );

  it('the example of an instruction file is what is written, and opens', async () => {
    countInsteadOfDrawing();
    const written = await write(plaintext, { keyring: keyrings['02'], instructionSuffix: '.instruction' });
    const { blocks, examples } = section('Instruction files');
    const file = String(written.instructionFile);
    const entries = [
      ...Object.entries(written.metadata),
      ['file', file],
      ['body', hex(written.body)],
    ] as const;
    expect(blocks[0]).toBe(formatExample(entries as Iterable<readonly [string, string]>));
    const [example] = examples;
    const all = gather(metadataOf(example), Buffer.from(labelled(example, 'file')));
    expect(openV3(all, bytesOf(example, 'body'), unwrap(all, { aes })).plaintext).toEqual(plaintext);
  });

  it('opens in the middle by AES-CTR, with the counter of the page', async () => {
    const content = Buffer.alloc(1000, 'in the middle ');
    const written = await write(content, { keyring: keyrings['02'] });
    const { scope } = read(written);
    const [, add = ''] = /counter IV ‖ \(n \+ (\d) in 4 bytes\)/.exec(v3.text) ?? [];
    const counter = Buffer.alloc(16, 1);
    counter.writeUInt32BE(20 + Number(add), 12);
    const cipher = createDecipheriv('aes-256-ctr', scope['content key'] ?? aes, counter);
    expect(cipher.update(written.body.subarray(20 * 16, -16))).toEqual(content.subarray(20 * 16));
  });

  it('a reader of the page opens no changed object', async () => {
    const { metadata, body } = await write(plaintext, { keyring: keyrings['02'] });
    for (const [name, value] of Object.entries(metadata)) {
      if (!['x-amz-3', 'x-amz-d', 'x-amz-i'].includes(name)) continue;
      const changed = Buffer.from(value, 'base64');
      changed[5] = (changed[5] ?? 0) ^ 1;
      expect(
        () => read({ metadata: { ...metadata, [name]: changed.toString('base64') }, body }),
        name,
      ).toThrow();
    }
  });
});

describe('a name', () => {
  it.each(['report.pdf', 'Größenvergleich 🗝.txt', ''])('%j is what the page says', async (fileName) => {
    const encryptor = await encryptObject({ keyring: keyrings['02'], plaintextLength: plaintext.length });
    const body = Buffer.from(await encryptor.seal(0, Uint8Array.from(plaintext)));
    const metadata = {
      ...encryptor.metadata,
      ...(await sealName(await encryptor.deriveKey(nameLabel), fileName)),
    };
    expect(openName(metadata, read({ metadata, body }).scope)).toBe(fileName);
  });

  it('the example is what is written for the example of V3, and opens', async () => {
    countInsteadOfDrawing();
    const encryptor = await encryptObject({ keyring: keyrings['02'], plaintextLength: plaintext.length });
    const body = Buffer.from(await encryptor.seal(0, Uint8Array.from(plaintext)));
    const sealed = await sealName(await encryptor.deriveKey(nameLabel), 'letter.txt');
    const { scope } = read({ metadata: encryptor.metadata, body });
    const { blocks, examples } = section('The name of a file');
    expect(blocks[0]).toBe(
      formatExample([
        ...Object.entries(sealed),
        ['name key', hex(scope['name key'] ?? aes)],
        ['name', 'letter.txt'],
      ]),
    );
    const [example] = examples;
    const [ofObject] = section('S3EC, format V3').examples;
    const opened = openV3(metadataOf(ofObject), bytesOf(ofObject, 'body'), bytesOf(ofObject, 'data key'));
    expect(openName(metadataOf(example), opened.scope)).toBe(labelled(example, 'name'));
  });
});

describe('an ESDK message', () => {
  const named = { keyNamespace: 's3-envelope', keyName: 'example' };
  const aesKeys: MessageKeys = { provider: 's3-envelope', name: 'example', aes };
  const encryptionContext = { purpose: 'example', ä: 'ö', Z: '' };
  const sealed = async (options: Partial<SealOptions> = {}, content = plaintext) => {
    const keyring = createRawAesKeyring({ ...named, wrappingKey });
    return Buffer.from(await encrypt(Uint8Array.from(content), { keyring, frameLength: 8, ...options }));
  };

  it.each(suites)('of suite $id is what the page says', async ({ id, commits }) => {
    const message = await sealed({ suite: id, encryptionContext, ...(commits ? {} : forbidding) });
    const opened = openMessage(message, aesKeys);
    expect([opened.suite, opened.plaintext]).toEqual([id, plaintext]);
    expect(opened.context).toMatchObject(encryptionContext);
    // Every byte has its place in the page's tables.
    expect(Buffer.concat(opened.list.map(([, bytes]) => bytes))).toEqual(message);
  });

  it('of every suite that is written is on the page', () => {
    const listed = section('ESDK messages')
      .table('suite')
      .map(({ suite }) => suite);
    expect(listed.sort()).toEqual(suites.map(({ id }) => `\`${id}\``).sort());
  });

  it.each([0, 1, 7, 8, 9, 16, 1000])('of %d bytes is as long as the page says', async (length) => {
    const content = Buffer.alloc(length, 3);
    const message = await sealed({}, content);
    const opened = openMessage(message, aesKeys);
    expect(opened.plaintext).toEqual(content);
    const frames = Math.max(1, Math.ceil(length / 8));
    expect(message).toHaveLength(opened.header.end + length + 32 * (frames - 1) + 40);
    expect(opened.list.filter(([label]) => label.endsWith(': number'))).toHaveLength(frames);
  });

  it.each(['0478', '0578'] as const)('of suite %s in ranges and as a stream is the same', async (suite) => {
    const keyring = createRawAesKeyring({ ...named, wrappingKey });
    const content = Buffer.alloc(3000, 5);
    const options = { keyring, suite, frameLength: 256 };
    const encryptor = await encryptMessage({ ...options, plaintextLength: content.length });
    const inRanges = await sealRanges(encryptor, Uint8Array.from(content), 3, (starts) => starts);
    const streamed = await collect(
      streamOf(Uint8Array.from(content), 700).pipeThrough(createEncryptStream(options)),
    );
    for (const message of [inRanges, streamed.bytes]) {
      expect(openMessage(Buffer.from(message), aesKeys).plaintext).toEqual(content);
    }
  });

  it('has frames of 1 MiB unless chosen', async () => {
    const opened = openMessage(await sealed({ frameLength: undefined }), aesKeys);
    expect(opened.header.fields['frame length']).toEqual(Buffer.from([0, 0x10, 0, 0]));
  });

  it.each([
    ['SHA-1', 'sha1'],
    ['SHA-256', 'sha256'],
    ['SHA-512', 'sha512'],
  ])('wrapped by RSA with %s is what the page says', async (hash, oaepHash) => {
    const spki = await crypto.subtle.exportKey('spki', rsa.publicKey);
    const publicKey = await crypto.subtle.importKey('spki', spki, { name: 'RSA-OAEP', hash }, false, [
      'encrypt',
    ]);
    const message = await sealed({ keyring: createRawRsaKeyring({ ...named, publicKey }) });
    const opened = openMessage(message, {
      provider: 's3-envelope',
      name: 'example',
      rsa: { key: rsa.privateKey, hash: oaepHash },
    });
    expect(opened.plaintext).toEqual(plaintext);
  });

  it('wrapped by KMS and by a raw key opens with either', async () => {
    const generator = createKmsMessageKeyring({ client: kms, keyId: arn });
    const keyring = createMultiKeyring({
      generator,
      children: [createRawAesKeyring({ ...named, wrappingKey })],
    });
    const message = await sealed({ keyring, encryptionContext, suite: '0578' });
    expect(openMessage(message, aesKeys).plaintext).toEqual(plaintext);
    const byKms = { provider: 'aws-kms', name: arn, kms: decryptAsKms };
    expect(openMessage(message, byKms).plaintext).toEqual(plaintext);
  });

  it('with pairs left out opens for whoever knows them', async () => {
    const message = await sealed({ encryptionContext, requiredContextKeys: ['ä', 'Z'] });
    expect(openMessage(message, { ...aesKeys, leftOut: { Z: '', ä: 'ö' } }).plaintext).toEqual(plaintext);
    expect(() => openMessage(message, aesKeys)).toThrow();
  });

  it('opens in no bit that was changed', async () => {
    const message = await sealed({ suite: '0578' });
    for (let bit = 0; bit < 8 * message.length; bit += 3) {
      const changed = Buffer.from(message);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => openMessage(changed, aesKeys), `bit ${bit}`).toThrow();
    }
  });

  it('the example of suite 0478 is what is written, and opens', async () => {
    countInsteadOfDrawing();
    const message = await sealed({ encryptionContext: { purpose: 'example' } });
    const { list } = openMessage(message, aesKeys);
    const { blocks, examples } = section('Footer');
    expect(blocks[0]).toBe(
      formatExample([
        ['wrapping key', hex(aes)],
        ...list.map(([label, bytes]) => [label, hex(bytes)] as const),
        ['plaintext', String(plaintext)],
      ]),
    );
    const opened = openMessage(messageOf(examples[0]), aesKeys);
    expect(String(opened.plaintext)).toBe(labelled(examples[0], 'plaintext'));
  });

  // What a signature draws is the library's affair, so this one is not the same each time that it is written.
  it('the example of suite 0578 has the fields of what is written, and opens, for us too', async () => {
    const [, example] = section('Footer').examples;
    const message = messageOf(example);
    const opened = openMessage(message, aesKeys);
    expect(String(opened.plaintext)).toBe(labelled(example, 'plaintext'));
    const shapeOf = ({ list }: { readonly list: ReadMessage['list'] }) =>
      list.map(([label, { length }]) => [label, length]);
    const fresh = await sealed({ suite: '0578', encryptionContext: { purpose: 'example' } });
    expect(shapeOf(opened)).toEqual(shapeOf(openMessage(fresh, aesKeys)));
    expect([...(example?.keys() ?? [])].slice(1, -1)).toEqual(opened.list.map(([label]) => label));
    const keyring = createRawAesKeyring({ ...named, wrappingKey });
    expect(Buffer.from((await decrypt(Uint8Array.from(message), { keyring })).plaintext)).toEqual(plaintext);
  });
});

/** All fields of an example, without the key before and the plaintext behind them. */
function messageOf(example: ReadonlyMap<string, string> | undefined): Buffer {
  return Buffer.from([...(example?.values() ?? [])].slice(1, -1).join(''), 'hex');
}

describe('a file above 64 GiB', () => {
  const fingerprint = '00112233445566ff';
  const held = () => ({
    s3ec: keyrings['02'],
    esdk: async () => createRawAesKeyring({ ...nameKey(fingerprint), wrappingKey }),
  });
  const opener: MessageKeys = { provider: 's3-envelope-key', name: fingerprint, aes };
  const lock = async (name: string) => {
    const request = { keyring: held(), plaintextLength: plaintext.length, name, format: 'esdk' } as const;
    const { encryptor, metadata } = await lockFile(request);
    return { metadata, body: Buffer.from(await encryptor.seal(0, Uint8Array.from(plaintext))) };
  };

  it.each(['report.pdf', 'Größenvergleich 🗝.txt', ''])('called %j is what the page says', async (name) => {
    const { metadata, body } = await lock(name);
    expect(Object.keys(metadata).sort()).toEqual(namesIn('Files above 64 GiB').sort());
    checkHeader(metadata, body);
    const opened = openMessage(body, opener);
    expect([opened.suite, opened.plaintext, opened.context]).toEqual(['0478', plaintext, {}]);
    expect(opened.header.fields['frame length']).toEqual(Buffer.from([0, 0x10, 0, 0]));
    expect(openName(metadata, opened.scope)).toBe(name);
  });

  it('is named in the clear nowhere', async () => {
    const { metadata, body } = await lock('a name that would be found');
    for (const stored of [JSON.stringify(metadata), String(body), ...Object.values(metadata).map(atob)]) {
      expect(stored).not.toContain('a name');
    }
  });

  it('the example is what is written, and opens', async () => {
    countInsteadOfDrawing();
    const { metadata, body } = await lock('letter.txt');
    const { scope } = openMessage(body, opener);
    const { blocks, examples } = section('Files above 64 GiB');
    expect(blocks[0]).toBe(
      formatExample([
        ['wrapping key', hex(aes)],
        ['FINGERPRINT', fingerprint],
        ...Object.entries(metadata),
        ['body', hex(body)],
        ['name key', hex(scope['name key'] ?? aes)],
        ['name', 'letter.txt'],
        ['plaintext', String(plaintext)],
      ]),
    );
    const [example] = examples;
    const message = bytesOf(example, 'body');
    checkHeader(metadataOf(example), message);
    const opened = openMessage(message, opener);
    expect(String(opened.plaintext)).toBe(labelled(example, 'plaintext'));
    expect(openName(metadataOf(example), opened.scope)).toBe(labelled(example, 'name'));
  });
});

describe('a key backup file', () => {
  it('is what the page says', async () => {
    const { key, raw } = await drawPersonalKey();
    const { blob, fileName } = writeKeyFile(raw, key, 'eu-central-1:01234567-89ab-cdef-0123-456789abcdef');
    const text = await blob.text();
    expect(readKeyFile(text)).toEqual(Buffer.from(raw));
    expect(fileName).toBe(`s3-envelope-key-${key.fingerprint.slice(0, 8)}.json`);
    const listed = section('The key backup file')
      .table('entry')
      .map(({ entry = '' }) => entry.replaceAll('`', ''));
    expect(Object.keys(JSON.parse(text))).toEqual(listed);
  });

  it('the example is what is written, and opens', async () => {
    countInsteadOfDrawing();
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 21), toFake: ['Date'] });
    const { key, raw } = await drawPersonalKey();
    const { blob } = writeKeyFile(raw, key, 'eu-central-1:01234567-89ab-cdef-0123-456789abcdef');
    const [block = ''] = section('The key backup file').blocks;
    expect(block).toBe(await blob.text());
    expect(readKeyFile(block)).toEqual(Buffer.from(raw));
  });
});

describe('a link', () => {
  it('the example is what is written for the example of V3, and opens', async () => {
    const [object] = section('S3EC, format V3').examples;
    const stored = new Map<string, Written>([
      ['files/x/y', { metadata: metadataOf(object), body: bytesOf(object, 'body') }],
    ]);
    countInsteadOfDrawing();
    const files = [{ key: 'files/x/y', name: 'letter.txt' }];
    const secret = await createShare({
      store: storeOver(stored),
      keyring: { s3ec: keyrings['02'] },
      files,
      prefix: 'shared/',
      reader: createPathReader(new URL('https://files.example/shared/')),
    });
    const link = await formatLink('https://files.example/', secret);
    const { share, wrappingKey: key } = readLink(link);
    const manifest = stored.get(`shared/${share}/manifest`);
    if (!manifest) throw new Error('there is no manifest where the page says');
    const content = String(
      openV3(manifest.metadata, manifest.body, unwrap(manifest.metadata, { aes: key })).plaintext,
    );
    const { blocks, examples } = section('Links');
    expect(blocks[0]).toBe(
      formatExample([
        ['link', link],
        ['secret', hex(secret)],
        ['SHARE', share],
        ['wrapping key', hex(key)],
        ...Object.entries(manifest.metadata),
        ['body', hex(manifest.body)],
        ['manifest', content],
      ]),
    );

    const [example] = examples;
    const opened = readLink(labelled(example, 'link'));
    expect(hex(opened.secret)).toBe(labelled(example, 'secret'));
    const dataKey = unwrap(metadataOf(example), { aes: opened.wrappingKey });
    const { plaintext: text } = openV3(metadataOf(example), bytesOf(example, 'body'), dataKey);
    expect(String(text)).toBe(labelled(example, 'manifest'));
    const [file] = JSON.parse(String(text)).files;
    const copy = openV3(metadataOf(object), bytesOf(object, 'body'), Buffer.from(file.dataKey, 'base64'));
    expect(copy.plaintext).toHaveLength(file.size);
    expect(copy.plaintext).toEqual(plaintext);
  });
});

/** As much of a store as making a share needs. */
function storeOver(objects: Map<string, Written>): ObjectStore {
  const no = () => Promise.reject(new Error('not needed'));
  const unused = {
    read: no,
    list: no,
    createUpload: no,
    sendPart: no,
    listParts: no,
    completeUpload: no,
    abortUpload: no,
    remove: no,
  };
  return {
    ...unused,
    async head(key) {
      const { metadata, body } = objects.get(key) ?? (await no());
      return { key, size: body.length, etag: '"x"', lastModified: new Date(), metadata };
    },
    async put(key, body, metadata) {
      objects.set(key, { metadata, body: Buffer.from(body as Uint8Array) });
      return { etag: '"x"', versionId: undefined };
    },
    async copy(source, target) {
      objects.set(target, objects.get(source.key) ?? (await no()));
    },
  };
}

describe('a bucket', () => {
  it('has the objects that the page says, and the reader opens them from there', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 's3-envelope-formats-'));
    const cloud = await startCloud({ dataDir, port: 0 });
    try {
      const { endpoint, region, bucket: Bucket, identityPoolId, accessKeyId, secretAccessKey } = cloud.info;
      const identityId = await createGuest({ region, identityPoolId, endpoint });
      const credentials = guestCredentials({ region, identityPoolId, endpoint }, identityId);
      const store = createS3Store({ bucket: Bucket, region, credentials, endpoint });
      const { key, raw } = await drawPersonalKey();
      const materialsDescription = describeKey(key.fingerprint);
      const { wrappingKey } = key;
      const keyring = {
        s3ec: createAesKeyring({ wrappingKey, materialsDescription }),
        esdk: async () => createRawAesKeyring({ wrappingKey, ...nameKey(key.fingerprint) }),
      };
      const content = Buffer.alloc(9 * 1024 ** 2 + 5, 'part ');
      const upload = (format: ObjectFormat) =>
        new Promise<string>((resolve, reject) => {
          const onStored = (head: { readonly key: string }) => resolve(head.key);
          const uploads = createUploads({ store, keyring, prefix: `files/${identityId}/`, onStored, format });
          uploads.subscribe(() => {
            for (const { error } of uploads.snapshot()) if (error) reject(error);
          });
          uploads.add([new File([content], 'größer.txt')]);
        });
      const stored = await upload('s3ec');
      const large = await upload('esdk');
      const secret = await createShare({
        store,
        keyring,
        files: [stored, large].map((each) => ({ key: each, name: 'größer.txt' })),
        prefix: 'shared/',
        reader: createPathReader(new URL('/shared/', cloud.info.appUrl)),
      });
      const { share, wrappingKey: ofLink } = readLink(await formatLink('https://files.example/', secret));

      const administrator = new S3Client({
        endpoint,
        region,
        forcePathStyle: true,
        credentials: { accessKeyId, secretAccessKey },
      });
      const { Contents = [] } = await administrator.send(new ListObjectsV2Command({ Bucket }));
      const listed = Contents.map((object) => object.Key ?? '');
      const patterns = section('Where objects lie')
        .table('object key')
        .map((row) => row['object key']?.replaceAll('`', '') ?? '');
      const real = patterns
        .map((pattern) =>
          pattern.replace('IDENTITY', identityId).replace('SHARE', share).replace(/N$/, '[01]'),
        )
        .map((pattern) => new RegExp(`^${pattern.replace('ID', '[A-Za-z0-9_-]{22}')}$`));
      // Everything is on the page: two files, and the manifest and the copies of their link.
      expect(real.slice(0, 3).map((pattern) => listed.filter((each) => pattern.test(each)).length)).toEqual([
        2, 1, 2,
      ]);
      expect(listed).toHaveLength(5);

      const fetch = async (Key: string) => {
        const {
          Body,
          Metadata = {},
          ContentType,
        } = await administrator.send(new GetObjectCommand({ Bucket, Key }));
        expect(ContentType).toBe('application/octet-stream');
        return { metadata: Metadata, body: Buffer.from((await Body?.transformToByteArray()) ?? []) };
      };
      const file = await fetch(stored);
      const dataKey = unwrap(file.metadata, { aes: Buffer.from(raw) });
      const opened = openV3(file.metadata, file.body, dataKey);
      expect(opened.plaintext.equals(content)).toBe(true);
      expect(openName(file.metadata, opened.scope)).toBe('größer.txt');
      expect(file.metadata['x-amz-m']).toBe(JSON.stringify(materialsDescription));

      const manifest = await fetch(`shared/${share}/manifest`);
      const { plaintext: json } = openV3(
        manifest.metadata,
        manifest.body,
        unwrap(manifest.metadata, { aes: ofLink }),
      );
      const message = await fetch(large);
      checkHeader(message.metadata, message.body);
      const ours = { provider: 's3-envelope-key', name: key.fingerprint, aes: Buffer.from(raw) };
      const read = openMessage(message.body, ours);
      expect(read.plaintext.equals(content)).toBe(true);
      expect(openName(message.metadata, read.scope)).toBe('größer.txt');

      const listedFile = { name: 'größer.txt', size: content.length };
      expect(JSON.parse(String(json)).files).toEqual([
        { ...listedFile, dataKey: dataKey.toString('base64') },
        { ...listedFile, dataKey: read.scope['data key']?.toString('base64'), format: 'esdk' },
      ]);
      for (const [index, original] of [file, message].entries()) {
        const copy = await fetch(`shared/${share}/${index}`);
        expect(copy.body.equals(original.body)).toBe(true);
        if (original === message) {
          const { 's3-envelope-header': header } = message.metadata;
          expect(copy.metadata).toEqual({ 's3-envelope-header': header });
          continue;
        }
        expect(Object.keys(copy.metadata).sort()).toEqual(Object.keys(manifest.metadata).sort());
        const ofLinkKey = unwrap(copy.metadata, { aes: ofLink });
        expect(openV3(copy.metadata, copy.body, ofLinkKey).plaintext.equals(content)).toBe(true);
      }
    } finally {
      await cloud.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
