import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, fromBase64, toBase64, toHex, utf8 } from '../bytes.ts';
import { createDataKeyKeyring } from '../keyrings/data-key-keyring.ts';
import type { Keyring, UnwrapRequest } from '../keyrings/keyring.ts';
import { createKmsKeyring } from '../keyrings/kms-keyring.ts';
import type { ObjectDecryptor } from '../object.ts';
import { createDerivation } from './derivation.ts';
import { type CommitmentPolicy, parseEnvelope, plaintextLengthOf, unlockEnvelope } from './s3ec.ts';
import {
  aesKeyring,
  codeOf,
  createTestKms,
  decryptWhole,
  encryptV2,
  encryptWhole,
  type StoredObject,
} from './test-objects.ts';

const plaintext = utf8('the quick brown fox jumps over the lazy dog');
const keyring = await aesKeyring();
const v3 = await encryptWhole(keyring, plaintext);
const v2 = await encryptV2(keyring, plaintext);
const allow = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;

/** A keyring that notes what it is asked, and answers with this key. */
function answering(dataKey: Bytes) {
  const asked: UnwrapRequest[] = [];
  const handed: Bytes[] = [];
  const scripted: Keyring = {
    ...keyring,
    async unwrap(request) {
      asked.push(request);
      const answer = dataKey.slice();
      handed.push(answer);
      return answer;
    },
  };
  return { asked, handed, keyring: scripted };
}

const withMetadata = (object: StoredObject, changes: Record<string, string>): StoredObject => ({
  ...object,
  metadata: { ...object.metadata, ...changes },
});

describe('commitment policy', () => {
  it.each([
    ['REQUIRE_ENCRYPT_REQUIRE_DECRYPT', 'no error', 'commitment-required'],
    ['REQUIRE_ENCRYPT_ALLOW_DECRYPT', 'no error', 'no error'],
    ['FORBID_ENCRYPT_ALLOW_DECRYPT', 'no error', 'no error'],
    [undefined, 'no error', 'commitment-required'],
  ] as const)('%s', async (commitmentPolicy, forV3, forV2) => {
    expect(await codeOf(() => decryptWhole(v3, { keyring, commitmentPolicy }))).toBe(forV3);
    expect(await codeOf(() => decryptWhole(v2, { keyring, commitmentPolicy }))).toBe(forV2);
  });

  it('row 25: is checked before any key is asked for', async () => {
    const scripted = answering(new Uint8Array(32));
    expect(await codeOf(() => decryptWhole(v2, { keyring: scripted.keyring }))).toBe('commitment-required');
    expect(scripted.asked).toEqual([]);
  });

  it.each(['require', 'toString', ''])('"%s" is none', async (name) => {
    const commitmentPolicy = name as CommitmentPolicy;
    expect(await codeOf(() => decryptWhole(v3, { keyring, commitmentPolicy }))).toBe('bad-argument');
  });
});

describe('commitment', () => {
  it('row 1: 28 zeros for d', async () => {
    const changed = withMetadata(v3, { 'x-amz-d': toBase64(new Uint8Array(28)) });
    expect(await codeOf(() => decryptWhole(changed, { keyring }))).toBe('commitment-mismatch');
  });

  it('row 3: the message id of another object', async () => {
    const other = await encryptWhole(keyring, plaintext);
    const changed = withMetadata(v3, { 'x-amz-i': other.metadata['x-amz-i']! });
    expect(await codeOf(() => decryptWhole(changed, { keyring }))).toBe('commitment-mismatch');
  });

  it('row 9: the wrapped key of another object', async () => {
    const other = await encryptWhole(keyring, plaintext);
    const changed = withMetadata(v3, { 'x-amz-3': other.metadata['x-amz-3']! });
    expect(await codeOf(() => decryptWhole(changed, { keyring }))).toBe('commitment-mismatch');
  });

  it('row 9, V2, which has none: only the tag tells', async () => {
    const other = await encryptV2(keyring, plaintext);
    const changed = withMetadata(v2, { 'x-amz-key-v2': other.metadata['x-amz-key-v2']! });
    expect(await codeOf(() => decryptWhole(changed, { keyring, ...allow }))).toBe('tag-mismatch');
  });

  it('row 10: is checked before there is anything to open with, and the refused key is wiped', async () => {
    const scripted = answering(new Uint8Array(32).fill(9));
    const unlocking = () => unlockEnvelope(parseEnvelope(v3.metadata), { keyring: scripted.keyring });
    expect(await codeOf(unlocking)).toBe('commitment-mismatch');
    expect(toHex(scripted.handed[0]!)).toBe('00'.repeat(32));
  });
});

