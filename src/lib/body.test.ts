import { expect, it } from 'vitest';
import { EnvelopeError } from '../core/errors.ts';
import type { ByteRange } from '../core/object.ts';
import { createCbcBlocks, importCbcKey } from '../core/s3ec/cbc.ts';
import { createUnauthenticatedDecryptor } from '../core/s3ec/unauthenticated.ts';
import { createUnverifiedBody } from './body.ts';

it('reads the largest object that S3 holds in ranges that stay small', async () => {
  const size = 48 * 2 ** 40;
  const cbc = createCbcBlocks(size, await importCbcKey(new Uint8Array(32)), new Uint8Array(16));
  const asked: ByteRange[] = [];
  const body = createUnverifiedBody(
    {
      store: {
        async read(_, range) {
          asked.push(range);
          throw new EnvelopeError('object-not-found', 'it was looked for');
        },
      },
      head: { key: 'k', size, etag: '', lastModified: new Date(0), metadata: {} },
      signal: new AbortController().signal,
      concurrency: 1,
      bufferSize: 0,
      onReceived: () => {},
    },
    createUnauthenticatedDecryptor(size, cbc),
    { start: 0, end: size },
  );
  const reader = body.transformToWebStream().getReader();
  await expect(reader.read()).rejects.toMatchObject({ code: 'object-not-found' });
  expect(asked).toHaveLength(1);
  expect(asked[0]?.end).toBeLessThan(2 ** 30);
});
