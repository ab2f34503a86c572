import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Bytes, concatBytes, fromBase64, toHex, utf8 } from '../bytes.ts';
import type { Description, Keyring } from '../keyrings/keyring.ts';
import { createKmsKeyring } from '../keyrings/kms-keyring.ts';
import { encryptObject, parseEnvelope, type S3ecEncryptor, unlockEnvelope } from './s3ec.ts';
import { aesKeyring, codeOf, createTestKms, decryptWhole, encryptWhole } from './test-objects.ts';

const keyring = await aesKeyring();
const filled = (length: number, seed = 1): Bytes =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + seed * 17 + (index >> 8)) & 0xff);

/** A keyring that notes what it is asked and gives what it is told. */
function scriptedKeyring(dataKey: Bytes, encryptedDataKey: Bytes = new Uint8Array(60)) {
  const asked: unknown[] = [];
  const scripted: Keyring = {
    ...keyring,
    async wrap(request) {
      asked.push(request);
      return { dataKey, encryptedDataKey, wrapAlgorithm: 'AES/GCM', description: {} };
    },
  };
  return { asked, keyring: scripted };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('metadata', () => {
  it("is the key set of Java's client, for a raw key", async () => {
    const { metadata } = await encryptObject({ keyring, plaintextLength: 5 });
    expect(Object.keys(metadata).sort()).toEqual(['x-amz-3', 'x-amz-c', 'x-amz-d', 'x-amz-i', 'x-amz-w']);
    expect(metadata).toMatchObject({ 'x-amz-c': '115', 'x-amz-w': '02' });
    expect(fromBase64(metadata['x-amz-3']!)).toHaveLength(60);
    expect(fromBase64(metadata['x-amz-d']!)).toHaveLength(28);
    expect(fromBase64(metadata['x-amz-i']!)).toHaveLength(28);
  });

  it('has x-amz-m for a raw key with a description', async () => {
    const { metadata } = await encryptObject({
      keyring: await aesKeyring(1, { name: 'mine' }),
      plaintextLength: 5,
    });
    expect(metadata['x-amz-m']).toBe('{"name":"mine"}');
    expect(metadata['x-amz-t']).toBeUndefined();
  });

  it('has x-amz-t with the reserved pair for KMS', async () => {
    const kms = createKmsKeyring({ client: createTestKms(), keyId: 'key' });
    const { metadata } = await encryptObject({
      keyring: kms,
      plaintextLength: 5,
      encryptionContext: { project: 'demo' },
    });
    expect(metadata['x-amz-w']).toBe('12');
    expect(metadata['x-amz-t']).toBe('{"project":"demo","aws:x-amz-cek-alg":"115"}');
    expect(metadata['x-amz-m']).toBeUndefined();
  });

  it('is pure ASCII whatever the description says, and reads back as it was', async () => {
    const description: Description = { größe: 'Mini ö', 都市: '東京', emoji: '🔐', 'q"\\\n\u007f': '\u2028' };
    const named = await aesKeyring(1, description);
    const { metadata } = await encryptObject({ keyring: named, plaintextLength: 0 });
    expect(metadata['x-amz-m']).toMatch(/^[ -~]+$/);
    expect(parseEnvelope(metadata).description).toEqual(description);
  });

  it('never repeats a message id, a commitment or a wrapped key', async () => {
    const objects = await Promise.all(
      Array.from({ length: 50 }, () => encryptObject({ keyring, plaintextLength: 0 })),
    );
    for (const field of ['x-amz-i', 'x-amz-d', 'x-amz-3']) {
      expect(new Set(objects.map(({ metadata }) => metadata[field])).size).toBe(50);
    }
  });
});

describe('refused before any key is made', () => {
  it.each([
    ['one byte too many', 2 ** 36 - 31, 'too-large'],
    ['far too many', Number.MAX_SAFE_INTEGER, 'too-large'],
    ['a negative length', -1, 'bad-argument'],
    ['half a byte', 0.5, 'bad-argument'],
    ['no number', Number.NaN, 'bad-argument'],
  ] as const)('%s', async (_, plaintextLength, code) => {
    const scripted = scriptedKeyring(new Uint8Array(32));
    expect(await codeOf(() => encryptObject({ keyring: scripted.keyring, plaintextLength }))).toBe(code);
    expect(scripted.asked).toEqual([]);
  });

  it('row 11: random numbers that are all zero', async () => {
    vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => array);
    const scripted = scriptedKeyring(new Uint8Array(32));
    const encrypting = codeOf(() => encryptObject({ keyring: scripted.keyring, plaintextLength: 1 }));
    expect(await encrypting).toBe('random-failed');
    expect(scripted.asked).toEqual([]);
  });
});

