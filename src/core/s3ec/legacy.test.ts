import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, toBase64, toHex } from '../bytes.ts';
import type { ErrorCode } from '../errors.ts';
import { createAesKeyring, importWrappingKey } from '../keyrings/aes-keyring.ts';
import { createDataKeyKeyring } from '../keyrings/data-key-keyring.ts';
import type { Keyring } from '../keyrings/keyring.ts';
import { createKmsKeyring } from '../keyrings/kms-keyring.ts';
import { importLegacyWrappingKey } from '../keyrings/legacy-aes.ts';
import type { Metadata } from '../object.ts';
import { type Legacy, parseEnvelope, type UnauthenticatedDecryptor, unlockEnvelope } from './s3ec.ts';
import { codeOf, createTestKms, decryptWhole, encryptV2, type StoredObject } from './test-objects.ts';

const raw = new Uint8Array(32).fill(7);
const dataKey = Uint8Array.from({ length: 32 }, (_, index) => index);
const iv = Uint8Array.from({ length: 16 }, (_, index) => 200 + index);
const allow = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
const everything: Legacy = { unauthenticatedContent: true, weakWrapping: true };

const keyring = createAesKeyring({
  wrappingKey: await importWrappingKey(raw),
  legacy: await importLegacyWrappingKey(raw),
  materialsDescription: {},
});

/** A keyring that must not be asked. */
const untouchable: Keyring = {
  ...keyring,
  unwrap: () => Promise.reject(new Error('it was asked')),
};

async function sealCbc(plaintext: Bytes, key = dataKey): Promise<Bytes> {
  const cbc = await crypto.subtle.importKey('raw', key, 'AES-CBC', false, ['encrypt']);
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, cbc, plaintext));
}

async function wrapEcb(key: Bytes): Promise<Bytes> {
  const cbc = await crypto.subtle.importKey('raw', raw, 'AES-CBC', false, ['encrypt']);
  const padding = 16 - (key.length % 16);
  const padded = concatBytes(key, new Uint8Array(padding).fill(padding));
  const blocks: Bytes[] = [];
  for (let at = 0; at < padded.length; at += 16) {
    const cipher = { name: 'AES-CBC', iv: new Uint8Array(16) };
    const sealed = await crypto.subtle.encrypt(cipher, cbc, padded.slice(at, at + 16));
    blocks.push(new Uint8Array(sealed).slice(0, 16));
  }
  return concatBytes(...blocks);
}

async function wrapKw(key: Bytes): Promise<Bytes> {
  const kw = await crypto.subtle.importKey('raw', raw, 'AES-KW', false, ['wrapKey']);
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const wrapped = await crypto.subtle.importKey('raw', key, hmac, true, ['sign']);
  return new Uint8Array(await crypto.subtle.wrapKey('raw', wrapped, kw, 'AES-KW'));
}

const text = Uint8Array.from({ length: 100 }, (_, index) => index);

const v1: StoredObject = {
  metadata: {
    'x-amz-key': toBase64(await wrapEcb(dataKey)),
    'x-amz-iv': toBase64(iv),
    'x-amz-matdesc': '{}',
  },
  body: await sealCbc(text),
};

/** Of the oldest writers: the names of V2 around CBC. */
const cbc: StoredObject = {
  metadata: {
    'x-amz-key-v2': toBase64(await wrapKw(dataKey)),
    'x-amz-iv': toBase64(iv),
    'x-amz-cek-alg': 'AES/CBC/PKCS5Padding',
    'x-amz-wrap-alg': 'AESWrap',
    'x-amz-matdesc': '{}',
  },
  body: v1.body,
};

async function gcmUnder(
  wrapAlgorithm: string,
  encryptedDataKey: Bytes,
  matdesc: string,
): Promise<StoredObject> {
  const nonce = iv.slice(0, 12);
  const key = await crypto.subtle.importKey('raw', dataKey, 'AES-GCM', false, ['encrypt']);
  return {
    metadata: {
      'x-amz-key-v2': toBase64(encryptedDataKey),
      'x-amz-iv': toBase64(nonce),
      'x-amz-cek-alg': 'AES/GCM/NoPadding',
      'x-amz-wrap-alg': wrapAlgorithm,
      'x-amz-tag-len': '128',
      'x-amz-matdesc': matdesc,
    },
    body: new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, text)),
  };
}

const gcm = await gcmUnder('AESWrap', await wrapKw(dataKey), '{}');

