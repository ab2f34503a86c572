import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../core/bytes.ts';
import { damage, type Outcome, outcomeOf, outcomeWithin } from '../core/test-fuzz.ts';
import { longestName } from '../share/manifest.ts';
import { safeFileName } from '../transfer/safe-name.ts';
import { maxConfigCharacters, parseConfig } from './config.ts';
import { visibleName } from './display-name.ts';
import { isLinkAddress } from './route.ts';
import { splitName } from './split-name.ts';

const good = {
  version: 1,
  region: 'eu-central-1',
  bucket: 'documents-of-acme',
  s3Endpoint: 'https://s3.example',
  credentials: { kind: 'cognito-guest', identityPoolId: 'eu-central-1:01234567-89ab-cdef-0123-456789abcdef' },
  kms: { keyId: 'alias/documents', label: "Acme's key" },
  links: { kind: 'path', path: '/shared/', days: 30 },
};

describe('config.json is one or is refused', () => {
  it('whatever it holds', async () => {
    const field = fc.constantFrom(...Object.keys(good), '__proto__');
    const shaped = fc
      .dictionary(field, fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(...Object.values(good))), {
        maxKeys: 3,
      })
      .map((changes) => JSON.stringify({ ...good, ...changes }));
    const text = fc.oneof(
      shaped,
      damage.map((spoil) => String.fromCharCode(...spoil(utf8(JSON.stringify(good))))),
      fc.json(),
      fc.string(),
    );
    const seen = new Set<Outcome>();
    await fc.assert(
      fc.asyncProperty(text, async (config) => {
        const outcome = await outcomeOf(() => parseConfig(config));
        expect(['no error', 'config-invalid']).toContain(outcome);
        seen.add(outcome);
      }),
      { numRuns: 2000 },
    );
    expect(seen.size).toBe(2);
  });

  it.each([
    ['a region', { region: `aa${'-a'.repeat(30_000)}` }],
    ['a path', { links: { kind: 'path', days: 1, path: `/${'a/'.repeat(30_000)}!` } }],
    ['an endpoint', { s3Endpoint: `https://${'a'.repeat(60_000)}/` }],
    ['an identity pool', { credentials: { kind: 'cognito-guest', identityPoolId: 'a'.repeat(60_000) } }],
  ])('with %s of great length as well', async (_, changes) => {
    const text = JSON.stringify({ ...good, ...changes });
    expect(await outcomeWithin(maxConfigCharacters, () => parseConfig(text))).toBe('config-invalid');
  });

  it('up to the length that is stated', async () => {
    const text = JSON.stringify(good);
    expect(await outcomeOf(() => parseConfig(text.padEnd(maxConfigCharacters)))).toBe('no error');
    expect(await outcomeOf(() => parseConfig(text.padEnd(maxConfigCharacters + 1)))).toBe('config-invalid');
  });
});

describe('the longest name that a link can bring', () => {
  /** Each character spelled out. */
  const longestShown = longestName * '‹U+200B›'.length;

  it.each([
    ['dots', `a${'.'.repeat(longestName - 2)}b`],
    ['spaces', `a${' '.repeat(longestName - 2)}b`],
    ['marks', `a${'\u0301'.repeat(longestName - 1)}`],
    ['flags', '\u{1f3f4}\u{e0061}'.repeat(longestName / 4)],
    ['letters', 'a'.repeat(longestName)],
    ['halves of characters', '\ud800'.repeat(longestName)],
  ])('is shown and saved: %s', async (_, name) => {
    const shown = visibleName(name);
    expect(shown.length).toBeLessThanOrEqual(longestShown);
    expect(await outcomeWithin(longestShown, () => splitName(visibleName(name)))).toBe('no error');
    expect(await outcomeWithin(longestName, () => safeFileName(name))).toBe('no error');
  });
});

it('an address of great length is told from a link', () => {
  for (const text of ['%25'.repeat(500_000), '#'.repeat(1_000_000), '#/open'.repeat(100_000)]) {
    expect(isLinkAddress(`${text}x`)).toBe(false);
  }
});