describe('the data key', () => {
  it('is asked for once, bound to the content algorithm', async () => {
    const scripted = scriptedKeyring(filled(32));
    await encryptObject({ keyring: scripted.keyring, plaintextLength: 1, encryptionContext: { a: 'b' } });
    expect(scripted.asked).toEqual([{ contentAlgorithm: '115', encryptionContext: { a: 'b' } }]);
  });

  it('is wiped', async () => {
    const dataKey = filled(32);
    await encryptObject({ keyring: scriptedKeyring(dataKey).keyring, plaintextLength: 1 });
    expect(toHex(dataKey)).toBe('00'.repeat(32));
  });

  it.each([16, 31, 33, 64])('of %i bytes is refused, and wiped', async (length) => {
    const dataKey = filled(length);
    const scripted = scriptedKeyring(dataKey);
    expect(await codeOf(() => encryptObject({ keyring: scripted.keyring, plaintextLength: 1 }))).toBe(
      'data-key-invalid',
    );
    expect(toHex(dataKey)).toBe('00'.repeat(length));
  });

  it('without its wrapped form is refused', async () => {
    const scripted = scriptedKeyring(filled(32), new Uint8Array());
    expect(await codeOf(() => encryptObject({ keyring: scripted.keyring, plaintextLength: 1 }))).toBe(
      'data-key-invalid',
    );
  });

  it("is made by the keyring, whose refusal is the caller's", async () => {
    expect(
      await codeOf(() => encryptObject({ keyring, plaintextLength: 1, encryptionContext: { a: 'b' } })),
    ).toBe('bad-argument');
  });
});

describe('ranges', () => {
  it('lie in the body where they lie in the plaintext, the tag after the last', async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 100 });
    expect(encryptor).toMatchObject({ plaintextLength: 100, objectLength: 116, granularity: 16 });
    expect(encryptor.objectRange({ start: 0, end: 16 })).toEqual({ start: 0, end: 16 });
    expect(encryptor.objectRange({ start: 32, end: 100 })).toEqual({ start: 32, end: 116 });
    expect(encryptor.objectRange({ start: 0, end: 100 })).toEqual({ start: 0, end: 116 });
  });

  it.each([
    [-16, 16],
    [0, 101],
    [32, 16],
    [0, Number.NaN],
  ])('%i to %i is not one', async (start, end) => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 100 });
    expect(await codeOf(() => encryptor.objectRange({ start, end }))).toBe('bad-argument');
  });

  it('the longest object has its tag after the last byte', async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 2 ** 36 - 32 });
    expect(encryptor.objectLength).toBe(2 ** 36 - 16);
    const last = encryptor.objectRange({ start: 2 ** 36 - 48, end: 2 ** 36 - 32 });
    expect(last).toEqual({ start: 2 ** 36 - 48, end: 2 ** 36 - 16 });
  });

  it('nothing is one range: a tag', async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 0 });
    expect(encryptor.objectRange({ start: 0, end: 0 })).toEqual({ start: 0, end: 16 });
    const body = await encryptor.seal(0, new Uint8Array());
    expect(body).toHaveLength(16);
    expect(await decryptWhole({ metadata: encryptor.metadata, body }, { keyring })).toHaveLength(0);
  });
});

describe('sealing', () => {
  const plaintext = filled(80);

  it('the last range waits for the others', async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 80 });
    const settled: string[] = [];
    const last = encryptor.seal(64, plaintext.slice(64)).then((part) => {
      settled.push('last');
      return part;
    });
    const second = await encryptor.seal(32, plaintext.slice(32, 64));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(settled).toEqual([]);
    const first = await encryptor.seal(0, plaintext.slice(0, 32));
    const body = concatBytes(first, second, await last);
    expect(body).toHaveLength(96);
    const opened = await decryptWhole({ metadata: encryptor.metadata, body }, { keyring });
    expect(toHex(opened)).toBe(toHex(plaintext));
  });

  it('leaves the plaintext as it was', async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 80 });
    const given = plaintext.slice();
    await encryptor.seal(0, given);
    expect(toHex(given)).toBe(toHex(plaintext));
  });

  it('again gives the same bytes, the tag with them', async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 80 });
    const first = await encryptor.seal(0, plaintext.slice(0, 32));
    const last = await encryptor.seal(32, plaintext.slice(32));
    expect(toHex(await encryptor.seal(0, plaintext.slice(0, 32)))).toBe(toHex(first));
    expect(toHex(await encryptor.seal(32, plaintext.slice(32)))).toBe(toHex(last));
  });

  it.each([
    ['the first range', 0, 32],
    ['the last', 32, 80],
  ])('row 52: %s again with other bytes is refused', async (_, start, end) => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 80 });
    await Promise.all([encryptor.seal(0, plaintext.slice(0, 32)), encryptor.seal(32, plaintext.slice(32))]);
    const changed = plaintext.slice(start, end);
    changed[3]! ^= 1;
    expect(await codeOf(() => encryptor.seal(start, changed))).toBe('file-changed');
  });

  it.each([
    ['off the grid', 8, 24],
    ['with an end off the grid', 0, 24],
    ['beyond the plaintext', 64, 96],
    ['empty', 16, 16],
  ])('a range %s is refused', async (_, start, end) => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 80 });
    expect(await codeOf(() => encryptor.seal(start, new Uint8Array(end - start)))).toBe('bad-argument');
  });
});

