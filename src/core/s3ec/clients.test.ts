/** Objects that AWS's own clients wrote; `npm run interop -- --keep` makes them anew. */
import { describe, expect, it } from 'vitest';
import { runVector, type VectorFile, type VectorKeys } from './vector-runner.ts';

const files = Object.values(
  import.meta.glob<VectorFile>('./vectors/clients/*.json', { eager: true, import: 'default' }),
);
const keys: VectorKeys = Object.assign({}, ...files.map((file) => file.keys));
const groups = files.flatMap(({ group, vectors }) => (group && vectors ? [{ group, vectors }] : []));

it('the set is complete', () => {
  expect(Object.fromEntries(groups.map(({ group, vectors }) => [group, vectors.length]))).toEqual({
    'Amazon S3 Encryption Client for Go 4.0.0': 6,
    'Amazon S3 Encryption Client for Java 3.5.0': 18,
    'Amazon S3 Encryption Client for Java 4.0.1': 36,
    'Amazon S3 Encryption Client for Python 4.0.0': 6,
  });
});

describe.each(groups.map(({ group, vectors }) => [group, vectors] as const))('%s', (_, vectors) => {
  it.each(vectors.map((vector) => [vector.note, vector] as const))('wrote %s', async (__, vector) => {
    expect(vector.expect.ok).toBe(true);
    expect(await runVector(vector, keys)).toMatchObject({ outcome: 'passed' });
  });

  it('wrote nothing that opens after a change', async () => {
    for (const vector of vectors) {
      const first = vector.object.body.startsWith('A') ? 'B' : 'A';
      const body = first + vector.object.body.slice(1);
      const changed = {
        ...vector,
        object: { ...vector.object, body },
        expect: { ok: false, family: 'tampered' },
      };
      expect(await runVector(changed as typeof vector, keys)).toMatchObject({ outcome: 'passed' });
    }
  });
});
