import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Bytes, concatBytes, toHex } from '../bytes.ts';
import type { EnvelopeError } from '../errors.ts';
import { createGcmSealer, importGcmKey } from './gcm.ts';
import { codeOf, filled, sealAtOnce } from './test-messages.ts';

const raw = filled(32);
const key = await importGcmKey(raw);
const iv = filled(12, 2);
const additionalData = filled(5, 3);
const plaintext = filled(200, 4);
const expected = await sealAtOnce(raw, iv, plaintext, additionalData);

/** Two segments and a bit in a message of 200 bytes. */
const createSealer = (plaintextLength = plaintext.length) =>
  createGcmSealer({ key, iv, additionalData, plaintextLength }, { segmentBytes: 64 });

const part = (start: number, end: number) => plaintext.slice(start, end);
const flipped = (bytes: Bytes, at: number) => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
const maxLength = 2 ** 36 - 32;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the key', () => {
  it.each([0, 1, 15, 17, 31, 33, 64])('is refused with %d bytes', async (length) => {
    expect(await codeOf(importGcmKey(new Uint8Array(length)))).toBe('bad-argument');
  });

  it('cannot be exported', async () => {
    for (const cryptoKey of Object.values<CryptoKey>({ ...(await importGcmKey(raw)) }))
      expect(cryptoKey.extractable).toBe(false);
  });

  it('goes to a worker and comes back', async () => {
    const sealer = await createGcmSealer({
      key: structuredClone(key),
      iv,
      additionalData,
      plaintextLength: 200,
    });
    expect(toHex(await sealer.seal(0, part(0, 200)))).toBe(toHex(expected.slice(0, 200)));
  });

  it('of 24 bytes works, or the platform has no such keys', async () => {
    const raw24 = filled(24);
    const code = await codeOf(importGcmKey(raw24));
    if (code !== 'no error') return expect(code).toBe('algorithm-unsupported');
    const sealer = await createGcmSealer({ key: await importGcmKey(raw24), iv, plaintextLength: 200 });
    const sealed = concatBytes(await sealer.seal(0, part(0, 200)), await sealer.tag());
    expect(toHex(sealed)).toBe(toHex(await sealAtOnce(raw24, iv, plaintext, new Uint8Array())));
  });
});

describe('limits', () => {
  it.each([0, 1, 8, 11, 13, 16])('an IV of %d bytes is refused', async (length) => {
    const code = await codeOf(createGcmSealer({ key, iv: new Uint8Array(length), plaintextLength: 1 }));
    expect(code).toBe('bad-argument');
  });

  it.each([-1, -16, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])(
    'a length of %d is refused',
    async (length) => {
      expect(await codeOf(createSealer(length))).toBe('bad-argument');
    },
  );

  it.each([maxLength + 1, 2 ** 36, 2 ** 40])('a length of %d is too large', async (length) => {
    const encrypt = vi.spyOn(crypto.subtle, 'encrypt');
    expect(await codeOf(createSealer(length))).toBe('too-large');
    expect(encrypt).not.toHaveBeenCalled();
  });

  it('the last block of the longest message meets the last counter', async () => {
    const sealer = await createSealer(maxLength);
    const counter = new Uint8Array(16);
    counter.set(iv);
    counter.fill(0xff, 12);
    const ctr = await crypto.subtle.importKey('raw', raw, 'AES-CTR', false, ['encrypt']);
    const last = await crypto.subtle.encrypt({ name: 'AES-CTR', counter, length: 128 }, ctr, part(0, 16));
    const sealed = await sealer.seal(maxLength - 160, concatBytes(part(16, 160), part(0, 16)));
    expect(toHex(sealed.slice(144))).toBe(toHex(new Uint8Array(last)));
    expect(await codeOf(sealer.seal(maxLength, part(0, 1)))).toBe('bad-argument');
  });
});

