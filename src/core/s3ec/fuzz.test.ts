import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64, utf8 } from '../bytes.ts';
import { EnvelopeError, type ErrorCode } from '../errors.ts';
import type { Metadata } from '../object.ts';
import { outcomeWithin } from '../test-fuzz.ts';
import { readFlatJson } from './flat-json.ts';
import { mapkeys } from './mapkeys.ts';
import { decodeHeaderText } from './rfc2047.ts';
import { instructionFileKey, maxInstructionFileBytes, parseEnvelope, parseRange } from './s3ec.ts';
import { writeFlatJson } from './write-flat-json.ts';

/** Everything that parsing may answer with. */
const parseCodes: readonly ErrorCode[] = [
  'metadata-invalid',
  'metadata-mixed',
  'metadata-incomplete',
  'not-encrypted',
  'legacy-not-allowed',
  'algorithm-unsupported',
  'wrap-unsupported',
];

function outcomeOf(action: () => unknown): ErrorCode | 'no error' {
  try {
    action();
    return 'no error';
  } catch (error) {
    if (error instanceof EnvelopeError) return error.code;
    throw error;
  }
}

const base64Of = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => toBase64(Uint8Array.from(bytes)));
const word = fc.oneof(
  fc.string({ maxLength: 12 }).map((text) => `=?UTF-8?Q?${text}?=`),
  fc.string({ maxLength: 12 }).map((text) => `=?UTF-8?B?${toBase64(utf8(text))}?=`),
);
/** What a field holds, what another one holds, and what none does. */
const value = fc.oneof(
  fc.constantFrom('', '115', '02', '12', '22', '128', '0', '{}', '{"a":"b"}', '{"a":1}'),
  fc.constantFrom('AES/GCM/NoPadding', 'AES/CBC/PKCS5Padding', 'AES/GCM', 'kms', 'kms+context', 'AESWrap'),
  ...[12, 16, 28, 48, 60, 256].map(base64Of),
  fc.json({ maxDepth: 3 }),
  fc.array(word, { maxLength: 4 }).map((words) => words.join(' ')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const fields = fc.dictionary(fc.constantFrom(...Object.values(mapkeys)), value, { maxKeys: 8 });
/** Whole envelopes with a few fields replaced, so that the deeper checks are reached too. */
const v3 = fc.record({
  'x-amz-c': fc.constant('115'),
  'x-amz-d': base64Of(28),
  'x-amz-i': base64Of(28),
  'x-amz-3': base64Of(60),
  'x-amz-w': fc.constantFrom('02', '12', '22'),
});
const v2 = fc.record({
  'x-amz-key-v2': base64Of(60),
  'x-amz-iv': fc.oneof(base64Of(12), base64Of(16)),
  'x-amz-cek-alg': fc.constantFrom('AES/GCM/NoPadding', 'AES/CBC/PKCS5Padding'),
  'x-amz-wrap-alg': fc.constantFrom('AES/GCM', 'kms+context', 'kms', 'AESWrap', 'RSA-OAEP-SHA1'),
  'x-amz-tag-len': fc.constantFrom('128', '0', ''),
});
const v1 = fc.record({ 'x-amz-key': fc.oneof(base64Of(48), base64Of(256)), 'x-amz-iv': base64Of(16) });
const few = fc.dictionary(fc.constantFrom(...Object.values(mapkeys)), value, { maxKeys: 2 });
const envelope: fc.Arbitrary<Metadata> = fc.oneof(
  fields,
  fc.tuple(fc.oneof(v3, v2, v1), few).map(([whole, changes]) => ({ ...whole, ...changes })),
);
const file = fc.oneof(
  envelope.map((object) => utf8(JSON.stringify(object))),
  fc.json({ maxDepth: 4 }).map(utf8),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from(bytes)),
  fc.tuple(envelope, fc.nat()).map(([object, cut]) => utf8(JSON.stringify(object).slice(0, cut))),
);
const legacy = fc.constantFrom(undefined, { unauthenticatedContent: true, weakWrapping: true });
const runs = { numRuns: 3000 };

describe('a parser ends, and with an error of the list or with an envelope that is whole', () => {
  it('of metadata', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(envelope, legacy, (metadata, allowed) => {
        const outcome = outcomeOf(() => parseEnvelope(metadata, { legacy: allowed }));
        seen.add(outcome);
        expect([...parseCodes, 'no error']).toContain(outcome);
      }),
      runs,
    );
    // Else it would not have gone deep enough to say anything.
    expect([...seen].sort()).toEqual([...parseCodes, 'no error'].sort());
  });

  it('of metadata and an instruction file', () => {
    const seen = new Set<string>();
    const onObject = fc.oneof(
      fc.constant({}),
      v3.map((whole) => ({
        'x-amz-c': whole['x-amz-c'],
        'x-amz-d': whole['x-amz-d'],
        'x-amz-i': whole['x-amz-i'],
      })),
      envelope,
    );
    const wrap = v3.map((whole) =>
      utf8(JSON.stringify({ 'x-amz-3': whole['x-amz-3'], 'x-amz-w': whole['x-amz-w'] })),
    );
    fc.assert(
      fc.property(onObject, fc.oneof(wrap, file), legacy, (metadata, instructionFile, allowed) => {
        const outcome = outcomeOf(() => parseEnvelope(metadata, { instructionFile, legacy: allowed }));
        seen.add(outcome);
        expect([...parseCodes, 'no error']).toContain(outcome);
        expect([...parseCodes, 'no error']).toContain(outcomeOf(() => instructionFileKey('a', metadata)));
      }),
      runs,
    );
    expect(seen).toContain('no error');
  });

  it('of what somebody else stored under the names of an envelope', () => {
    const anything = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(anything, (metadata) => {
        expect(['not-encrypted', ...parseCodes]).toContain(outcomeOf(() => parseEnvelope(metadata)));
      }),
      runs,
    );
  });

  it('of ranges', () => {
    const header = fc.oneof(
      fc.tuple(fc.nat(), fc.nat()).map(([first, last]) => `bytes=${first}-${last}`),
      fc.string().map((text) => `bytes=${text}`),
      fc.string(),
    );
    fc.assert(
      fc.property(header, (text) => {
        expect(['bad-argument', 'no error']).toContain(outcomeOf(() => parseRange(text)));
      }),
      runs,
    );
  });
});

