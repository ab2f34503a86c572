import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../core/bytes.ts';
import { damage, type Outcome, outcomeOf } from '../core/test-fuzz.ts';
import { longestFile, readKeyFile, writeKeyFile } from './key-file.ts';
import { drawPersonalKey } from './personal-key.ts';

const codes: readonly Outcome[] = ['no error', 'key-file-invalid'];
const identityId = 'us-east-1:01234567-89ab-cdef-0123-456789abcdef';

describe('a key file is one or is refused', () => {
  it('whatever was picked', async () => {
    const { key, raw } = await drawPersonalKey();
    const { blob } = writeKeyFile(raw, key, identityId);
    const text = await blob.text();
    const content = JSON.parse(text) as Record<string, unknown>;
    const field = fc.constantFrom(...Object.keys(content), '__proto__');
    const changed = fc
      .dictionary(field, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
      .map((changes) => utf8(JSON.stringify({ ...content, ...changes })));
    const given = fc.oneof(
      damage.map((spoil) => spoil(utf8(text))),
      changed,
      fc.json().map(utf8),
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Uint8Array.from(bytes)),
    );
    const seen = new Set<Outcome>();
    await fc.assert(
      fc.asyncProperty(given, async (bytes) => {
        const outcome = await outcomeOf(async () => {
          const restored = await readKeyFile(new Blob([bytes]));
          // A key that is restored is the one that was written: its fingerprint vouches for it.
          expect(restored.key.fingerprint).toBe(key.fingerprint);
        });
        expect(codes).toContain(outcome);
        seen.add(outcome);
      }),
      { numRuns: 1500 },
    );
    expect(seen.size).toBe(2);
  });

  it('is not read where it is far too large', async () => {
    let wasRead = false;
    const large = new Blob([new Uint8Array(longestFile + 1)]);
    large.text = async () => {
      wasRead = true;
      return '';
    };
    expect(await outcomeOf(() => readKeyFile(large))).toBe('key-file-invalid');
    expect(wasRead).toBe(false);
  });
});