describe('ranges', () => {
  it.each([
    ['starts between blocks', 8, 32],
    ['starts before the message', -16, 16],
    ['starts at no number', Number.NaN, 16],
    ['ends between blocks', 0, 24],
    ['ends behind the message', 192, 16],
    ['starts behind the message', 208, 16],
    ['is empty', 32, 0],
    ['is empty, at the end', 200, 0],
  ])('one that %s is refused', async (_name, start, length) => {
    const sealer = await createSealer();
    expect(await codeOf(sealer.seal(start, filled(length)))).toBe('bad-argument');
  });

  it.each([
    ['at its start', 48, 80],
    ['at its end', 112, 144],
    ['within', 80, 96],
    ['from its start', 64, 112],
    ['from its start and beyond', 64, 144],
    ['to its end', 80, 128],
    ['all around', 48, 144],
  ])('one that overlaps another %s is refused', async (_name, start, end) => {
    const sealer = await createSealer();
    const first = await sealer.seal(64, part(64, 128));
    expect(await codeOf(sealer.seal(start, part(start, end)))).toBe('bad-argument');
    expect(toHex(await sealer.seal(64, part(64, 128)))).toBe(toHex(first));
  });

  it('one that overlaps another is refused while that is at work', async () => {
    const sealer = await createSealer();
    const first = sealer.seal(0, part(0, 128));
    expect(await codeOf(sealer.seal(64, part(64, 192)))).toBe('bad-argument');
    expect(toHex(await first)).toBe(toHex(expected.slice(0, 128)));
  });

  it('neighbours are welcome on both sides', async () => {
    const sealer = await createSealer();
    await sealer.seal(64, part(64, 128));
    await sealer.seal(128, part(128, 200));
    await sealer.seal(0, part(0, 64));
    expect(toHex(await sealer.tag())).toBe(toHex(expected.slice(200)));
  });
});

describe('sealing a range again', () => {
  it('with the same plaintext gives the same ciphertext', async () => {
    const sealer = await createSealer();
    const first = await sealer.seal(0, part(0, 192));
    expect(toHex(await sealer.seal(0, part(0, 192)))).toBe(toHex(first));
    await sealer.seal(192, part(192, 200));
    await sealer.seal(192, part(192, 200));
    expect(toHex(await sealer.tag())).toBe(toHex(expected.slice(200)));
  });

  it.each([0, 15, 16, 63, 64, 128, 190, 191])('with another byte at %d is refused', async (at) => {
    const sealer = await createSealer();
    await sealer.seal(0, part(0, 192));
    const into = filled(192, 9);
    expect(await codeOf(sealer.seal(0, flipped(part(0, 192), at), into))).toBe('file-changed');
    expect(into).toEqual(new Uint8Array(192));
    await sealer.seal(192, part(192, 200));
    expect(toHex(await sealer.tag())).toBe(toHex(expected.slice(200)));
  });

  it('with another plaintext at the same time lets one of the two out', async () => {
    const sealer = await createSealer();
    const codes = await Promise.all(
      [part(0, 192), flipped(part(0, 192), 100)].map((bytes) => codeOf(sealer.seal(0, bytes))),
    );
    expect(codes.sort()).toEqual(['file-changed', 'no error']);
  });
});

describe('the tag', () => {
  it('waits for nobody: refused until everything is sealed', async () => {
    const sealer = await createSealer();
    expect(await codeOf(sealer.tag())).toBe('bad-argument');
    await sealer.seal(0, part(0, 64));
    await sealer.seal(128, part(128, 200));
    expect(await codeOf(sealer.tag())).toBe('bad-argument');
    const middle = sealer.seal(64, part(64, 128));
    expect(await codeOf(sealer.tag())).toBe('bad-argument');
    await middle;
    expect(toHex(await sealer.tag())).toBe(toHex(expected.slice(200)));
  });

  it('of an empty message needs no range, and minds none', async () => {
    const empty = toHex(await sealAtOnce(raw, iv, new Uint8Array(), additionalData));
    const sealer = await createSealer(0);
    await sealer.sealed();
    expect(toHex(await sealer.tag())).toBe(empty);
    expect(await sealer.seal(0, new Uint8Array())).toHaveLength(0);
    expect(toHex(await sealer.tag())).toBe(empty);
    expect(await codeOf(sealer.seal(0, new Uint8Array(1)))).toBe('bad-argument');
  });

  it('is announced when the last range is sealed, not before', async () => {
    const sealer = await createSealer();
    let announced = false;
    const whole = sealer.sealed().then(() => {
      announced = true;
    });
    await sealer.seal(64, part(64, 200));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(announced).toBe(false);
    await sealer.seal(0, part(0, 64));
    await whole;
    expect(announced).toBe(true);
  });
});

