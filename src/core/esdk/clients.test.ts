/** Messages that AWS's own clients wrote; `npm run interop -- --keep` makes them anew. */
import { describe, expect, it } from 'vitest';
import { readers } from './test-messages.ts';
import { runVector, type VectorGroup, type VectorKeys } from './vector-runner.ts';

const files = Object.values(
  import.meta.glob<VectorGroup | VectorKeys>('./vectors/clients/*.json', { eager: true, import: 'default' }),
);
const groups = files.flatMap((file) => ('vectors' in file ? [file] : []));
const { keys } = files.find((file): file is VectorKeys => 'keys' in file) ?? { keys: {} };

/** Chromium has none. */
const hasAes192 = await crypto.subtle
  .importKey('raw', new Uint8Array(24), 'AES-GCM', false, ['encrypt'])
  .then(
    () => true,
    () => false,
  );

it('the set is complete', () => {
  expect(Object.fromEntries(groups.map(({ group, vectors }) => [group, vectors.length]))).toEqual({
    'AWS Encryption SDK for Java 3.0.2': 24,
    'AWS Encryption SDK for JavaScript in Node 5.0.2': 22,
    'AWS Encryption SDK for Python 4.0.7': 24,
  });
});

describe.each(groups.map(({ group, vectors }) => [group, vectors] as const))('%s', (_, vectors) => {
  describe.each(Object.entries(readers))('%s', (__, read) => {
    it.each(vectors.map((vector) => [vector.source, vector] as const))('%s', async (___, vector) => {
      expect(vector.expect.ok).toBe(true);
      const outcome = vector.needs && !hasAes192 ? 'unsupported' : 'passed';
      expect(await runVector(vector, keys, read)).toMatchObject({ outcome });
    });
  });
});
