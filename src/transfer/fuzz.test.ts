import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../core/bytes.ts';
import { damage, type Outcome, outcomeOf } from '../core/test-fuzz.ts';
import { nameField, openName, sealName } from './file-name.ts';
import { safeFileName } from './safe-name.ts';

it('a sealed name opens as it was, or is refused', async () => {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  const name = 'ä report.pdf';
  const field = (await sealName(key, name))[nameField] ?? '';
  const sealed = fromBase64(field) ?? expect.fail('the name is not base64');
  const spoiled = damage.map((spoil) => toBase64(spoil(sealed)));
  const given = fc.oneof(
    spoiled,
    fc.base64String(),
    fc.string(),
    fc.constant(field),
    fc.constant('A'.repeat(100_000)),
  );
  const codes: readonly Outcome[] = ['no error', 'metadata-invalid', 'tag-mismatch'];
  const seen = new Set<Outcome>();
  await fc.assert(
    fc.asyncProperty(given, async (value) => {
      const outcome = await outcomeOf(async () => {
        const opened = await openName(key, { [nameField]: value });
        expect(opened).toBe(value === '' ? undefined : name);
      });
      expect(codes).toContain(outcome);
      seen.add(outcome);
    }),
    { numRuns: 1000 },
  );
  expect(seen.size).toBe(3);
});

it('a name to save under is safe, whatever the name was', () => {
  const unit = fc.oneof(
    fc.constantFrom(
      '.',
      ' ',
      '/',
      '\\',
      '\u202e',
      '\0',
      'con',
      '.exe',
      'a'.repeat(200),
      '\ud800',
      '\u0301',
      '🗝',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 12 }), (parts) => {
      const safe = safeFileName(parts.join(''));
      expect(safe).toMatch(/^[^/\\\0]+$/);
      expect(new TextEncoder().encode(safe).length).toBeLessThanOrEqual(255);
      expect(['.', '..']).not.toContain(safe);
      expect(safe.isWellFormed()).toBe(true);
    }),
    { numRuns: 3000 },
  );
});