describe('buffers', () => {
  it('the plaintext is left alone', async () => {
    const bytes = part(0, 200);
    await (await createSealer()).seal(0, bytes);
    expect(bytes).toEqual(plaintext);
  });

  it('additional data and IV are the caller’s again at once', async () => {
    const own = { iv: iv.slice(), additionalData: additionalData.slice() };
    const creation = createGcmSealer({ key, ...own, plaintextLength: 200 });
    own.iv.fill(0);
    own.additionalData.fill(0);
    const sealer = await creation;
    const sealed = concatBytes(await sealer.seal(0, part(0, 200)), await sealer.tag());
    expect(toHex(sealed)).toBe(toHex(expected));
  });

  it('the output is the beginning of a larger one, the rest untouched', async () => {
    const into = filled(220, 9).fill(7, 200);
    const output = await (await createSealer()).seal(0, part(0, 200), into.subarray(2));
    expect(output.buffer).toBe(into.buffer);
    expect([output.byteOffset, output.length]).toEqual([2, 200]);
    expect(toHex(output)).toBe(toHex(expected.slice(0, 200)));
    expect(into.slice(202)).toEqual(new Uint8Array(18).fill(7));
  });

  it('the output takes the place of the plaintext', async () => {
    const sealer = await createSealer();
    const body = concatBytes(plaintext, new Uint8Array(16));
    await sealer.seal(0, body.subarray(0, 200), body);
    body.set(await sealer.tag(), 200);
    expect(toHex(body)).toBe(toHex(expected));
  });

  it('an output without room is refused', async () => {
    expect(await codeOf((await createSealer()).seal(0, part(0, 200), new Uint8Array(199)))).toBe(
      'bad-argument',
    );
  });

  it.each([0, 32])('an output that overlaps the plaintext askew is refused (%d)', async (offset) => {
    const body = filled(300);
    const seal = (await createSealer()).seal(0, body.subarray(16, 216), body.subarray(offset));
    expect(await codeOf(seal)).toBe('bad-argument');
    expect(body).toEqual(filled(300));
  });

  it('an output beside the plaintext in one buffer is fine', async () => {
    const body = concatBytes(new Uint8Array(200), plaintext);
    const output = await (await createSealer()).seal(0, body.subarray(200), body);
    expect(toHex(output)).toBe(toHex(expected.slice(0, 200)));
    expect(body.slice(200)).toEqual(plaintext);
  });

  it.each(['plaintext', 'output'])(
    'a %s that is taken away is noticed, and the range can be sealed again',
    async (which) => {
      const sealer = await createSealer(64 * 20);
      const whole = filled(64 * 20);
      const buffers = { plaintext: whole.slice(), output: new Uint8Array(64 * 20) };
      const sealing = sealer.seal(0, buffers.plaintext, buffers.output);
      structuredClone(0, {
        transfer: [which === 'plaintext' ? buffers.plaintext.buffer : buffers.output.buffer],
      });
      expect(await codeOf(sealing)).toBe('bad-argument');
      expect(await codeOf(sealer.tag())).toBe('bad-argument');
      if (which === 'plaintext') expect(buffers.output).toEqual(new Uint8Array(64 * 20));
      const again = concatBytes(await sealer.seal(0, whole), await sealer.tag());
      expect(toHex(again)).toBe(toHex(await sealAtOnce(raw, iv, whole, additionalData)));
    },
  );
});