describe('the data key', () => {
  it.each([0, 16, 24, 31, 33, 64])('row 6: of %i bytes is refused for V3', async (length) => {
    const scripted = answering(new Uint8Array(length).fill(1));
    expect(await codeOf(() => decryptWhole(v3, { keyring: scripted.keyring }))).toBe('data-key-invalid');
  });

  it.each([0, 15, 31, 33, 64])('of %i bytes is refused for V2', async (length) => {
    const scripted = answering(new Uint8Array(length).fill(1));
    expect(await codeOf(() => decryptWhole(v2, { keyring: scripted.keyring, ...allow }))).toBe(
      'data-key-invalid',
    );
  });

  it('of 16 bytes opens a V2 object, as PHP can write one', async () => {
    const dataKey = new Uint8Array(16).fill(5);
    const key = await crypto.subtle.importKey('raw', dataKey, 'AES-GCM', false, ['encrypt']);
    const iv = fromBase64(v2.metadata['x-amz-iv']!)!;
    const body = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plaintext));
    const options = { keyring: createDataKeyKeyring(dataKey), ...allow };
    expect(toHex(await decryptWhole({ ...v2, body }, options))).toBe(toHex(plaintext));
  });

  it('comes out as a copy, and opens the object by itself', async () => {
    const unlocked = await unlockEnvelope(parseEnvelope(v3.metadata), { keyring });
    const dataKey = unlocked.dataKey();
    expect(dataKey).toHaveLength(32);
    const bare = createDataKeyKeyring(dataKey);
    dataKey.fill(0);
    expect(toHex(unlocked.dataKey())).not.toBe('00'.repeat(32));
    expect(await codeOf(() => decryptWhole(v3, { keyring: bare }))).toBe('no error');
  });

  it('of one object does not open another', async () => {
    const unlocked = await unlockEnvelope(parseEnvelope(v3.metadata), { keyring });
    const other = await encryptWhole(keyring, plaintext);
    const bare = createDataKeyKeyring(unlocked.dataKey());
    expect(await codeOf(() => decryptWhole(other, { keyring: bare }))).toBe('commitment-mismatch');
  });

  it('V2 derives nothing from it', async () => {
    const unlocked = await unlockEnvelope(parseEnvelope(v2.metadata), { keyring, ...allow });
    expect(await codeOf(() => unlocked.deriveKey('name'))).toBe('algorithm-unsupported');
  });
});

describe('what the keyring is asked', () => {
  it('is what the envelope says and the caller gave', async () => {
    const scripted = answering(new Uint8Array(32));
    const envelope = parseEnvelope(v3.metadata);
    const encryptionContext = { a: 'b' };
    await codeOf(() => unlockEnvelope(envelope, { keyring: scripted.keyring, encryptionContext }));
    expect(scripted.asked).toEqual([
      {
        contentAlgorithm: '115',
        wrapAlgorithm: 'AES/GCM',
        encryptedDataKey: fromBase64(v3.metadata['x-amz-3']!),
        description: {},
        encryptionContext,
      },
    ]);
  });

  it('row 18: another kind of key', async () => {
    const changed = withMetadata(v3, { 'x-amz-w': '12' });
    expect(await codeOf(() => decryptWhole(changed, { keyring }))).toBe('wrap-unsupported');
  });

  it('row 44: the wrapped key of the other format', async () => {
    const unlocked = await unlockEnvelope(parseEnvelope(v3.metadata), { keyring });
    const dataKey = unlocked.dataKey();
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const raw = new Uint8Array(32).fill(7);
    const wrappingKey = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']);
    const wrapFor = async (algorithm: string) => {
      const cipher = { name: 'AES-GCM', iv: nonce, additionalData: utf8(algorithm) };
      const sealed = new Uint8Array(await crypto.subtle.encrypt(cipher, wrappingKey, dataKey));
      return withMetadata(v3, { 'x-amz-3': toBase64(concatBytes(nonce, sealed)) });
    };
    expect(await codeOf(async () => decryptWhole(await wrapFor('115'), { keyring }))).toBe('no error');
    const other = await wrapFor('AES/GCM/NoPadding');
    expect(await codeOf(() => decryptWhole(other, { keyring }))).toBe('unwrap-failed');
  });

  it('row 39: under another context KMS is not asked', async () => {
    const client = createTestKms();
    const kms = createKmsKeyring({ client, keyId: 'key' });
    const object = await encryptWhole(kms, plaintext, { project: 'demo' });
    for (const encryptionContext of [undefined, {}, { project: 'x' }, { project: 'demo', more: '1' }]) {
      expect(await codeOf(() => decryptWhole(object, { keyring: kms, encryptionContext }))).toBe(
        'context-mismatch',
      );
    }
    expect(client.calls).toEqual(['generateDataKey']);
  });
});