describe('text', () => {
  it('of RFC 2047 decodes or does not, whatever it is', () => {
    const text = fc.oneof(
      fc.array(fc.oneof(word, fc.string({ maxLength: 5 })), { maxLength: 6 }).map((words) => words.join(' ')),
      fc.string({ unit: 'binary' }).map((inner) => `=?UTF-8?Q?${inner}`),
    );
    fc.assert(
      fc.property(text, (given) => {
        const decoded = decodeHeaderText(given);
        if (decoded !== undefined) expect(decoded.length).toBeLessThanOrEqual(given.length);
        if (!given.trim().startsWith('=?')) expect(decoded).toBe(given);
      }),
      runs,
    );
  });

  it('that S3 encoded once more comes back as it was', () => {
    const sent = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(sent, fc.nat(), (inner, cut) => {
        const json = JSON.stringify({ a: inner });
        const twice = utf8(String.fromCharCode(...utf8(json)));
        const at = cut % twice.length;
        const words = [twice.slice(0, at), twice.slice(at)].map((part) => `=?UTF-8?B?${toBase64(part)}?=`);
        expect(decodeHeaderText(words.join('\t '))).toBe(json);
      }),
      runs,
    );
  });

  it('of JSON is read as it was written, in ASCII', () => {
    const unit = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(fc.dictionary(unit, unit), (description) => {
        const text = writeFlatJson(description);
        expect(text).toMatch(/^[ -~]*$/);
        expect(Object.entries(readFlatJson(text) ?? {})).toEqual(Object.entries(description));
      }),
      runs,
    );
  });

  it('of any JSON is a description or nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const description = readFlatJson(text);
        if (!description) return;
        expect(description).toEqual(JSON.parse(text));
        expect(Object.values(description).every((item) => typeof item === 'string')).toBe(true);
      }),
      runs,
    );
  });
});

describe('what is far too long is refused before it is taken apart', () => {
  const long = 4 * 1024 * 1024;
  const bytes = toBase64(new Uint8Array(28).fill(1));
  const metadata = {
    'x-amz-c': '115',
    'x-amz-d': bytes,
    'x-amz-i': bytes,
    'x-amz-3': bytes,
    'x-amz-w': '02',
  };

  it.each([
    ['a wrapped key', 'x-amz-3', 'A'.repeat(long)],
    ['a commitment', 'x-amz-d', 'A'.repeat(long)],
    ['JSON', 'x-amz-m', `{"a":"${'x'.repeat(long)}"}`],
    ['JSON that nests', 'x-amz-m', '{"a":'.repeat(long / 5)],
    ['one encoded word', 'x-amz-m', `=?UTF-8?B?${'A'.repeat(long)}?=`],
    ['many encoded words', 'x-amz-m', '=?UTF-8?Q?x?= '.repeat(long / 14)],
    ['escapes', 'x-amz-m', `=?UTF-8?Q?${'=20'.repeat(long / 3)}?=`],
    ['white space', 'x-amz-m', `=?UTF-8?Q?{}?=${' '.repeat(long)}`],
  ])('%s', async (_, field, text) => {
    const parse = () => parseEnvelope({ ...metadata, [field]: text });
    expect(await outcomeWithin(64 * 1024, parse)).toBe('metadata-invalid');
  });

  it('an instruction file', () => {
    const { 'x-amz-3': _, 'x-amz-w': __, ...onObject } = metadata;
    const { 'x-amz-3': wrapped, 'x-amz-w': code } = metadata;
    const text = JSON.stringify({ 'x-amz-3': wrapped, 'x-amz-w': code });
    const fits = utf8(text.padEnd(maxInstructionFileBytes));
    const tooLong = utf8(text.padEnd(maxInstructionFileBytes + 1));
    expect(outcomeOf(() => parseEnvelope(onObject, { instructionFile: fits }))).toBe('no error');
    expect(outcomeOf(() => parseEnvelope(onObject, { instructionFile: tooLong }))).toBe('metadata-invalid');
  });
});
