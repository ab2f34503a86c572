import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, equalBytes, fromBase64, toHex } from '../bytes.ts';
import { codeOf } from '../s3ec/test-objects.ts';
import {
  createMultiKeyring,
  decrypt,
  encrypt,
  encryptMessage,
  type MessageKeyring,
  resumeMessage,
  type SealOptions,
  type SuiteId,
} from './esdk.ts';
import { unlockMessage } from './message.ts';
import { suites } from './suite.ts';
import { aesKeyring, flipBit, headerOf, openRanges, readers, sample, sealRanges } from './test-messages.ts';

const keyring = await aesKeyring();
const allowing = { keyring, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;

const optionsFor = (suite: SuiteId): SealOptions => ({
  keyring,
  suite,
  commitmentPolicy: suite.endsWith('478') || suite === '0578' ? undefined : 'FORBID_ENCRYPT_ALLOW_DECRYPT',
});

describe('what is written', () => {
  it('is suite 0478 in frames of 1 MiB unless asked otherwise', async () => {
    const { suite, frameLength } = headerOf(await encrypt(sample(5), { keyring }));
    expect([suite.id, frameLength]).toEqual(['0478', 2 ** 20]);
  });

  it('is suite 0178 where the policy forbids commitment', async () => {
    const { suite } = headerOf(await encrypt(sample(5), { ...optionsFor('0178'), suite: undefined }));
    expect(suite.id).toBe('0178');
  });

  it.each(suites)(
    'is read again, and by WebCrypto alone where it has the key length: $id',
    async ({ id }) => {
      const plaintext = sample(100);
      const sealed = await encrypt(plaintext, { ...optionsFor(id), frameLength: 30 }).catch(
        (error) => error.code,
      );
      if (id === '0046' || id === '0146' || id === '0346') {
        if (sealed === 'algorithm-unsupported') return;
      }
      for (const read of Object.values(readers)) expect(await read(sealed, allowing)).toEqual(plaintext);
    },
  );

  it('lays frames out as the specification does', async () => {
    const plaintext = sample(25);
    const message = await encrypt(plaintext, { keyring, frameLength: 10 });
    const body = message.slice(headerOf(message).bytes.length);
    expect(body).toHaveLength(25 + 2 * 32 + 40);
    expect(toHex(body.slice(0, 16))).toBe('00000001' + '0000000000000000' + '00000001');
    expect(toHex(body.slice(42, 58))).toBe('00000002' + '0000000000000000' + '00000002');
    expect(toHex(body.slice(84, 108))).toBe(
      'ffffffff00000003' + '0000000000000000' + '00000003' + '00000005',
    );
  });

  it('ends with a full frame where the plaintext fills it, and with an empty one for nothing', async () => {
    const headerBytes = headerOf(await encrypt(sample(0), { keyring })).bytes.length;
    const lengthOf = async (bytes: number) =>
      (await encrypt(sample(bytes), { keyring, frameLength: 10 })).length - headerBytes;
    expect(await lengthOf(0)).toBe(40);
    expect(await lengthOf(10)).toBe(10 + 40);
    expect(await lengthOf(11)).toBe(11 + 32 + 40);
    expect(await lengthOf(20)).toBe(20 + 32 + 40);
  });

  it('never repeats a message id, nor a data key', async () => {
    const messages = await Promise.all([1, 2].map(() => encrypt(sample(64), { keyring })));
    const [one, other] = messages.map((message) => headerOf(message));
    expect(one?.messageId).not.toEqual(other?.messageId);
    expect(one?.commitment).not.toEqual(other?.commitment);
  });

  it('is metadata that is empty and a length that was said before', async () => {
    const plaintext = sample(1234);
    for (const suite of ['0478', '0578'] as const) {
      const encryptor = await encryptMessage({ keyring, suite, plaintextLength: 1234, frameLength: 100 });
      expect(encryptor.metadata).toEqual({});
      expect(encryptor.granularity).toBe(100);
      expect(await encryptor.seal(0, plaintext)).toHaveLength(encryptor.objectLength);
    }
  });

  it('wipes the data key', async () => {
    const keys: Bytes[] = [];
    const spy: MessageKeyring = {
      ...keyring,
      async wrap(request) {
        const wrapped = await keyring.wrap(request);
        keys.push(wrapped.dataKey);
        return wrapped;
      },
    };
    await encrypt(sample(3), { keyring: spy });
    expect(keys).toEqual([new Uint8Array(32)]);
  });
});

describe('round trips', () => {
  const shuffled = (seed: number) => (starts: number[]) =>
    starts
      .map((start, index) => ({ start, key: Math.imul(index + 1, seed | 1) >>> 0 }))
      .sort((a, b) => a.key - b.key)
      .map(({ start }) => start);

  const cases = fc.record({
    suite: fc.constantFrom<SuiteId>('0478', '0578', '0178', '0214', '0014'),
    length: fc.nat({ max: 600 }),
    frameLength: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(599, 600, 601, 4096, 2 ** 32 - 1)),
    framesInRange: fc.integer({ min: 1, max: 9 }),
    seed: fc.nat(),
  });

  it('of any length, frame length and order', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ suite, length, frameLength, framesInRange, seed }) => {
        const plaintext = sample(length);
        const options = { ...optionsFor(suite), frameLength, plaintextLength: length };
        const encryptor = await encryptMessage(options);
        const message = await sealRanges(encryptor, plaintext, framesInRange, shuffled(seed));
        expect(message).toHaveLength(encryptor.objectLength);
        expect((await decrypt(message, allowing)).plaintext).toEqual(plaintext);
        const decryptor = (await unlockMessage(headerOf(message), allowing)).decryptor(message.length);
        expect(decryptor.plaintextLength).toBe(length);
        expect(await openRanges(decryptor, message, framesInRange, shuffled(~seed))).toEqual(plaintext);
      }),
      { numRuns: 60 },
    );
  });

  it('of a frame length at each end', async () => {
    for (const frameLength of [1, 2 ** 32 - 1]) {
      const message = await encrypt(sample(7), { keyring, frameLength });
      expect(headerOf(message).frameLength).toBe(frameLength);
      expect((await decrypt(message, { keyring })).plaintext).toEqual(sample(7));
    }
  });

  it('of frames that are large', async () => {
    const plaintext = sample(3 * 2 ** 20 + 5);
    const encryptor = await encryptMessage({ keyring, plaintextLength: plaintext.length });
    const message = await sealRanges(encryptor, plaintext, 1, (starts) => starts.reverse());
    // Comparing millions of bytes one assertion at a time takes minutes.
    expect(equalBytes((await decrypt(message, { keyring })).plaintext, plaintext)).toBe(true);
  });
});