describe('content', () => {
  /** A V3 object sealed by hand, so that it can be sealed wrongly. */
  async function sealed(iv: Bytes, additionalData: Bytes | undefined): Promise<StoredObject> {
    const unlocked = await unlockEnvelope(parseEnvelope(v3.metadata), { keyring });
    const salt = fromBase64(v3.metadata['x-amz-i']!)!;
    const hkdf = await crypto.subtle.importKey('raw', unlocked.dataKey(), 'HKDF', false, ['deriveKey']);
    const key = await crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-512', salt, info: Uint8Array.of(0, 0x73, ...utf8('DERIVEKEY')) },
      hkdf,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt'],
    );
    const cipher = { name: 'AES-GCM', iv, ...(additionalData && { additionalData }) };
    return { ...v3, body: new Uint8Array(await crypto.subtle.encrypt(cipher, key, plaintext)) };
  }
  const ones = new Uint8Array(12).fill(1);
  const suite = Uint8Array.of(0, 0x73);

  it('sealed as the format says opens', async () => {
    expect(toHex(await decryptWhole(await sealed(ones, suite), { keyring }))).toBe(toHex(plaintext));
  });

  it('row 7: sealed under an IV of zeros', async () => {
    const object = await sealed(new Uint8Array(12), suite);
    expect(await codeOf(() => decryptWhole(object, { keyring }))).toBe('tag-mismatch');
  });

  it('row 8: sealed without the suite as additional data', async () => {
    const object = await sealed(ones, undefined);
    expect(await codeOf(() => decryptWhole(object, { keyring }))).toBe('tag-mismatch');
  });

  it.each([
    ['a byte dropped at the end', (body: Bytes) => body.slice(0, -1)],
    ['a byte dropped at the beginning', (body: Bytes) => body.slice(1)],
    ['a byte appended', (body: Bytes) => concatBytes(body, Uint8Array.of(0))],
    ['a block appended', (body: Bytes) => concatBytes(body, new Uint8Array(16))],
    ['the tag alone', (body: Bytes) => body.slice(-16)],
    ['itself appended', (body: Bytes) => concatBytes(body, body)],
  ])('row 49: %s', async (_, change) => {
    const changed = { ...v3, body: change(v3.body) };
    expect(await codeOf(() => decryptWhole(changed, { keyring }))).toBe('tag-mismatch');
  });

  it.each([0, 1, 15])('row 50: %i bytes are no object', async (length) => {
    const cut = { ...v3, body: v3.body.slice(0, length) };
    expect(await codeOf(() => decryptWhole(cut, { keyring }))).toBe('truncated');
  });

  it('row 59: more than AES-GCM can have written', async () => {
    const unlocked = await unlockEnvelope(parseEnvelope(v3.metadata), { keyring });
    expect(await codeOf(() => unlocked.decryptor(2 ** 36 - 15))).toBe('too-large');
    expect(unlocked.decryptor(2 ** 36 - 16).plaintextLength).toBe(2 ** 36 - 32);
  });
});

