import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, utf8 } from '../bytes.ts';
import { EnvelopeError, type ErrorCode } from '../errors.ts';
import { codeOf } from '../s3ec/test-objects.ts';
import { encrypt, parseHeader, type SuiteId } from './esdk.ts';
import { headerParsing } from './header.ts';
import { uint16, uint32 } from './numbers.ts';
import { createByteSource, parseNext } from './source.ts';
import { aesKeyring, headerOf, streamOf } from './test-messages.ts';

interface Fields {
  version: Bytes;
  suite: Bytes;
  messageId: Bytes;
  context: Bytes;
  keys: Bytes;
  contentType: Bytes;
  /** Of version 1. */
  reserved: Bytes;
  ivLength: Bytes;
  frameLength: Bytes;
  rest: Bytes;
}

const counted = (bytes: Bytes) => concatBytes(uint16(bytes.length), bytes);
const pair = (key: string, value: string) => concatBytes(counted(utf8(key)), counted(utf8(value)));
const wrappedKey = concatBytes(counted(utf8('ns')), counted(utf8('info')), counted(Uint8Array.of(1, 2, 3)));
const nothing = new Uint8Array();

const v1: Fields = {
  version: Uint8Array.of(1, 0x80),
  suite: Uint8Array.of(0x01, 0x78),
  messageId: new Uint8Array(16).fill(5),
  context: counted(concatBytes(uint16(2), pair('a', '1'), pair('b', '2'))),
  keys: concatBytes(uint16(1), wrappedKey),
  contentType: Uint8Array.of(2),
  reserved: new Uint8Array(4),
  ivLength: Uint8Array.of(12),
  frameLength: uint32(4096),
  rest: concatBytes(new Uint8Array(12), new Uint8Array(16).fill(9)),
};

const v2: Fields = {
  ...v1,
  version: Uint8Array.of(2),
  suite: Uint8Array.of(0x04, 0x78),
  messageId: new Uint8Array(32).fill(5),
  reserved: nothing,
  ivLength: nothing,
  rest: concatBytes(new Uint8Array(32).fill(6), new Uint8Array(16).fill(9)),
};

const build = (fields: Fields) => concatBytes(...Object.values(fields));
const codeWith = (changes: Partial<Fields>, base = v1) =>
  codeOf(() => headerOf(build({ ...base, ...changes })));

describe('a header is read as the specification writes it', () => {
  it('version 1', () => {
    const bytes = build(v1);
    expect(bytes).toHaveLength(62 + 14 + 15);
    expect(headerOf(bytes)).toMatchObject({
      suite: { id: '0178' },
      messageId: v1.messageId,
      storedContext: { a: '1', b: '2' },
      encryptedDataKeys: [
        { providerId: 'ns', providerInfo: utf8('info'), ciphertext: Uint8Array.of(1, 2, 3) },
      ],
      framed: true,
      frameLength: 4096,
      body: bytes.slice(0, -28),
      iv: new Uint8Array(12),
      tag: new Uint8Array(16).fill(9),
      bytes,
    });
  });

  it('version 2', () => {
    const bytes = build(v2);
    expect(bytes).toHaveLength(92 + 14 + 15);
    expect(headerOf(bytes)).toMatchObject({
      suite: { id: '0478' },
      messageId: v2.messageId,
      commitment: new Uint8Array(32).fill(6),
      body: bytes.slice(0, -16),
      iv: new Uint8Array(12),
      bytes,
    });
  });

  it('without an encryption context', () => {
    expect(headerOf(build({ ...v2, context: uint16(0) })).storedContext).toEqual({});
  });

  it('without frames', () => {
    const { framed } = headerOf(build({ ...v1, contentType: Uint8Array.of(1), frameLength: uint32(0) }));
    expect(framed).toBe(false);
  });

  it('keeps nothing of the bytes it was given', () => {
    const bytes = build(v1);
    const header = headerOf(bytes);
    bytes.fill(0xff);
    expect(header.bytes).toEqual(build(v1));
    expect(header.encryptedDataKeys[0]?.ciphertext).toEqual(Uint8Array.of(1, 2, 3));
    expect(header.messageId).toEqual(v1.messageId);
  });

  it('has room for a key of any name', () => {
    const context = counted(concatBytes(uint16(1), pair('__proto__', 'x')));
    const { storedContext } = headerOf(build({ ...v1, context }));
    expect(Object.entries(storedContext)).toEqual([['__proto__', 'x']]);
    expect(Object.getPrototypeOf(storedContext)).toBe(Object.prototype);
  });

  it('keeps a byte order mark', () => {
    const context = counted(concatBytes(uint16(1), pair('\ufeffa', '\ufeff')));
    expect(headerOf(build({ ...v1, context })).storedContext).toEqual({ '\ufeffa': '\ufeff' });
  });
});

