import { afterEach, expect, it } from 'vitest';
import { freeSpace } from './staging-space.ts';

const GiB = 1024 ** 3;

afterEach(() => {
  Reflect.deleteProperty(navigator, 'storage');
});

/** In place of the browser's own answer; not every build of WebKit has one. */
function says(estimate: StorageEstimate | undefined): void {
  const value = estimate ? { estimate: async () => estimate } : {};
  Object.defineProperty(navigator, 'storage', { value, configurable: true });
}

it('takes what is used off, and adds what is as good as free', async () => {
  says({ quota: 9 * GiB, usage: 2 * GiB });
  expect(await freeSpace()).toBe(7 * GiB);
  expect(await freeSpace(GiB)).toBe(8 * GiB);
});

it('knows nothing of a browser that does not tell', async () => {
  says(undefined);
  expect(await freeSpace()).toBeUndefined();
});

it('takes nothing for granted of a browser that says 10 GiB whatever there is', async () => {
  says({ quota: 12 * GiB, usage: 2 * GiB });
  expect(await freeSpace()).toBe('userAgentData' in navigator ? undefined : 10 * GiB);
});
