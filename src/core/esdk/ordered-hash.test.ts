import { describe, expect, it } from 'vitest';
import { type Bytes, concatBytes } from '../bytes.ts';
import { createOrderedHash } from './ordered-hash.ts';
import { createRunningHash, digestOf } from './signature.ts';
import { sample } from './test-messages.ts';

const bytes = sample(100);
const part = (start: number, end: number): [number, Bytes] => [start, bytes.slice(start, end)];
const create = async (maxWaiting?: number) => createOrderedHash(await createRunningHash('P-384'), maxWaiting);

describe('a hash of parts in any order', () => {
  it.each(['P-256', 'P-384'] as const)('is what WebCrypto makes of the whole: %s', async (curve) => {
    const hash = createOrderedHash(await createRunningHash(curve));
    for (const [start, end] of [
      [70, 100],
      [10, 40],
      [0, 10],
      [40, 70],
    ] as const)
      hash.add(...part(start, end));
    expect(hash.reached()).toBe(100);
    expect(hash.digest()).toEqual(await digestOf(curve, bytes));
  });

  it('takes no more waiting parts than there is room for, and each when its turn comes', async () => {
    const hash = await create(40);
    expect(hash.add(...part(20, 60))).toBe(true);
    expect(hash.add(...part(60, 61))).toBe(false);
    expect(hash.add(...part(0, 20))).toBe(true);
    expect(hash.reached()).toBe(60);
    expect(hash.add(...part(70, 100))).toBe(true);
    expect(hash.add(...part(60, 70))).toBe(true);
    expect(hash.digest()).toEqual(await digestOf('P-384', bytes));
  });

  it('takes a part once', async () => {
    const hash = await create();
    for (let times = 0; times < 2; times++) {
      hash.add(...part(50, 100));
      hash.add(...part(0, 50));
    }
    expect(hash.digest()).toEqual(await digestOf('P-384', bytes));
  });

  it('keeps a copy of what waits', async () => {
    const hash = await create();
    const [start, later] = part(50, 100);
    hash.add(start, later);
    later.fill(0);
    hash.add(...part(0, 50));
    expect(hash.digest()).toEqual(await digestOf('P-384', concatBytes(bytes)));
  });

  it('says when it has come so far', async () => {
    const hash = await create();
    const seen: number[] = [];
    for (const length of [0, 30, 50]) hash.whenReached(length).then(() => seen.push(length));
    await Promise.resolve();
    expect(seen).toEqual([0]);
    hash.add(...part(0, 40));
    await Promise.resolve();
    expect(seen).toEqual([0, 30]);
    hash.add(...part(40, 80));
    await Promise.resolve();
    expect(seen).toEqual([0, 30, 50]);
  });
});