describe('a decryptor', () => {
  const long = Uint8Array.from({ length: 100 }, (_, index) => index);
  const object = encryptWhole(keyring, long);
  async function decryptor(): Promise<{ body: Bytes; decryptor: ObjectDecryptor }> {
    const { metadata, body } = await object;
    const unlocked = await unlockEnvelope(parseEnvelope(metadata), { keyring });
    return { body, decryptor: unlocked.decryptor(body.length) };
  }

  it('says how long everything is and where', async () => {
    const { decryptor: opener } = await decryptor();
    expect(opener).toMatchObject({
      plaintextLength: 100,
      objectLength: 116,
      granularity: 16,
      verifies: 'whole',
    });
    expect(opener.objectRange({ start: 16, end: 48 })).toEqual({ start: 16, end: 48 });
    expect(opener.objectRange({ start: 96, end: 100 })).toEqual({ start: 96, end: 116 });
  });

  it('opens ranges in any order, leaves the body as it was, and then verifies', async () => {
    const { body, decryptor: opener } = await decryptor();
    const before = toHex(body);
    expect(toHex(await opener.open(48, body.subarray(48)))).toBe(toHex(long.slice(48)));
    expect(toHex(await opener.open(0, body.subarray(0, 48)))).toBe(toHex(long.slice(0, 48)));
    await opener.verify();
    expect(toHex(body)).toBe(before);
  });

  it.each([
    ['nothing', []],
    ['the beginning', [[0, 48]]],
    ['the end', [[48, 116]]],
    [
      'all but the middle',
      [
        [0, 16],
        [32, 116],
      ],
    ],
  ] as const)('does not verify when %s has been opened', async (_, ranges) => {
    const { body, decryptor: opener } = await decryptor();
    for (const [start, end] of ranges) await opener.open(start, body.slice(start, end));
    expect(await codeOf(() => opener.verify())).toBe('truncated');
  });

  it.each([
    ['the plaintext ends and the tag is missing', 48, 100],
    ['part of the tag is missing', 48, 115],
    ['a byte follows', 48, 117],
    ['it begins in the tag', 112, 116],
    ['it begins off the grid', 8, 24],
    ['it ends off the grid', 0, 24],
    ['it is empty', 16, 16],
  ])('refuses a body where %s', async (_, start, end) => {
    const { decryptor: opener } = await decryptor();
    expect(await codeOf(() => opener.open(start, new Uint8Array(end - start)))).toBe('bad-argument');
  });

  it('takes no tag from a body that it refuses', async () => {
    const { body, decryptor: opener } = await decryptor();
    expect(await codeOf(() => opener.open(112, new Uint8Array(4)))).toBe('bad-argument');
    await opener.open(0, body.slice());
    await opener.verify();
  });

  it('refuses a second, different end', async () => {
    const { body, decryptor: opener } = await decryptor();
    await opener.open(0, body.slice());
    const changed = body.slice();
    changed[115]! ^= 1;
    expect(await codeOf(() => opener.open(0, changed))).toBe('tag-mismatch');
    await opener.verify();
  });

  it('refuses a second, different body of a range', async () => {
    const { body, decryptor: opener } = await decryptor();
    await opener.open(0, body.slice(0, 48));
    const changed = body.slice(0, 48);
    changed[5]! ^= 1;
    expect(await codeOf(() => opener.open(0, changed))).toBe('tag-mismatch');
  });
});

describe('the length of the plaintext, from the length of the object alone', () => {
  it.each([
    [16, 0],
    [17, 1],
    [2 ** 36 - 16, 2 ** 36 - 32],
  ])('%i bytes hold %i', (objectLength, plaintextLength) => {
    expect(plaintextLengthOf(objectLength)).toBe(plaintextLength);
  });

  it.each([
    [15, 'truncated'],
    [2 ** 36 - 15, 'too-large'],
    [-1, 'bad-argument'],
    [16.5, 'bad-argument'],
  ] as const)('%d bytes hold nothing', async (objectLength, code) => {
    expect(await codeOf(() => plaintextLengthOf(objectLength))).toBe(code);
  });
});

it('a derivation keeps nothing of the bytes it was given', async () => {
  const dataKey = new Uint8Array(32).fill(1);
  const messageId = new Uint8Array(28).fill(2);
  const derivation = await createDerivation(dataKey, messageId);
  const before = toHex(await derivation.commitment());
  dataKey.fill(0);
  messageId.fill(0);
  expect(toHex(await derivation.commitment())).toBe(before);
});