async function decryptorOf(
  { metadata, body }: StoredObject,
  options: { keyring?: Keyring; legacy?: Legacy } = {},
): Promise<UnauthenticatedDecryptor> {
  const legacy = options.legacy ?? everything;
  const envelope = parseEnvelope(metadata, { legacy });
  const unlocked = await unlockEnvelope(envelope, { keyring, ...allow, ...options, legacy });
  return unlocked.unauthenticated(body.length);
}

async function read(object: StoredObject, start = 0, end = Number.POSITIVE_INFINITY): Promise<Bytes> {
  const decryptor = await decryptorOf(object);
  const range = decryptor.objectRange({ start, end });
  return decryptor.open({ start, end }, object.body.slice(range.start, range.end));
}

const changed = (object: StoredObject, changes: Metadata): StoredObject => ({
  ...object,
  metadata: { ...object.metadata, ...changes },
});

describe('what must be allowed, before any key is touched', () => {
  it.each<[string, StoredObject, Legacy | undefined, ErrorCode]>([
    ['V1, nothing', v1, undefined, 'legacy-not-allowed'],
    ['V1, the content', v1, { unauthenticatedContent: true }, 'legacy-not-allowed'],
    ['V1, the wrap', v1, { weakWrapping: true }, 'legacy-not-allowed'],
    ['CBC, the wrap', cbc, { weakWrapping: true }, 'legacy-not-allowed'],
    ['CBC, the content', cbc, { unauthenticatedContent: true }, 'legacy-not-allowed'],
    ['AESWrap, nothing', gcm, undefined, 'legacy-not-allowed'],
    ['AESWrap, the content', gcm, { unauthenticatedContent: true }, 'legacy-not-allowed'],
    ['AESWrap, something that is not true', gcm, { weakWrapping: 1 as never }, 'legacy-not-allowed'],
  ])('%s', async (_, object, legacy, code) => {
    expect(await codeOf(() => parseEnvelope(object.metadata, { legacy }))).toBe(code);
    const envelope = parseEnvelope(object.metadata, { legacy: everything });
    const unlocking = () => unlockEnvelope(envelope, { keyring: untouchable, ...allow, legacy });
    expect(await codeOf(unlocking)).toBe(code);
  });

  it('row 46: old RSA, well and badly padded, with the same words', async () => {
    const refusals = await Promise.all(
      [new Uint8Array(256).fill(1), new Uint8Array(256).fill(255)].map(async (wrapped) => {
        const metadata = { ...v1.metadata, 'x-amz-key': toBase64(wrapped) };
        const unlocking = async () =>
          unlockEnvelope(parseEnvelope(metadata), { keyring: untouchable, ...allow });
        return unlocking().catch((error: Error) => `${error.message}`);
      }),
    );
    expect(refusals[0]).toMatch(/nothing authenticates/);
    expect(refusals[1]).toBe(refusals[0]);
  });

  it('row 25: the policy comes first', async () => {
    for (const { metadata } of [v1, cbc, gcm]) {
      const envelope = parseEnvelope(metadata, { legacy: everything });
      const unlocking = () => unlockEnvelope(envelope, { keyring: untouchable, legacy: everything });
      expect(await codeOf(unlocking)).toBe('commitment-required');
    }
  });
});

