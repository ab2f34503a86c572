import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, toBase64, utf8 } from '../core/bytes.ts';
import { createAesKeyring } from '../core/keyrings/aes-keyring.ts';
import type { Metadata } from '../core/object.ts';
import { encryptObject } from '../core/s3ec/s3ec.ts';
import { damage, largestAllocation, type Outcome, outcomeOf, outcomeWithin } from '../core/test-fuzz.ts';
import type { ReadableStore } from '../store/store.ts';
import { deriveShareKeys } from './derive.ts';
import { encodeManifest } from './encode-manifest.ts';
import { drawSecret, formatLink, longestToken, parseLink } from './link.ts';
import { decodeManifest, longestName } from './manifest.ts';
import { longestManifest, openShare } from './open-share.ts';

const dataKey = new Uint8Array(32).fill(7);
const honest = encodeManifest({
  files: [
    { name: 'ä.pdf', size: 3, dataKey },
    { name: 'b', size: 0, dataKey },
  ],
});

describe('a manifest, whoever made it, is one or is refused', () => {
  const value = fc.oneof(
    fc.constantFrom(
      1,
      2,
      -1,
      0.5,
      2 ** 53,
      'a',
      '',
      null,
      toBase64(dataKey),
      toBase64(dataKey.slice(1)),
      '__proto__',
    ),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const file = fc.dictionary(fc.constantFrom('name', 'size', 'dataKey', '__proto__'), value);
  const shaped = fc
    .record({
      version: fc.constantFrom(1, 1, 1, 2, '1'),
      files: fc.oneof(fc.array(file, { maxLength: 3 }), value),
    })
    .map((manifest) => utf8(JSON.stringify(manifest)));
  const given: fc.Arbitrary<Bytes> = fc.oneof(
    shaped,
    fc.json().map(utf8),
    damage.map((spoil) => spoil(honest)),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Uint8Array.from(bytes)),
  );

  it('of anything', async () => {
    const seen = new Set<Outcome>();
    await fc.assert(
      fc.asyncProperty(given, async (bytes) => {
        const outcome = await outcomeOf(() => {
          for (const { name, size, dataKey: key } of decodeManifest(bytes).files) {
            expect(name.length).toBeLessThanOrEqual(longestName);
            expect(Number.isSafeInteger(size) && size >= 0).toBe(true);
            expect(key).toHaveLength(32);
          }
        });
        expect(['no error', 'manifest-invalid']).toContain(outcome);
        seen.add(outcome);
      }),
      { numRuns: 3000 },
    );
    expect(seen.size).toBe(2);
  });

  it.each([
    ['a name that would keep a page busy for minutes', `a${'.'.repeat(longestName)}b`],
    ['a name of megabytes', 'x'.repeat(3_000_000)],
  ])('without %s', async (_, name) => {
    const bytes = encodeManifest({ files: [{ name, size: 1, dataKey }] });
    expect(await outcomeOf(() => decodeManifest(bytes))).toBe('manifest-invalid');
  });

  it('with a name of the greatest length', async () => {
    const bytes = encodeManifest({ files: [{ name: '.'.repeat(longestName), size: 1, dataKey }] });
    expect(await outcomeOf(() => decodeManifest(bytes))).toBe('no error');
  });

  it('without nesting of any depth', async () => {
    expect(await outcomeOf(() => decodeManifest(utf8('['.repeat(1_000_000))))).toBe('manifest-invalid');
    expect(await outcomeOf(() => decodeManifest(utf8('{"a":'.repeat(200_000))))).toBe('manifest-invalid');
  });
});