describe('round trips', () => {
  const lengths = fc.oneof(
    fc.constantFrom(0, 1, 15, 16, 17, 31, 32, 33, 255, 256, 257),
    fc.integer({ min: 0, max: 3000 }),
  );

  it('of any length, in ranges of any size, in any order, one by one or all at once', async () => {
    const plan = fc.record({
      length: lengths,
      blocks: fc.integer({ min: 1, max: 20 }),
      openBlocks: fc.integer({ min: 1, max: 20 }),
      order: fc.infiniteStream(fc.nat()),
      oneByOne: fc.boolean(),
      seed: fc.nat(255),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ length, blocks, openBlocks, order, oneByOne, seed }) => {
        const plaintext = filled(length, seed);
        const encryptor = await encryptObject({ keyring, plaintextLength: length });
        const body = await sealInOrder(encryptor, plaintext, 16 * blocks, order, oneByOne);
        expect(body).toHaveLength(length + 16);
        const opened = await decryptWhole(
          { metadata: encryptor.metadata, body },
          { keyring },
          16 * openBlocks,
        );
        expect(toHex(opened)).toBe(toHex(plaintext));
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('of a few megabytes, parts beside each other', async () => {
    const plaintext = filled(3 * 1024 * 1024 + 5);
    const object = await encryptWhole(keyring, plaintext);
    const opened = await decryptWhole(object, { keyring }, 1024 * 1024);
    expect(opened.every((byte, index) => byte === plaintext[index])).toBe(true);
    expect(opened.length).toBe(plaintext.length);
  }, 60_000);
});

async function sealInOrder(
  encryptor: S3ecEncryptor,
  plaintext: Bytes,
  rangeBytes: number,
  order: Iterable<number>,
  oneByOne: boolean,
): Promise<Bytes> {
  const body = new Uint8Array(encryptor.objectLength);
  const starts: number[] = [];
  for (let start = 0; start === 0 || start < plaintext.length; start += rangeBytes) starts.push(start);
  const keys = order[Symbol.iterator]();
  const shuffled = starts
    .map((start) => ({ start, key: keys.next().value as number }))
    .sort((a, b) => a.key - b.key)
    .map(({ start }) => start);
  const seal = async (start: number) => {
    const end = Math.min(start + rangeBytes, plaintext.length);
    const sealed = await encryptor.seal(start, plaintext.slice(start, end));
    const range = encryptor.objectRange({ start, end });
    expect(sealed).toHaveLength(range.end - range.start);
    body.set(sealed, range.start);
  };
  if (oneByOne) {
    const last = starts.at(-1)!;
    for (const start of shuffled.filter((each) => each !== last)) await seal(start);
    await seal(last);
  } else {
    await Promise.all(shuffled.map(seal));
  }
  return body;
}

describe('derived keys', () => {
  const iv = new Uint8Array(12);
  const seal = async (key: CryptoKey) =>
    toHex(new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, utf8('a name'))));

  it('are the same for who writes and who reads, and others under another label or for another object', async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 0 });
    const unlocked = await unlockEnvelope(parseEnvelope(encryptor.metadata), { keyring });
    const other = await encryptObject({ keyring, plaintextLength: 0 });
    const sealed = await seal(await encryptor.deriveKey('name'));
    expect(await seal(await unlocked.deriveKey('name'))).toBe(sealed);
    expect(await seal(await encryptor.deriveKey('names'))).not.toBe(sealed);
    expect(await seal(await other.deriveKey('name'))).not.toBe(sealed);
  });

  it('are HKDF-SHA-512 of the data key, salted with the message id, under our own info', async () => {
    const dataKey = filled(32);
    const encryptor = await encryptObject({
      keyring: scriptedKeyring(dataKey.slice()).keyring,
      plaintextLength: 0,
    });
    const ikm = await crypto.subtle.importKey('raw', dataKey, 'HKDF', false, ['deriveKey']);
    const expected = await crypto.subtle.deriveKey(
      {
        name: 'HKDF',
        hash: 'SHA-512',
        salt: fromBase64(encryptor.metadata['x-amz-i']!)!,
        info: utf8('s3-envelope name'),
      },
      ikm,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt'],
    );
    expect(await seal(await encryptor.deriveKey('name'))).toBe(await seal(expected));
  });

  it('cannot be exported', async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 0 });
    const key = await encryptor.deriveKey('name');
    expect(key).toMatchObject({ extractable: false, algorithm: { name: 'AES-GCM', length: 256 } });
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow();
  });

  it('need a label', async () => {
    const encryptor = await encryptObject({ keyring, plaintextLength: 0 });
    expect(await codeOf(() => encryptor.deriveKey(''))).toBe('bad-argument');
  });
});
