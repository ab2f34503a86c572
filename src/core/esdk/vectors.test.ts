import { describe, expect, it } from 'vitest';
import { readers } from './test-messages.ts';
import { isVectorGroup, runVectors, type VectorGroup, type VectorKeys } from './vector-runner.ts';

type Load = () => Promise<unknown>;

const own = import.meta.glob('./vectors/*.json', { import: 'default' });
// What others published lies beside the checkout, where it exists.
const beside = import.meta.glob('../../../../shared/vectors/esdk/*.json', { import: 'default' });
if (Object.keys(beside).length === 0) {
  console.log('ESDK vectors: ../shared/vectors/esdk is not there; only the ones kept here run');
}

const keysOf = async (files: Record<string, Load>) => {
  const [, load] = Object.entries(files).find(([path]) => path.endsWith('/keys.json')) ?? [];
  return (await load?.()) as VectorKeys;
};
const groupsOf = (files: Record<string, Load>) =>
  Object.entries(files).filter(([path]) => !path.endsWith('/keys.json'));
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** What this platform lacks, found out without the code under test. */
async function missingNeeds(): Promise<ReadonlySet<string>> {
  const importing = crypto.subtle.importKey('raw', new Uint8Array(24), 'AES-GCM', false, ['encrypt']);
  const has192 = await importing.then(
    () => true,
    () => false,
  );
  return new Set(has192 ? ['rsa-pkcs1'] : ['rsa-pkcs1', 'aes-192']);
}

async function expectAsStated(group: VectorGroup, keys: VectorKeys, way: keyof typeof readers) {
  const missing = await missingNeeds();
  const failures: unknown[] = [];
  let supported = 0;
  for await (const { vector, outcome, code, reason } of runVectors(group, keys, readers[way])) {
    if (outcome === 'failed') failures.push({ id: vector.id, code, reason });
    const lacks = (vector.needs ?? []).some((need) => missing.has(need));
    // A refusal that comes before what is missing is as good as one for its sake.
    if (lacks && vector.expect.ok && outcome !== 'unsupported') failures.push({ id: vector.id, outcome });
    if (!lacks && outcome === 'unsupported') failures.push({ id: vector.id, outcome, code });
    if (outcome === 'passed') supported++;
  }
  expect(failures).toEqual([]);
  return supported;
}

const ways = Object.keys(readers) as (keyof typeof readers)[];

describe('the vectors kept here', () => {
  it('are complete', async () => {
    const groups = await Promise.all(groupsOf(own).map(([, load]) => load() as Promise<VectorGroup>));
    const counts = groups.map(({ group, vectors }) => {
      const open = vectors.filter(({ expect: expected }) => expected.ok).length;
      return [group, open, vectors.length - open];
    });
    expect(counts).toEqual([
      ['derived', 11, 142],
      ['generated', 41, 0],
    ]);
    expect(groups.every(isVectorGroup)).toBe(true);
  });

  for (const way of ways) {
    it.each(groupsOf(own).map(([path, load]) => [nameOf(path), load] as const))(
      `${way}: %s`,
      async (_, load) => {
        const group = (await load()) as VectorGroup;
        const passed = await expectAsStated(group, await keysOf(own), way);
        expect(passed).toBeGreaterThan(group.vectors.length * 0.8);
      },
    );
  }
});

describe.runIf(Object.keys(beside).length > 0)('the vectors of others', () => {
  for (const way of ways) {
    it.each(groupsOf(beside).map(([path, load]) => [nameOf(path), load] as const))(
      `${way}: %s`,
      async (_, load) => {
        await expectAsStated((await load()) as VectorGroup, await keysOf(beside), way);
      },
      300_000,
    );
  }
});