describe('a header is refused', () => {
  const refusals: readonly [string, Partial<Fields>, ErrorCode, Fields?][] = [
    ['of another version', { version: Uint8Array.of(3) }, 'not-encrypted'],
    ['that is a PDF', { version: utf8('%PDF') }, 'not-encrypted'],
    ['in base64, version 1', { version: utf8('AYABeA') }, 'metadata-invalid'],
    ['in base64, version 2', { version: utf8('AgR4AA') }, 'metadata-invalid'],
    ['of another type', { version: Uint8Array.of(1, 0x81) }, 'metadata-invalid'],
    ['of an unknown suite', { suite: Uint8Array.of(0x01, 0x79) }, 'algorithm-unsupported'],
    ['of the reserved suite', { suite: Uint8Array.of(0, 0) }, 'algorithm-unsupported'],
    ['of a suite of the S3 Encryption Client', { suite: Uint8Array.of(0, 0x73) }, 'algorithm-unsupported'],
    ['of a suite of the database client', { suite: Uint8Array.of(0x67, 0) }, 'algorithm-unsupported'],
    ['of version 1 with a suite of 2', { suite: Uint8Array.of(0x04, 0x78) }, 'metadata-mixed'],
    ['of version 2 with a suite of 1', { suite: Uint8Array.of(0x01, 0x78) }, 'metadata-mixed', v2],
    ['with an empty context that is there', { context: counted(uint16(0)) }, 'metadata-invalid'],
    ['with a context of one byte', { context: counted(Uint8Array.of(0)) }, 'metadata-invalid'],
    [
      'with a key twice',
      { context: counted(concatBytes(uint16(2), pair('a', '1'), pair('a', '1'))) },
      'metadata-invalid',
    ],
    [
      'with bytes behind the pairs',
      { context: counted(concatBytes(uint16(1), pair('a', '1'), Uint8Array.of(0))) },
      'metadata-invalid',
    ],
    [
      'with fewer pairs than it says',
      { context: counted(concatBytes(uint16(2), pair('a', '1'))) },
      'metadata-invalid',
    ],
    [
      'with a pair beyond the context',
      { context: counted(concatBytes(uint16(1), uint16(1), utf8('a'), uint16(2), utf8('1'))) },
      'metadata-invalid',
    ],
    [
      'with a key that is not UTF-8',
      { context: counted(concatBytes(uint16(1), counted(Uint8Array.of(0xff)), counted(nothing))) },
      'metadata-invalid',
    ],
    ['without data keys', { keys: uint16(0) }, 'metadata-incomplete'],
    [
      'with a provider that is not UTF-8',
      { keys: concatBytes(uint16(1), counted(Uint8Array.of(0xc0)), counted(nothing), counted(nothing)) },
      'metadata-invalid',
    ],
    ['of an unknown content type', { contentType: Uint8Array.of(3) }, 'metadata-invalid'],
    ['with a reserved field that is set', { reserved: Uint8Array.of(0, 0, 0, 1) }, 'metadata-invalid'],
    ['with another IV length', { ivLength: Uint8Array.of(16) }, 'metadata-invalid'],
    ['with frames of no length', { frameLength: uint32(0) }, 'metadata-invalid'],
    ['without frames and with their length', { contentType: Uint8Array.of(1) }, 'metadata-invalid'],
  ];
  it.each(refusals)('%s', async (_, changes, code, base) => {
    expect(await codeWith(changes, base)).toBe(code);
  });
});

