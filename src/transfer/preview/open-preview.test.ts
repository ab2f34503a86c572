import { expect, it } from 'vitest';
import { utf8 } from '../../core/bytes.ts';
import type { ReadableStore } from '../../store/store.ts';
import { lockFile } from '../lock-file.ts';
import { personalKeyring } from '../test-objects.ts';
import { openPreview } from './open-preview.ts';

const MiB = 1024 ** 2;
const keyring = await personalKeyring();

it.each(['s3ec', 'esdk'] as const)('text of %s that is cut ends with a whole character', async (format) => {
  // Two bytes each, from an odd place on: the limit falls into the middle of one.
  const content = utf8(`x${'ä'.repeat(MiB)}`);
  const { length } = content;
  const name = 'long.txt';
  const { encryptor, metadata } = await lockFile({ keyring, plaintextLength: length, name, format });
  const body = await encryptor.seal(0, content);
  const store: ReadableStore = {
    head: async (key) => ({ key, size: body.length, etag: '"e"', lastModified: new Date(0), metadata }),
    read: async (_, { start, end }) => body.slice(start, end),
  };
  const preview = await openPreview({
    ...{ store, request: { key: 'k', name, size: length, keyring }, signal: new AbortController().signal },
    ...{ onProgress() {}, onOffline() {} },
  });
  if (preview.kind !== 'text') throw new Error('it is text');
  expect(preview.shown).toBe(MiB);
  expect(preview.text.slice(-3)).toBe('äää');
});