describe('a message of one segment', () => {
  /** As the app seals it: segments are longer. */
  const createShort = (plaintextLength = plaintext.length) =>
    createGcmSealer({ key, iv, additionalData, plaintextLength });

  it('takes one native call, and gives what segments give', async () => {
    const sealer = await createShort();
    const encrypt = vi.spyOn(crypto.subtle, 'encrypt');
    const sealed = concatBytes(await sealer.seal(0, part(0, 200)), await sealer.tag());
    expect(encrypt).toHaveBeenCalledTimes(1);
    expect(toHex(sealed)).toBe(toHex(expected));
  });

  it.each([0, 1, 16, 64])('of %d bytes as well', async (length) => {
    const sealer = await createShort(length);
    const sealed = concatBytes(await sealer.seal(0, part(0, length)), await sealer.tag());
    expect(toHex(sealed)).toBe(toHex(await sealAtOnce(raw, iv, part(0, length), additionalData)));
  });

  it('may come again, but not with another plaintext', async () => {
    const sealer = await createShort();
    await sealer.seal(0, part(0, 200));
    expect(toHex(await sealer.seal(0, part(0, 200)))).toBe(toHex(expected.slice(0, 200)));
    for (const at of [0, 100, 199]) {
      const into = filled(200, 9);
      expect(await codeOf(sealer.seal(0, flipped(plaintext, at), into))).toBe('file-changed');
      expect(into).toEqual(new Uint8Array(200));
    }
    expect(toHex(await sealer.tag())).toBe(toHex(expected.slice(200)));
  });

  it('refuses the second of two plaintexts that come at once', async () => {
    const sealer = await createShort();
    const codes = [plaintext, flipped(plaintext, 7)].map((bytes) => codeOf(sealer.seal(0, bytes.slice())));
    expect((await Promise.all(codes)).sort()).toEqual(['file-changed', 'no error']);
  });

  it('comes in ranges as well, but never both ways', async () => {
    const inRanges = await createShort();
    const body = concatBytes(
      ...(await Promise.all([inRanges.seal(0, part(0, 48)), inRanges.seal(48, part(48, 200))])),
    );
    expect(await codeOf(inRanges.seal(0, part(0, 200)))).toBe('bad-argument');
    expect(toHex(concatBytes(body, await inRanges.tag()))).toBe(toHex(expected));
    const whole = await createShort();
    await whole.seal(0, part(0, 200));
    expect(await codeOf(whole.seal(0, part(0, 48)))).toBe('bad-argument');
  });

  it.each(['plaintext', 'output'])('notices a %s that is taken away', async (which) => {
    const sealer = await createShort();
    const buffers = { plaintext: part(0, 200), output: new Uint8Array(200) };
    // Four others first: it waits for its turn.
    const others = await createSealer(64 * 20);
    const busy = others.seal(0, filled(64 * 20));
    const sealing = sealer.seal(0, buffers.plaintext, buffers.output);
    structuredClone(0, {
      transfer: [which === 'plaintext' ? buffers.plaintext.buffer : buffers.output.buffer],
    });
    expect(await codeOf(sealing)).toBe('bad-argument');
    await busy;
    expect(await codeOf(sealer.tag())).toBe('bad-argument');
    const again = concatBytes(await sealer.seal(0, part(0, 200)), await sealer.tag());
    expect(toHex(again)).toBe(toHex(expected));
  });
});

describe('the platform', () => {
  /** Sees every segment that is being sealed. */
  function watchSegments(onResult: (result: ArrayBuffer) => void = () => {}) {
    const { subtle } = crypto;
    const encrypt: typeof subtle.encrypt = subtle.encrypt.bind(subtle);
    const counts = { now: 0, most: 0 };
    vi.spyOn(subtle, 'encrypt').mockImplementation(async (algorithm, cryptoKey, data) => {
      if (data.byteLength !== 64) return encrypt(algorithm, cryptoKey, data);
      counts.most = Math.max(counts.most, ++counts.now);
      const result = await encrypt(algorithm, cryptoKey, data);
      counts.now--;
      onResult(result);
      return result;
    });
    return counts;
  }

  it('gets a few segments at once, whatever the number of ranges', async () => {
    const sealer = await createSealer(64 * 100);
    const counts = watchSegments();
    await Promise.all([0, 1, 2, 3].map((index) => sealer.seal(index * 1600, filled(1600))));
    expect(counts.most).toBeGreaterThan(1);
    expect(counts.most).toBeLessThanOrEqual(4);
  });

  it('gets its memory back as soon as it is copied', async () => {
    const sealer = await createSealer(64 * 20);
    const results: ArrayBuffer[] = [];
    watchSegments((result) => results.push(result));
    await sealer.seal(0, filled(64 * 20));
    expect(results.map((result) => result.byteLength)).toEqual(new Array(20).fill(0));
  });

  it('may fail: nothing comes out, and the range can be sealed again', async () => {
    const sealer = await createSealer(64 * 20);
    const cause = new DOMException('out of memory', 'OperationError');
    let seen = 0;
    watchSegments(() => {
      if (++seen === 7) throw cause;
    });
    const into = new Uint8Array(64 * 20);
    const error: EnvelopeError = await sealer.seal(0, filled(64 * 20), into).catch((reason) => reason);
    expect([error.code, error.cause]).toEqual(['internal-error', cause]);
    expect(into).toEqual(new Uint8Array(64 * 20));
    expect(await codeOf(sealer.tag())).toBe('bad-argument');
    const again = concatBytes(await sealer.seal(0, filled(64 * 20), into), await sealer.tag());
    expect(toHex(again)).toBe(toHex(await sealAtOnce(raw, iv, filled(64 * 20), additionalData)));
  });
});
