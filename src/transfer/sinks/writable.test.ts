/** What a browser's failures to write become; how they come about, the tests of the app show. */
import { expect, it } from 'vitest';
import type { ErrorCode } from '../../core/errors.ts';
import { closeFile, writeTo } from './writable.ts';

/** Every step fails by an error of this name. */
function failing(name: string): FileSystemWritableFileStream {
  const fail = async () => {
    throw new DOMException('it failed', name);
  };
  return Object.assign(new WritableStream(), { write: fail, close: fail, seek: fail, truncate: fail });
}

it.each<[name: string, code: ErrorCode]>([
  ['QuotaExceededError', 'device-full'],
  // Of Chromium, where the page learns first that the browser takes no more.
  ['AbortError', 'device-full'],
  ['NotAllowedError', 'device-storage-refused'],
  ['InvalidStateError', 'device-storage-refused'],
])('a write that fails by %s is %s', async (name, code) => {
  await expect(writeTo(failing(name), 0, new Uint8Array(1), 10)).rejects.toMatchObject({
    code,
    details: code === 'device-full' ? { needed: 10 } : {},
  });
});

it.each<[name: string, code: ErrorCode]>([
  ['QuotaExceededError', 'device-full'],
  ['AbortError', 'device-storage-refused'],
])('a file that can not be closed by %s is %s', async (name, code) => {
  await expect(closeFile(failing(name), 10)).rejects.toMatchObject({ code });
});