describe('an address is a link or says what is wrong with it', () => {
  const codes: readonly Outcome[] = ['no error', 'link-missing-secret', 'link-incomplete', 'link-damaged'];

  it('whatever it is', async () => {
    const url = await formatLink('https://files.example/', await drawSecret());
    const part = fc.oneof(
      fc.constantFrom(
        '#',
        '/open/',
        '%23',
        '%2523',
        '%',
        '%2F',
        'https://a/',
        ' ',
        ').',
        url,
        url.slice(22),
        'A'.repeat(48),
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const characters = damage.map((spoil) => String.fromCharCode(...spoil(utf8(url))));
    // Chance alone cuts three links in a thousand.
    const cut = fc.nat(url.length).map((length) => url.slice(0, length));
    const address = fc.oneof(
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
      characters,
      cut,
    );
    const seen = new Set<Outcome>();
    await fc.assert(
      fc.asyncProperty(address, async (text) => {
        const outcome = await outcomeOf(async () => {
          expect((await parseLink(text)).secret).toHaveLength(32);
        });
        expect(codes).toContain(outcome);
        seen.add(outcome);
      }),
      { numRuns: 2000 },
    );
    expect([...seen].sort()).toEqual([...codes].sort());
  });

  it.each([
    ['ends of sentences', '.'.repeat(1_000_000)],
    ['ends of sentences and a letter', `${'.'.repeat(1_000_000)}x`],
    ['percent signs', '%25'.repeat(500_000)],
    ['hashes', '#/open/'.repeat(200_000)],
    ['letters', 'A'.repeat(2_000_000)],
    ['white space', `${' '.repeat(1_000_000)}x`],
  ])('searched no further than it can go, with %s behind it', async (_, text) => {
    const address = `https://files.example/#/open/${text}`;
    expect(await outcomeWithin(longestToken, () => parseLink(address))).toMatch(/^link-/);
  });
});

describe('what lies behind a link', () => {
  it('opens, or is refused with a code of the list', async () => {
    const secret = await drawSecret();
    const { id, wrappingKey } = await deriveShareKeys(secret);
    const encryptor = await encryptObject({
      keyring: createAesKeyring({ wrappingKey, materialsDescription: {} }),
      plaintextLength: honest.length,
    });
    const body = await encryptor.seal(0, honest.slice());
    const codes: readonly Outcome[] = [
      ...([
        'no error',
        'metadata-invalid',
        'metadata-mixed',
        'metadata-incomplete',
        'not-encrypted',
      ] as const),
      ...(['unwrap-failed', 'commitment-mismatch', 'tag-mismatch', 'truncated', 'too-large'] as const),
      ...(['algorithm-unsupported', 'wrap-unsupported', 'manifest-invalid', 'context-mismatch'] as const),
      ...(['legacy-not-allowed', 'commitment-required'] as const),
    ];
    const entry = fc.constantFrom(...Object.keys(encryptor.metadata), 'x-amz-key', 'x-amz-key-v2', 'none');
    const change = fc.tuple(entry, fc.option(damage));
    const size = fc.option(fc.oneof(fc.nat(2000), fc.maxSafeNat()), { freq: 2 });
    await fc.assert(
      fc.asyncProperty(change, fc.option(damage), size, async ([name, spoilEntry], spoilBody, claimed) => {
        const value = encryptor.metadata[name] ?? '';
        const metadata: Metadata = spoilEntry
          ? { ...encryptor.metadata, [name]: String.fromCharCode(...spoilEntry(utf8(value))) }
          : encryptor.metadata;
        const stored = spoilBody ? spoilBody(body) : body;
        let asked = 0;
        const store: ReadableStore = {
          async head(key) {
            expect(key).toBe(`${id}/manifest`);
            return { key, size: claimed ?? stored.length, etag: '"x"', lastModified: new Date(0), metadata };
          },
          async read(_, { start, end }) {
            asked = end - start;
            const bytes = new Uint8Array(asked);
            bytes.set(stored.slice(start, end));
            return bytes;
          },
        };
        let outcome: Outcome = 'no error';
        const largest = await largestAllocation(async () => {
          outcome = await outcomeOf(() => openShare(store, secret));
        });
        expect(codes).toContain(outcome);
        expect(asked).toBeLessThanOrEqual(longestManifest);
        expect(largest).toBeLessThanOrEqual(longestManifest);
        if (spoilBody === null && spoilEntry === null && claimed === null) expect(outcome).toBe('no error');
      }),
      { numRuns: 400 },
    );
  });
});
