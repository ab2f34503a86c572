import { afterEach, expect, it, vi } from 'vitest';
import { freeSpace } from './staging-space.ts';

const GiB = 1024 ** 3;

afterEach(() => {
  vi.restoreAllMocks();
});

const says = (quota: number, usage: number) =>
  vi.spyOn(navigator.storage, 'estimate').mockResolvedValue({ quota, usage });

it('takes what is used off, and adds what is as good as free', async () => {
  says(9 * GiB, 2 * GiB);
  expect(await freeSpace()).toBe(7 * GiB);
  expect(await freeSpace(GiB)).toBe(8 * GiB);
});

it('takes nothing for granted of a browser that says 10 GiB whatever there is', async () => {
  says(12 * GiB, 2 * GiB);
  expect(await freeSpace()).toBe('userAgentData' in navigator ? undefined : 10 * GiB);
});