describe('old wraps around content that is authenticated', () => {
  const options = { keyring, ...allow, legacy: { weakWrapping: true } };

  it('AESWrap', async () => {
    expect(toHex(await decryptWhole(gcm, options))).toBe(toHex(text));
  });

  it('row 49: and still is: a changed byte', async () => {
    const body = gcm.body.slice();
    body[3]! ^= 1;
    expect(await codeOf(() => decryptWhole({ ...gcm, body }, options))).toBe('tag-mismatch');
  });

  it('row 19: a wrap renamed to AESWrap', async () => {
    const object = changed(await encryptV2(keyring, text), { 'x-amz-wrap-alg': 'AESWrap' });
    expect(await codeOf(() => decryptWhole(object, options))).toBe('unwrap-failed');
  });

  describe('kms', () => {
    const context = { 'aws:ses:message-id': '1', 'aws:ses:rule-name': 'all' };
    const client = createTestKms();
    const kms = createKmsKeyring({ client, keyId: 'key' });
    const stored = async () => {
      const request = { keyId: 'key', plaintext: dataKey, encryptionContext: context };
      const { ciphertextBlob } = await client.encrypt(request);
      return gcmUnder('kms', ciphertextBlob, JSON.stringify(context));
    };

    it('mail that SES delivered', async () => {
      expect(toHex(await decryptWhole(await stored(), { ...options, keyring: kms }))).toBe(toHex(text));
    });

    it("row 20: a context of the caller's", async () => {
      const object = await stored();
      const asked = client.calls.length;
      const reading = () => decryptWhole(object, { ...options, keyring: kms, encryptionContext: context });
      expect(await codeOf(reading)).toBe('context-mismatch');
      expect(client.calls).toHaveLength(asked);
    });

    it('row 21: kms+context renamed to kms, to be read without its context', async () => {
      const object = changed(await encryptV2(kms, text, { project: 'demo' }), { 'x-amz-wrap-alg': 'kms' });
      const asked = client.calls.length;
      expect(await codeOf(() => decryptWhole(object, { ...options, keyring: kms }))).toBe('metadata-mixed');
      expect(client.calls).toHaveLength(asked);
    });

    it('row 43: kms renamed to kms+context', async () => {
      const object = changed(await stored(), { 'x-amz-wrap-alg': 'kms+context' });
      const reading = () => decryptWhole(object, { ...options, keyring: kms, encryptionContext: context });
      expect(await codeOf(reading)).toBe('metadata-incomplete');
    });
  });

  it.each(['RSA/ECB/OAEPWithSHA-256AndMGF1Padding'])('%s is named', async (wrap) => {
    const object = changed(gcm, { 'x-amz-wrap-alg': wrap });
    expect(await codeOf(() => decryptWhole(object, options))).toBe('wrap-unsupported');
  });
});

