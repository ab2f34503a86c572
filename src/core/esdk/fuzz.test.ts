import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, equalBytes, fromBase64, utf8 } from '../bytes.ts';
import { bytesCopied, damage, largestAllocation, type Outcome, outcomeOf } from '../test-fuzz.ts';
import { parseContext, serializeContext } from './context.ts';
import {
  createDecryptStream,
  type DecryptOptions,
  encrypt,
  type MessageKeyring,
  parseHeader,
  type SuiteId,
} from './esdk.ts';
import { headerParsing, maxHeaderBytes } from './header.ts';
import { parseKmsArn } from './keyrings/arn.ts';
import { framesOf, layOutObject, layOutUnframed, objectRangeOf } from './layout.ts';
import { uint16, uint32 } from './numbers.ts';
import { parseSoFar } from './parsing.ts';
import { footerParsing, measureFooter, pieceParsing } from './piece.ts';
import { createByteSource, parseNext } from './source.ts';
import { suites } from './suite.ts';
import { aesKeyring, collect, readers, sample } from './test-messages.ts';
import { openKeyring, type VectorGroup, type VectorKeys } from './vector-runner.ts';
import derived from './vectors/derived.json';
import generated from './vectors/generated.json';
import keyFile from './vectors/keys.json';

const headerCodes: readonly Outcome[] = [
  'no error',
  'not-encrypted',
  'algorithm-unsupported',
  'limit-exceeded',
  'metadata-mixed',
  'metadata-incomplete',
  'metadata-invalid',
];
/** Everything that reading a damaged message may answer with. */
const readCodes: readonly Outcome[] = [
  ...headerCodes,
  'truncated',
  'length-mismatch',
  'frame-invalid',
  'tag-mismatch',
  'commitment-mismatch',
  'signature-mismatch',
  'commitment-required',
  'unwrap-failed',
  'no-key-fits',
  'data-key-invalid',
];

interface Sample {
  readonly message: Bytes;
  readonly plaintext: Bytes;
  readonly options: DecryptOptions;
}

const frameLength = 16;
const readAll = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const;
const samples = new Map<string, Sample>();
let keyring: MessageKeyring;

beforeAll(async () => {
  keyring = await aesKeyring();
  const written: readonly SuiteId[] = ['0478', '0578', '0178', '0378', '0014'];
  for (const suite of written) {
    const commits = suite === '0478' || suite === '0578';
    const commitmentPolicy = commits ? undefined : 'FORBID_ENCRYPT_ALLOW_DECRYPT';
    const plaintext = sample(70);
    const encryptionContext = { a: '1', ä: '' };
    const message = await encrypt(plaintext, {
      ...{ keyring, suite, commitmentPolicy, frameLength, encryptionContext },
    });
    samples.set(suite, { message, plaintext, options: { keyring, ...readAll } });
  }
  const groups = [derived, generated] as unknown as readonly VectorGroup[];
  for (const { id, keyring: description, ciphertext } of groups.flatMap(({ vectors }) => vectors)) {
    if (!/-ok-nonframed|nf-base/.test(id)) continue;
    const opens = await openKeyring(description, (keyFile as unknown as VectorKeys).keys);
    const message = fromBase64(ciphertext) ?? new Uint8Array();
    const options = { keyring: opens, ...readAll };
    samples.set(id, { message, plaintext: await readers.whole(message, options), options });
  }
});

const names = ['0478', '0578', '0178', '0378', '0014'];
const isSlow = (name: string) => name === '0578' || name === '0378';

/** A message in pieces of these sizes, over and over; empty ones among them. */
function inChunks(message: Bytes, sizes: readonly number[]): ReadableStream<Bytes> {
  let position = 0;
  let index = 0;
  return new ReadableStream({
    pull(controller) {
      if (position >= message.length) return controller.close();
      const size = sizes[index++ % sizes.length] ?? 1;
      controller.enqueue(message.slice(position, position + size));
      position += size;
    },
  });
}

const chunkSizes = fc
  .array(fc.nat(40), { minLength: 1, maxLength: 6 })
  .map((sizes) => (sizes.some((size) => size > 0) ? sizes : [1]));
/** One of these in twelve cases, else nothing. */
const rarely = (...values: readonly number[]) =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 11 }, fc.constantFrom(...values));
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((found) => Uint8Array.from(found));

