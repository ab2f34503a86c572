import { describe, expect, it } from 'vitest';
import { runVector, runVectorFiles, type VectorFile, type VectorKeys } from './vector-runner.ts';

const files = Object.values(
  import.meta.glob<VectorFile>(['./vectors/*.json', '!./vectors/s3ec-bytes.json'], {
    eager: true,
    import: 'default',
  }),
);
const keys: VectorKeys = Object.assign({}, ...files.map((file) => file.keys));
const vectors = files.flatMap((file) => file.vectors ?? []);

/** Chromium has none. */
const hasAes192 = await crypto.subtle
  .importKey('raw', new Uint8Array(24), 'AES-GCM', false, ['encrypt'])
  .then(
    () => true,
    () => false,
  );

const lacking = ['rsa-pkcs1', 'rsa-oaep-mixed', ...(hasAes192 ? [] : ['aes-192'])];

it('the set is complete', () => {
  const counts = Object.fromEntries(files.map(({ group, vectors }) => [group, vectors?.length]));
  expect(counts).toEqual({
    undefined: undefined,
    large: 1,
    legacy: 12,
    'neg-commitment': 19,
    'neg-content': 14,
    'neg-flips': 13,
    'neg-format': 24,
    'neg-instruction': 18,
    'neg-keys': 25,
    'neg-ranged': 5,
    'neg-swap': 8,
    quirks: 11,
    ranged: 16,
    'v2-aes': 7,
    'v2-kms': 5,
    'v2-rsa': 3,
    'v3-aes': 8,
    'v3-kms': 6,
    'v3-rsa': 4,
  });
  expect(vectors).toHaveLength(199);
  expect(new Set(vectors.map(({ id }) => id))).toHaveProperty('size', 199);
});

describe('each vector meets its expectation, but for what the platform lacks', () => {
  it.each(vectors.map((vector) => [vector.id, vector.note, vector] as const))(
    '%s %s',
    async (_, __, vector) => {
      const isLacking = (vector.needs ?? []).some((need) => lacking.includes(need));
      expect(await runVector(vector, keys)).toMatchObject(
        isLacking && vector.expect.ok ? { outcome: 'unsupported' } : { outcome: 'passed' },
      );
    },
  );
});

describe('the runner', () => {
  const opening = vectors.find(({ id }) => id === 'v3-aes-0009')!;
  const refused = vectors.find(({ expect }) => !expect.ok && expect.kmsMustNotBeCalled)!;

  it('goes through all groups of a folder', async () => {
    const groups = [];
    for await (const { group, results } of runVectorFiles(files)) groups.push(group, ...results);
    expect(groups).toHaveLength(199 + 18);
  });

  it.each([
    ['opens to other bytes', { ...opening, expect: { ...opening.expect, plaintextSha256: '00' } }],
    ['opens and must not', { ...opening, expect: { ok: false, family: 'tampered' } }],
    ['must open and does not', { ...refused, expect: opening.expect }],
    ['is refused as something else', { ...refused, expect: { ok: false, family: 'device' } }],
    ['names a key that is not there', { ...opening, keyring: { type: 'aes', key: 'none' } }],
    ['lacks something else than it says', { ...refused, expect: opening.expect, needs: ['rsa-pkcs1'] }],
  ] as const)('fails what %s', async (_, vector) => {
    expect(await runVector(vector, keys)).toMatchObject({ outcome: 'failed' });
  });

  it('takes either outcome where the vector leaves the choice', async () => {
    const choice = { ...refused, expect: opening.expect, choice: true } as const;
    expect(await runVector(choice, keys)).toMatchObject({ outcome: 'passed' });
    const other = { ...opening, expect: { ok: false, family: 'tampered' }, choice: opening.expect } as const;
    expect(await runVector(other, keys)).toMatchObject({ outcome: 'passed' });
  });
});