describe('CBC content', () => {
  it.each([
    ['V1', v1],
    ['under the names of V2', cbc],
    ["by Ruby's name", changed(cbc, { 'x-amz-cek-alg': 'AES/CBC/PKCS7Padding' })],
    [
      'with the tag length that Java stores when it wraps the key anew',
      changed(cbc, { 'x-amz-tag-len': '0' }),
    ],
  ])('%s opens, and passes for verified nowhere', async (_, object) => {
    expect(toHex(await read(object))).toBe(toHex(text));
    const decryptor = await decryptorOf(object);
    expect(decryptor).toMatchObject({ verifies: 'never', objectLength: 112, longestPlaintext: 111 });
    const envelope = parseEnvelope(object.metadata, { legacy: everything });
    const unlocked = await unlockEnvelope(envelope, { keyring, ...allow, legacy: everything });
    expect(await codeOf(() => unlocked.decryptor(112))).toBe('algorithm-unsupported');
    expect(await codeOf(() => unlocked.deriveKey('name'))).toBe('algorithm-unsupported');
  });

  it('under a key that Java wrapped anew, which binds the algorithm of V2', async () => {
    const { encryptedDataKey } = await keyring.wrapDataKey(dataKey, {
      contentAlgorithm: 'AES/GCM/NoPadding',
    });
    const object = changed(cbc, {
      'x-amz-key-v2': toBase64(encryptedDataKey),
      'x-amz-wrap-alg': 'AES/GCM',
      'x-amz-tag-len': '0',
    });
    expect(toHex(await read(object))).toBe(toHex(text));
  });

  it('of every length up to three blocks, in every range', async () => {
    for (let length = 0; length <= 48; length++) {
      const plaintext = text.slice(0, length);
      const object = { ...v1, body: await sealCbc(plaintext) };
      expect(toHex(await read(object))).toBe(toHex(plaintext));
    }
    const object = { ...v1, body: await sealCbc(text.slice(0, 45)) };
    for (let start = 0; start <= 50; start += 3) {
      for (let end = start; end <= 70; end += 5) {
        expect(toHex(await read(object, start, end))).toBe(toHex(text.slice(start, Math.min(end, 45))));
      }
    }
  });

  it('opens piece by piece as a whole does', async () => {
    const pieces: Bytes[] = [];
    for (let start = 0; start < v1.body.length; start += 32) pieces.push(await read(v1, start, start + 32));
    expect(toHex(concatBytes(...pieces))).toBe(toHex(text));
  });

  it('asks for the block before, and no more', async () => {
    const decryptor = await decryptorOf(v1);
    expect(decryptor.objectRange({ start: 0, end: 1 })).toEqual({ start: 0, end: 16 });
    expect(decryptor.objectRange({ start: 40, end: 50 })).toEqual({ start: 16, end: 64 });
    expect(decryptor.objectRange({ start: 500, end: 600 })).toEqual({ start: 112, end: 112 });
  });

  it('row 47: every way in which it does not decrypt is the same, and says nothing else', async () => {
    const noPadding = async (end: number[]) => {
      const padded = concatBytes(text.slice(0, 48 - end.length), Uint8Array.from(end));
      return (await sealCbc(padded)).slice(0, 48);
    };
    const bodies = [
      new Uint8Array(0),
      v1.body.slice(0, 15),
      v1.body.slice(0, -1),
      v1.body.slice(0, 96),
      concatBytes(v1.body, new Uint8Array(16)),
      await noPadding([0]),
      await noPadding([17]),
      await noPadding([1, 2]),
      await noPadding([3, 2, 3]),
    ];
    const refusals = await Promise.all(bodies.map((body) => read({ ...v1, body }).catch((error) => error)));
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ code: 'content-invalid', details: {}, message: refusals[0].message });
      expect(refusal.cause).toBeUndefined();
    }
  });

  it.each([0, 1, 47])('row 50: %i bytes are no object', async (length) => {
    expect(await codeOf(() => read({ ...v1, body: v1.body.slice(0, length) }))).toBe('content-invalid');
  });

  it.each<[string, StoredObject, ErrorCode]>([
    ['row 22: an IV of 12 bytes', changed(v1, { 'x-amz-iv': toBase64(iv.slice(0, 12)) }), 'metadata-invalid'],
    ['row 22: GCM renamed', changed(gcm, { 'x-amz-cek-alg': 'AES/CBC/PKCS5Padding' }), 'metadata-invalid'],
    ['an IV of zeros', changed(v1, { 'x-amz-iv': toBase64(new Uint8Array(16)) }), 'metadata-invalid'],
    ['row 24: a tag length', changed(cbc, { 'x-amz-tag-len': '128' }), 'metadata-invalid'],
    ['a wrap that came later', changed(cbc, { 'x-amz-wrap-alg': 'kms+context' }), 'metadata-mixed'],
    ['V1 with a cek-alg', changed(v1, { 'x-amz-cek-alg': 'AES/GCM/NoPadding' }), 'metadata-mixed'],
    ['V1 with a wrap-alg', changed(v1, { 'x-amz-wrap-alg': 'AESWrap' }), 'metadata-mixed'],
    ['V1 with a tag-len', changed(v1, { 'x-amz-tag-len': '0' }), 'metadata-mixed'],
    ['V1 with a nested matdesc', changed(v1, { 'x-amz-matdesc': '{"a":{}}' }), 'metadata-invalid'],
    ['V1 under RSA', changed(v1, { 'x-amz-key': toBase64(new Uint8Array(256)) }), 'wrap-unsupported'],
    ['V1 under 49 bytes', changed(v1, { 'x-amz-key': toBase64(new Uint8Array(49)) }), 'wrap-unsupported'],
    ['V1 under 40 bytes', changed(v1, { 'x-amz-key': toBase64(new Uint8Array(40)) }), 'unwrap-failed'],
  ])('%s', async (_, object, code) => {
    expect(await codeOf(() => read(object))).toBe(code);
  });

  it.each([
    [16, 'data-key-invalid'],
    [24, 'data-key-invalid'],
    [31, 'unwrap-failed'],
  ] as const)('V1: a data key of %i bytes: %s', async (length, code) => {
    const wrapped = await wrapEcb(new Uint8Array(length).fill(1));
    expect(await codeOf(() => read(changed(v1, { 'x-amz-key': toBase64(wrapped) })))).toBe(code);
  });

  it('names the RSA of V1', async () => {
    const metadata = { ...v1.metadata, 'x-amz-key': toBase64(new Uint8Array(256)) };
    expect(parseEnvelope(metadata, { legacy: everything }).wrapAlgorithm).toBe('RSA');
  });

  it('under a data key of 16 bytes, as PHP could write it', async () => {
    const short = new Uint8Array(16).fill(5);
    const body = await sealCbc(text, short);
    const decryptor = await decryptorOf({ ...cbc, body }, { keyring: createDataKeyKeyring(short) });
    expect(toHex(await decryptor.open({ start: 0, end: 111 }, body))).toBe(toHex(text));
  });

  it('takes no body but the one it asked for', async () => {
    const decryptor = await decryptorOf(v1);
    for (const length of [0, 16, 47, 49, 112]) {
      const opening = () => decryptor.open({ start: 20, end: 40 }, new Uint8Array(length));
      expect(await codeOf(opening)).toBe('bad-argument');
    }
  });
});