describe('a damaged message ends in an error of the list, or in its plaintext', () => {
  async function check(
    name: string,
    changed: Bytes,
    read: (changed: Bytes) => Promise<Bytes>,
  ): Promise<Outcome> {
    const { plaintext } = samples.get(name) ?? {};
    let opened: Bytes | undefined;
    let outcome: Outcome = 'no error';
    const largest = await largestAllocation(async () => {
      outcome = await outcomeOf(async () => {
        opened = await read(changed);
      });
    });
    expect(readCodes).toContain(outcome);
    if (opened) expect(opened).toEqual(plaintext);
    // What a length claims makes no memory: only what is there.
    expect(largest).toBeLessThanOrEqual(changed.length + 4096);
    return outcome;
  }

  for (const way of ['whole', 'ranges'] as const) {
    it.each(names)(`${way}: %s`, async (name) => {
      const seen = new Set<Outcome>();
      const { message, options } = samples.get(name) ?? expect.fail('there is no such message');
      await fc.assert(
        fc.asyncProperty(damage, async (spoil) => {
          seen.add(await check(name, spoil(message), (changed) => readers[way](changed, options)));
        }),
        { numRuns: isSlow(name) ? 100 : 400 },
      );
      // Else it would not have gone deep enough to say anything.
      expect(seen.size).toBeGreaterThan(2);
    });
  }

  it.each(names)('a stream in random pieces: %s', async (name) => {
    const { message, options } = samples.get(name) ?? expect.fail('there is no such message');
    await fc.assert(
      fc.asyncProperty(fc.option(damage), chunkSizes, async (spoil, sizes) => {
        const changed = spoil ? spoil(message) : message;
        const outcome = await check(name, changed, async () => {
          const released = { ...options, signed: 'release-before-signature' } as const;
          const output = inChunks(changed, sizes).pipeThrough(createDecryptStream(released));
          const { bytes: opened, error } = await collect(output);
          const { plaintext } = samples.get(name) ?? expect.fail('there is no such message');
          // What came out before a failure is the beginning of the plaintext and nothing else.
          expect(opened).toEqual(plaintext.slice(0, opened.length));
          if (error) throw error;
          return opened;
        });
        if (!spoil) expect(outcome).toBe('no error');
      }),
      { numRuns: isSlow(name) ? 80 : 300 },
    );
  });

  it('without frames, in all three ways', async () => {
    const unframed = [...samples.keys()].filter((name) => !names.includes(name));
    expect(unframed.length).toBeGreaterThan(1);
    for (const name of unframed) {
      const { message, options } = samples.get(name) ?? expect.fail('there is no such message');
      await fc.assert(
        fc.asyncProperty(damage, fc.constantFrom(...Object.values(readers)), async (spoil, read) => {
          await check(name, spoil(message), (changed) => read(changed, options));
        }),
        { numRuns: 100 },
      );
    }
  });

  it('of somebody who has the key and lies about every length', async () => {
    const lengths = fc.oneof(
      fc.constantFrom(1, 2 ** 31, 2 ** 32 - 1),
      fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    );
    const { plaintext, options } = samples.get('0478') ?? expect.fail('there is no such message');
    await fc.assert(
      fc.asyncProperty(
        lengths,
        damage,
        fc.constantFrom(...Object.values(readers)),
        async (claimed, spoil, read) => {
          const whole = await encrypt(plaintext, { keyring, frameLength: claimed });
          const header = parseHeader(whole);
          const end = 'value' in header ? header.value.bytes.length : 0;
          // The header is honestly sealed; what follows it is not.
          const changed = concatBytes(whole.slice(0, end), spoil(whole.slice(end)));
          await check('0478', changed, (found) => read(found, options));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('two messages that were cut and joined', async () => {
    const pick = fc.constantFrom(...names);
    const where = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(pick, pick, where, where, async (one, other, head, tail) => {
        const [a, b] = [one, other].map((name) => samples.get(name)?.message ?? new Uint8Array());
        if (!a || !b) return;
        const changed = concatBytes(a.slice(0, head * a.length), b.slice(tail * b.length));
        if (equalBytes(changed, a) || equalBytes(changed, b)) return;
        expect(readCodes).toContain(await outcomeOf(() => readers.whole(changed, { keyring, ...readAll })));
      }),
      { numRuns: 100 },
    );
  });
});

describe('a parser ends, and with an error of the list or with what is there', () => {
  /** Headers whose lengths lie: most of the time they fit, so that the deeper checks are reached too. */
  const counted = (content: fc.Arbitrary<Bytes>) =>
    fc
      .tuple(content, rarely(0, 1, 0xffff))
      .map(([field, lie]) => concatBytes(uint16(lie ?? field.length), field));
  const text = fc.oneof(fc.string({ maxLength: 5 }).map(utf8), bytes(5));
  const pairs = fc.array(fc.tuple(counted(text), counted(text)), { maxLength: 4 });
  const context = fc.oneof(
    fc.constant(new Uint8Array()),
    pairs.map((list) => concatBytes(uint16(list.length), ...list.flat())),
    fc.oneof({ arbitrary: fc.constant(new Uint8Array()), weight: 3 }, bytes(30)),
  );
  const wrapped = fc
    .tuple(counted(text), counted(bytes(20)), counted(bytes(20)))
    .map((parts) => concatBytes(...parts));
  const wrappedKeys = fc
    .tuple(fc.array(wrapped, { maxLength: 3 }), rarely(0, 65, 0xffff))
    .map(([list, lie]) => concatBytes(uint16(lie ?? list.length), ...list));
  const header = fc
    .tuple(
      fc.constantFrom(...suites),
      context,
      wrappedKeys,
      fc.constantFrom(1, 2, 0, 3),
      fc.constantFrom(0, 1, 4096, 2 ** 32 - 1),
      fc.oneof(
        bytes(90),
        fc.constantFrom(28, 48, 60).map((size) => new Uint8Array(size).fill(5)),
      ),
      fc.nat(9).map((dice) => dice === 0),
      rarely(0, 0xffff),
    )
    .chain(([suite, pairsBytes, keys, type, length, rest, other, lie]) =>
      counted(fc.constant(pairsBytes)).map((countedContext) =>
        concatBytes(
          suite.commits !== other ? Uint8Array.of(2) : Uint8Array.of(1, 0x80),
          uint16(lie ?? suite.code),
          new Uint8Array(suite.commits ? 32 : 16).fill(3),
          countedContext,
          keys,
          Uint8Array.of(type),
          suite.commits ? new Uint8Array() : Uint8Array.of(0, 0, 0, 0, 12),
          uint32(length),
          rest,
        ),
      ),
    );

  it('of headers, which say how much more they need or fit into what was given', async () => {
    const seen = new Set<string>();
    const given = fc.oneof(
      header,
      fc.tuple(header, damage).map(([whole, spoil]) => spoil(whole)),
      bytes(200),
    );
    await fc.assert(
      fc.asyncProperty(given, async (found) => {
        let parsed: ReturnType<typeof parseHeader> | undefined;
        let outcome: Outcome = 'no error';
        const largest = await largestAllocation(async () => {
          outcome = await outcomeOf(() => {
            parsed = parseHeader(found);
          });
        });
        expect(headerCodes).toContain(outcome);
        expect(largest).toBeLessThanOrEqual(1024);
        if (parsed && 'needed' in parsed) {
          seen.add('needs more');
          expect(parsed.needed).toBeGreaterThan(found.length);
          expect(parsed.needed).toBeLessThanOrEqual(maxHeaderBytes);
        } else if (parsed) {
          seen.add('whole');
          const { bytes: whole, body } = parsed.value;
          expect(whole).toEqual(found.slice(0, whole.length));
          expect(body).toEqual(found.slice(0, body.length));
        }
        seen.add(outcome);
      }),
      { numRuns: 5000 },
    );
    expect([...headerCodes, 'needs more', 'whole'].filter((code) => !seen.has(code))).toEqual([]);
  });

  it('of headers that come piece by piece, with the outcome of those that come whole', async () => {
    await fc.assert(
      fc.asyncProperty(header, chunkSizes, async (found, sizes) => {
        const whole = await outcomeOf(() => {
          if ('needed' in parseHeader(found)) throw new Error('needs more');
        }).catch(() => 'needs more');
        const source = createByteSource(inChunks(found, sizes));
        const piecewise = await outcomeOf(() => parseNext(headerParsing(), source));
        expect(piecewise).toBe(whole === 'needs more' ? 'truncated' : whole);
      }),
      { numRuns: 500 },
    );
  });

  it('of contexts, which are read as they are written', async () => {
    const unit = fc.string({ unit: 'grapheme', maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(unit, unit), async (pairsOfIt) => {
        const read = parseContext(serializeContext(pairsOfIt));
        expect(Object.fromEntries(Object.entries(read))).toEqual(
          Object.fromEntries(Object.entries(pairsOfIt)),
        );
      }),
      { numRuns: 500 },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(context, bytes(60)), async (found) => {
        expect(['no error', 'metadata-invalid']).toContain(await outcomeOf(() => parseContext(found)));
      }),
      { numRuns: 3000 },
    );
  });

  it('of frames and footers, whatever their lengths say', async () => {
    const facts = fc.record({ framed: fc.boolean(), frameLength: fc.constantFrom(0, 1, 20, 2 ** 32 - 1) });
    const number = fc.constantFrom(1, 2, 2 ** 32 - 1);
    const start = fc
      .constantFrom('ffffffff00000001', '0000000100000000', '00000002', '')
      .map((hex) => Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)));
    await fc.assert(
      fc.asyncProperty(facts, number, start, bytes(80), async (fields, sequenceNumber, head, rest) => {
        const found = concatBytes(head, rest);
        const piece = () => parseSoFar(pieceParsing(fields, sequenceNumber, 2 ** 28), found);
        expect(['no error', 'frame-invalid', 'limit-exceeded']).toContain(await outcomeOf(piece));
        expect(await outcomeOf(() => parseSoFar(footerParsing(), found))).toBe('no error');
        const measured = measureFooter(found);
        if (measured !== undefined) expect(measured).toBeLessThanOrEqual(found.length);
      }),
      { numRuns: 3000 },
    );
  });

  it('of lengths, which have a layout that adds up, or none', async () => {
    const length = fc.oneof(
      fc.nat(1000),
      fc.maxSafeInteger(),
      fc.double(),
      fc.constantFrom(-1, 2 ** 53, 2 ** 36),
    );
    const facts = fc.record({
      headerLength: fc.nat(200),
      frameLength: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 32 - 1 })),
      footerLength: fc.constantFrom(0, 73, 105),
    });
    const codes = ['no error', 'truncated', 'length-mismatch', 'bad-argument', 'too-large'];
    await fc.assert(
      fc.asyncProperty(facts, length, fc.boolean(), async (fields, objectLength, framed) => {
        const layOutIt = () => (framed ? layOutObject : layOutUnframed)(fields, objectLength);
        expect(codes).toContain(await outcomeOf(layOutIt));
        if ((await outcomeOf(layOutIt)) !== 'no error') return;
        const layout = layOutIt();
        const all = { start: 0, end: layout.plaintextLength };
        expect(objectRangeOf(layout, all)).toEqual({ start: 0, end: objectLength });
        expect(framesOf(layout, all)).toEqual({ start: 0, end: layout.frames });
      }),
      { numRuns: 3000 },
    );
  });

  it('of ARNs', () => {
    const part = fc.oneof(
      fc.constantFrom('arn', 'aws', 'kms', 'key/a', 'alias/b', '', '/', ':'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const arn = parseKmsArn(parts.join(':'));
        if (arn) expect(Object.values(arn).every((value) => value.length > 0)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('what is as long as it may be is read without much copying', () => {
  /** No byte is copied more than some times: not once for each piece that came. */
  async function within({ length }: Bytes, action: () => unknown): Promise<Outcome> {
    let outcome: Outcome = 'no error';
    const copied = await bytesCopied(async () => {
      outcome = await outcomeOf(action);
    });
    expect(copied).toBeLessThan(32 * length);
    return outcome;
  }
  const start = concatBytes(Uint8Array.of(2, 4, 0x78), new Uint8Array(32).fill(3));
  const pair = (key: number) => concatBytes(uint16(2), uint16(key), uint16(0));

  it('a context of thousands of keys', async () => {
    const list = Array.from({ length: 10_000 }, (_, index) =>
      pair(0x2020 + (index % 90) + 256 * (index / 90)),
    );
    const context = concatBytes(uint16(list.length), ...list);
    const header = concatBytes(start, uint16(context.length), context);
    expect(['no error', 'metadata-invalid']).toContain(await within(header, () => parseHeader(header)));
  });

  it.each([13, 1000])('a header above the limit, in pieces of %d bytes', async (size) => {
    const key = concatBytes(
      uint16(0xffff),
      new Uint8Array(0xffff).fill(0x61),
      uint16(0xffff),
      new Uint8Array(0xffff),
      uint16(0),
    );
    const header = concatBytes(start, uint16(0), uint16(64), ...Array.from({ length: 8 }, () => key));
    expect(header.length).toBeGreaterThan(maxHeaderBytes);
    const source = createByteSource(inChunks(header, [size]));
    expect(await within(header, () => parseNext(headerParsing(), source))).toBe('limit-exceeded');
  });

  it('a frame in single bytes, more of them than a call takes arguments', async () => {
    const message = sample(200_000);
    const source = createByteSource(inChunks(message, [1]));
    let found: Bytes = new Uint8Array();
    const copied = await bytesCopied(async () => {
      found = await source.peek(message.length);
    });
    expect(equalBytes(found, message)).toBe(true);
    expect(copied).toBeLessThan(32 * message.length);
  });

  it('a thousand wrapped keys, refused by their number', async () => {
    const key = concatBytes(uint16(1), utf8('p'), uint16(0), uint16(0));
    const header = concatBytes(start, uint16(0), uint16(1000), ...Array.from({ length: 1000 }, () => key));
    expect(await within(header, () => parseHeader(header))).toBe('limit-exceeded');
    const allowed = { maxEncryptedDataKeys: 0xffff };
    expect(await within(header, () => parseHeader(header, allowed))).toBe('no error');
  });
});