describe('the limits of a reader', () => {
  const keys = (count: number) => ({
    ...v1,
    keys: concatBytes(uint16(count), ...Array.from({ length: count }, () => wrappedKey)),
  });

  it('takes 64 data keys and no more, unless told', async () => {
    expect(headerOf(build(keys(64))).encryptedDataKeys).toHaveLength(64);
    expect(await codeOf(() => headerOf(build(keys(65))))).toBe('limit-exceeded');
    expect(headerOf(build(keys(65)), { maxEncryptedDataKeys: 65 }).encryptedDataKeys).toHaveLength(65);
    expect(await codeOf(() => headerOf(build(keys(2)), { maxEncryptedDataKeys: 1 }))).toBe('limit-exceeded');
  });

  it('refuses too many data keys once their number is read', async () => {
    const start = concatBytes(v1.version, v1.suite, v1.messageId, v1.context, uint16(0xffff));
    expect(await codeOf(() => parseHeader(start))).toBe('limit-exceeded');
  });

  it('refuses a header beyond 1 MiB before it has come', async () => {
    const large = concatBytes(
      counted(new Uint8Array(0xffff)),
      counted(new Uint8Array(0xffff)),
      counted(nothing),
    );
    const start = concatBytes(v1.version, v1.suite, v1.messageId, v1.context, uint16(9));
    const eight = concatBytes(start, ...Array.from({ length: 7 }, () => large));
    expect(parseHeader(eight)).toEqual({ needed: eight.length + 2 });
    const claimed = concatBytes(eight, counted(new Uint8Array(0xffff)), uint16(0xffff));
    expect(claimed.length).toBeLessThan(2 ** 20);
    expect(await codeOf(() => parseHeader(claimed))).toBe('limit-exceeded');
    expect(parseHeader(claimed, { maxHeaderBytes: 2 ** 21 })).toEqual({ needed: claimed.length + 0xffff });
  });

  it('refuses a header that is longer than it was told to take', async () => {
    const bytes = build(v2);
    expect(headerOf(bytes, { maxHeaderBytes: bytes.length }).bytes).toEqual(bytes);
    expect(await codeOf(() => headerOf(bytes, { maxHeaderBytes: bytes.length - 1 }))).toBe('limit-exceeded');
  });
});

describe('a header that has not come whole', () => {
  it.each([v1, v2])('says how many bytes it needs, never too many', (fields) => {
    const bytes = build(fields);
    let length = 0;
    let rounds = 0;
    for (;;) {
      const parsed = parseHeader(bytes.subarray(0, length));
      if ('value' in parsed) break;
      expect(parsed.needed).toBeGreaterThan(length);
      expect(parsed.needed).toBeLessThanOrEqual(bytes.length);
      length = parsed.needed;
      rounds++;
    }
    expect(length).toBe(bytes.length);
    expect(rounds).toBeLessThan(30);
  });

  it('is the same whatever it is cut into', async () => {
    const bytes = build(v2);
    for (const chunk of [1, 3, 1000]) {
      const source = createByteSource(streamOf(bytes, chunk));
      expect(await parseNext(headerParsing(), source)).toEqual(headerOf(bytes));
    }
  });
});

describe('whatever comes', () => {
  /** Parses as a stream would feed it, growing by what is asked for; at most so many bytes are looked at. */
  function outcomeOf(bytes: Bytes): string {
    let length = 0;
    for (let rounds = 0; rounds < 10_000; rounds++) {
      try {
        const parsed = parseHeader(bytes.subarray(0, length), { maxHeaderBytes: 4096 });
        if ('value' in parsed) return 'parsed';
        expect(parsed.needed).toBeGreaterThan(length);
        expect(parsed.needed).toBeLessThanOrEqual(4096);
        if (parsed.needed > bytes.length) return 'needs more';
        length = parsed.needed;
      } catch (error) {
        expect(error).toBeInstanceOf(EnvelopeError);
        return (error as EnvelopeError).code;
      }
    }
    return 'hangs';
  }

  const allowed = [
    'parsed',
    'needs more',
    'not-encrypted',
    'metadata-invalid',
    'metadata-mixed',
    'metadata-incomplete',
    'algorithm-unsupported',
    'limit-exceeded',
  ];

  it('ends in a header, in a wish for more, or in an error of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(allowed).toContain(outcomeOf(Uint8Array.from(bytes)));
      }),
      { numRuns: 2000 },
    );
  });

  it('does so when only a few bytes of a true header are changed', async () => {
    const headers = await Promise.all(
      (['0478', '0578', '0178'] as SuiteId[]).map(async (suite) => {
        const commitmentPolicy = suite === '0178' ? 'FORBID_ENCRYPT_ALLOW_DECRYPT' : undefined;
        const options = { suite, commitmentPolicy, encryptionContext: { a: 'b', ключ: 'ü' } } as const;
        return headerOf(await encrypt(new Uint8Array(), { keyring: await aesKeyring(), ...options })).bytes;
      }),
    );
    const edit = fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...headers),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        (header, edits) => {
          const changed = header.slice();
          for (const [at, value] of edits) changed[at % changed.length] = value;
          expect(allowed).toContain(outcomeOf(changed));
        },
      ),
      { numRuns: 3000 },
    );
  });
});