describe('refusals before anything is made', () => {
  const wrapNothing: MessageKeyring = {
    wrap: () => expect.unreachable('no key is to be made'),
    unwrap: () => expect.unreachable(),
  };
  const refusal = (options: Partial<SealOptions>, plaintextLength = 1) =>
    codeOf(() => encryptMessage({ keyring: wrapNothing, plaintextLength, ...options }));

  it.each([0, -1, 1.5, 2 ** 32, Number.NaN])('a frame length of %d', async (frameLength) => {
    expect(await refusal({ frameLength })).toBe('bad-argument');
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN])('a plaintext of %d bytes', async (length) => {
    expect(await refusal({}, length)).toBe('bad-argument');
  });

  it('a suite that does not commit, under a policy that wants it', async () => {
    expect(await refusal({ suite: '0378' })).toBe('policy-mismatch');
    expect(await refusal({ suite: '0014', commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' })).toBe(
      'policy-mismatch',
    );
  });

  it('a suite that commits, under a policy that forbids it', async () => {
    const commitmentPolicy = 'FORBID_ENCRYPT_ALLOW_DECRYPT';
    expect(await refusal({ suite: '0478', commitmentPolicy })).toBe('policy-mismatch');
  });

  it('a policy or a suite that does not exist', async () => {
    expect(await refusal({ suite: '0073' as SuiteId })).toBe('bad-argument');
    expect(await refusal({ commitmentPolicy: 'ANY' as 'FORBID_ENCRYPT_ALLOW_DECRYPT' })).toBe('bad-argument');
  });

  it('a context with a reserved name', async () => {
    expect(await refusal({ encryptionContext: { 'aws-crypto-x': '1' } })).toBe('reserved-context-key');
  });

  it('a required pair that is not in the context', async () => {
    expect(await refusal({ encryptionContext: { a: '1' }, requiredContextKeys: ['b'] })).toBe('bad-argument');
  });
});

describe('what a keyring must give', () => {
  const giving = (dataKeyBytes: number, wrapped: number): MessageKeyring => ({
    ...keyring,
    async wrap(request) {
      const { encryptedDataKeys } = await keyring.wrap(request);
      return {
        dataKey: new Uint8Array(dataKeyBytes),
        encryptedDataKeys: Array.from({ length: wrapped }, () => encryptedDataKeys).flat(),
      };
    },
  });

  it('a data key of the right length, wrapped', async () => {
    expect(await codeOf(() => encrypt(sample(1), { keyring: giving(16, 1) }))).toBe('data-key-invalid');
    expect(await codeOf(() => encrypt(sample(1), { keyring: giving(32, 0) }))).toBe('data-key-invalid');
  });

  it('no more wrapped keys than are allowed', async () => {
    const options = { keyring: giving(32, 3), maxEncryptedDataKeys: 2 };
    expect(await codeOf(() => encrypt(sample(1), options))).toBe('limit-exceeded');
    expect(await codeOf(() => encrypt(sample(1), { ...options, maxEncryptedDataKeys: 3 }))).toBe('no error');
  });
});

describe('a range that is sealed again', () => {
  const open = (suite: SuiteId) => encryptMessage({ keyring, suite, plaintextLength: 50, frameLength: 10 });

  it.each(['0478', '0578'] as const)('is the same again: %s', async (suite) => {
    const encryptor = await open(suite);
    const plaintext = sample(50);
    const first = await encryptor.seal(0, plaintext.slice(0, 20));
    expect(await encryptor.seal(0, plaintext.slice(0, 20))).toEqual(first);
    const last = await encryptor.seal(20, plaintext.slice(20));
    expect(await encryptor.seal(20, plaintext.slice(20))).toEqual(last);
    const message = Uint8Array.from([...first, ...last]);
    expect((await decrypt(message, { keyring })).plaintext).toEqual(plaintext);
  });

  it.each(['0478', '0578'] as const)('with another plaintext is refused: %s', async (suite) => {
    const encryptor = await open(suite);
    await encryptor.seal(0, sample(20));
    expect(await codeOf(() => encryptor.seal(0, sample(20).fill(9, 19)))).toBe('file-changed');
  });

  it('with other bounds is refused', async () => {
    const encryptor = await open('0478');
    await encryptor.seal(10, sample(20));
    expect(await codeOf(() => encryptor.seal(0, sample(20)))).toBe('bad-argument');
    expect(await codeOf(() => encryptor.seal(20, sample(10)))).toBe('bad-argument');
    expect(await codeOf(() => encryptor.seal(10, sample(30)))).toBe('bad-argument');
  });
});

describe('a range that is no range', () => {
  it.each([
    ['begins inside a frame', 5, 10],
    ['ends inside a frame', 0, 15],
    ['reaches beyond the end', 40, 20],
    ['is empty', 10, 0],
    ['begins before the beginning', -10, 10],
  ])('%s', async (_, start, length) => {
    const encryptor = await encryptMessage({ keyring, plaintextLength: 50, frameLength: 10 });
    expect(await codeOf(() => encryptor.seal(start, sample(length)))).toBe('bad-argument');
    expect(await codeOf(() => encryptor.objectRange({ start, end: start + length }))).toBe('bad-argument');
  });

  it('is empty where the message is not', async () => {
    const encryptor = await encryptMessage({ keyring, plaintextLength: 50, frameLength: 10 });
    expect(await codeOf(() => encryptor.seal(50, sample(0)))).toBe('bad-argument');
  });
});

describe('a signed message', () => {
  it('does not keep more than 128 MiB waiting for the beginning', async () => {
    const frameLength = 64 * 2 ** 20;
    const plaintextLength = 4 * frameLength;
    const encryptor = await encryptMessage({ keyring, suite: '0578', plaintextLength, frameLength });
    const plaintext = new Uint8Array(frameLength);
    await encryptor.seal(frameLength, plaintext);
    expect(await codeOf(() => encryptor.seal(2 * frameLength, plaintext))).toBe('bad-argument');
  });

  it('waits with its end for all that goes before', async () => {
    const encryptor = await encryptMessage({ keyring, suite: '0578', plaintextLength: 20, frameLength: 10 });
    let ended = false;
    const end = encryptor.seal(10, sample(10)).then(() => {
      ended = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ended).toBe(false);
    await encryptor.seal(0, sample(10));
    await end;
  });

  it('has the key that it is checked with in its context', async () => {
    const message = await encrypt(sample(10), { keyring, suite: '0578', encryptionContext: { a: '1' } });
    const { encryptionContext } = await decrypt(message, { keyring });
    expect(Object.keys(encryptionContext).sort()).toEqual(['a', 'aws-crypto-public-key']);
    expect(fromBase64(encryptionContext['aws-crypto-public-key'] ?? '')?.[0]).toBeOneOf([2, 3]);
    expect(encryptionContext['aws-crypto-public-key']).toHaveLength(68);
  });
});

describe('pairs that are authenticated and not stored', () => {
  const encryptionContext = { secret: 'x', open: 'y' };
  const requiredContextKeys = ['secret'];
  const sealed = (suite: SuiteId) =>
    encrypt(sample(9), { ...optionsFor(suite), encryptionContext, requiredContextKeys });

  it.each(['0478', '0578', '0178'] as const)('must be given again: %s', async (suite) => {
    const message = await sealed(suite);
    expect(Object.keys(headerOf(message).storedContext)).not.toContain('secret');
    const opened = await decrypt(message, { ...allowing, encryptionContext: { secret: 'x' } });
    expect(opened.plaintext).toEqual(sample(9));
    expect(opened.encryptionContext).toMatchObject(encryptionContext);
  });

  it('are missed, and not mistaken', async () => {
    const message = await sealed('0478');
    // The wrapped key is bound to the whole context.
    expect(await codeOf(() => decrypt(message, { keyring }))).toBe('unwrap-failed');
    const wrong = { keyring, encryptionContext: { secret: 'z' } };
    expect(await codeOf(() => decrypt(message, wrong))).toBe('unwrap-failed');
  });

  it('are missed by the tag of the header where the wrapped key is bound to nothing', async () => {
    let dataKey: Bytes = new Uint8Array();
    const spy: MessageKeyring = {
      async wrap(request) {
        const wrapped = await keyring.wrap(request);
        dataKey = wrapped.dataKey.slice();
        return wrapped;
      },
      unwrap: async () => dataKey.slice(),
    };
    const message = await encrypt(sample(9), { keyring: spy, encryptionContext, requiredContextKeys });
    expect(await codeOf(() => decrypt(message, { keyring: spy }))).toBe('tag-mismatch');
    const given = { keyring: spy, encryptionContext: { secret: 'x' } };
    expect((await decrypt(message, given)).plaintext).toEqual(sample(9));
  });

  it('that are stored must be equal', async () => {
    const message = await encrypt(sample(9), { keyring, encryptionContext: { a: '1' } });
    const withContext = (context: Record<string, string>) =>
      codeOf(() => decrypt(message, { keyring, encryptionContext: context }));
    expect(await withContext({ a: '1' })).toBe('no error');
    expect(await withContext({ a: '2' })).toBe('context-mismatch');
    expect(await withContext({ 'aws-crypto-public-key': 'x' })).toBe('context-mismatch');
  });

  it('that a reader requires must be given', async () => {
    const message = await encrypt(sample(9), { keyring, encryptionContext: { a: '1' } });
    const options = { keyring, requiredContextKeys: ['a'] };
    expect(await codeOf(() => decrypt(message, options))).toBe('bad-argument');
    expect(await codeOf(() => decrypt(message, { ...options, encryptionContext: { a: '1' } }))).toBe(
      'no error',
    );
  });
});

it('opens with any of the keys that wrapped it', async () => {
  const [first, second] = [await aesKeyring(1, 'one'), await aesKeyring(2, 'two')];
  const message = await encrypt(sample(9), {
    keyring: createMultiKeyring({ generator: first, children: [second] }),
  });
  expect(headerOf(message).encryptedDataKeys).toHaveLength(2);
  for (const one of [first, second]) {
    expect((await decrypt(message, { keyring: one })).plaintext).toEqual(sample(9));
  }
});

describe('in place', () => {
  const plaintext = sample(95);
  /** A buffer with the plaintext in front, as an upload reads it, and the room that sealing takes. */
  const withRoom = (from: number, to: number) => {
    const memory = new Uint8Array(1000);
    memory.set(plaintext.subarray(from, to));
    return { memory, range: memory.subarray(0, to - from) };
  };

  it.each([
    [0, 95],
    [0, 40],
    [40, 95],
  ])('bytes %d to %d are sealed to what they are sealed to elsewhere, and opened so', async (from, to) => {
    const encryptor = await encryptMessage({ keyring, frameLength: 10, plaintextLength: 95 });
    const elsewhere = await encryptor.seal(from, plaintext.slice(from, to));
    const { memory, range } = withRoom(from, to);
    const body = await encryptor.seal(from, range, memory);
    expect(body.buffer).toBe(memory.buffer);
    expect(body).toEqual(elsewhere);

    const { header } = encryptor;
    const message = await unlockMessage(headerOf(header), { keyring });
    const opened = await message.decryptor(encryptor.objectLength).open(from, body, body);
    expect(opened.buffer).toBe(memory.buffer);
    expect(opened).toEqual(plaintext.slice(from, to));
  });

  it('nothing stays of a range that is refused', async () => {
    const encryptor = await encryptMessage({ keyring, frameLength: 10, plaintextLength: 95 });
    await encryptor.seal(0, plaintext.slice(0, 40));
    const { memory, range } = withRoom(0, 40);
    range[7] = 0;
    expect(await codeOf(() => encryptor.seal(0, range, memory))).toBe('file-changed');
    const { end } = encryptor.objectRange({ start: 0, end: 40 });
    expect(memory.subarray(0, end).every((byte) => byte === 0)).toBe(true);
  });

  it.each(['plaintext', 'output'] as const)(
    'the %s, taken away while it is sealed, is noticed, and the range can be sealed again',
    async (which) => {
      const plaintext = sample(400);
      const encryptor = await encryptMessage({ keyring, plaintextLength: 400, frameLength: 10 });
      const buffers = { plaintext: plaintext.slice(), output: new Uint8Array(encryptor.objectLength) };
      const sealing = codeOf(() => encryptor.seal(0, buffers.plaintext, buffers.output));
      structuredClone(0, { transfer: [buffers[which].buffer] });
      expect(await sealing).toBe('bad-argument');
      if (which === 'plaintext') expect(buffers.output).toEqual(new Uint8Array(encryptor.objectLength));
      const message = await encryptor.seal(0, plaintext);
      expect((await decrypt(message, { keyring })).plaintext).toEqual(plaintext);
    },
  );

  it.each(['body', 'output'] as const)(
    'the %s, taken away while it is opened, is noticed, and the range can be opened again',
    async (which) => {
      const message = await encrypt(sample(400), { keyring, frameLength: 10 });
      const decryptor = (await unlockMessage(headerOf(message), { keyring })).decryptor(message.length);
      const buffers = { body: message.slice(), output: new Uint8Array(400) };
      const opening = codeOf(() => decryptor.open(0, buffers.body, buffers.output));
      structuredClone(0, { transfer: [buffers[which].buffer] });
      expect(await opening).toBe('bad-argument');
      if (which === 'body') expect(buffers.output).toEqual(new Uint8Array(400));
      expect(await codeOf(() => decryptor.verify())).toBe('truncated');
      expect(await decryptor.open(0, message)).toEqual(sample(400));
      await decryptor.verify();
    },
  );

  it('a signed message is opened beside its body, which the signature is over', async () => {
    const signed = await encrypt(plaintext, { keyring, frameLength: 10, suite: '0578' });
    const message = await unlockMessage(headerOf(signed), { keyring });
    const decryptor = message.decryptor(signed.length);
    const body = signed.slice();
    expect(await decryptor.open(0, body, body)).toEqual(plaintext);
    expect(body).toEqual(signed);
    await decryptor.verify();
  });
});

describe('a message that is gone on with', () => {
  const plaintext = sample(95);
  const begin = (options: Partial<SealOptions> = {}) =>
    encryptMessage({ keyring, frameLength: 10, plaintextLength: 95, ...options });

  it('is sealed as the first encryptor would have, in any range', async () => {
    const first = await begin({ encryptionContext: { a: 'b' } });
    const again = await resumeMessage(headerOf(first.header), { keyring, plaintextLength: 95 });
    expect(again.header).toEqual(first.header);
    for (const [from, to] of [
      [0, 30],
      [30, 60],
      [60, 95],
    ] as const) {
      expect(again.objectRange({ start: from, end: to })).toEqual(
        first.objectRange({ start: from, end: to }),
      );
      const range = plaintext.slice(from, to);
      expect(await again.seal(from, range)).toEqual(await first.seal(from, range));
    }
    for (const field of ['plaintextLength', 'objectLength', 'granularity'] as const) {
      expect(again[field]).toBe(first[field]);
    }
    const iv = new Uint8Array(12);
    const [key, same] = await Promise.all([first.deriveKey('name'), again.deriveKey('name')]);
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, sample(5));
    expect(new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, same, sealed))).toEqual(
      sample(5),
    );
  });

  it('is refused to another key, and where a bit of the header was changed', async () => {
    const { header } = await begin();
    const resume = (bytes: Bytes, by: MessageKeyring = keyring) =>
      resumeMessage(headerOf(bytes), { keyring: by, plaintextLength: 95 });
    const another = await aesKeyring(8);
    expect(await codeOf(() => resume(header, another))).toBe('unwrap-failed');
    // In the message id, the frame length, the commitment and the tag.
    expect(await codeOf(() => resume(flipBit(header, 8 * 5)))).toBe('commitment-mismatch');
    const end = 8 * header.length - 1;
    expect(await codeOf(() => resume(flipBit(header, end - 8 * 48)))).toBe('tag-mismatch');
    expect(await codeOf(() => resume(flipBit(header, end - 8 * 16)))).toBe('commitment-mismatch');
    expect(await codeOf(() => resume(flipBit(header, end)))).toBe('tag-mismatch');
  });

  it('is refused where it was signed: the key that signs is gone', async () => {
    const { header } = await begin({ suite: '0578' });
    const resumed = () => resumeMessage(headerOf(header), { keyring, plaintextLength: 95 });
    expect(await codeOf(resumed)).toBe('algorithm-unsupported');
  });

  it('derives no key where the suite commits to none', async () => {
    const { deriveKey } = await begin({ ...optionsFor('0178') });
    expect(await codeOf(() => deriveKey('name'))).toBe('algorithm-unsupported');
    const { deriveKey: derive } = await begin();
    expect(await codeOf(() => derive(''))).toBe('bad-argument');
  });
});
