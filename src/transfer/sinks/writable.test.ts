/** What a browser's failures to write become; how they come about, the tests of the app show. */
import { expect, it } from 'vitest';
import type { ErrorCode } from '../../core/errors.ts';
import { closed, written } from './writable.ts';

const failing = (name: string): Promise<void> => Promise.reject(new DOMException('it failed', name));

it.each<[name: string, code: ErrorCode]>([
  ['QuotaExceededError', 'device-full'],
  // Of Chromium, where the page learns first that the browser takes no more.
  ['AbortError', 'device-full'],
  ['NotAllowedError', 'device-storage-refused'],
  ['InvalidStateError', 'device-storage-refused'],
])('a write that fails by %s is %s', async (name, code) => {
  await expect(written(failing(name), 10)).rejects.toMatchObject({
    code,
    details: code === 'device-full' ? { needed: 10 } : {},
  });
});

it.each<[name: string, code: ErrorCode]>([
  ['QuotaExceededError', 'device-full'],
  ['AbortError', 'device-storage-refused'],
])('a file that can not be closed by %s is %s', async (name, code) => {
  await expect(closed(failing(name), 10)).rejects.toMatchObject({ code });
});
