import { expect, test } from 'vitest';
import { canBuildLargeBodies, openLargeBody } from './large-body.ts';

const uses = canBuildLargeBodies() ? (['kept', 'digested'] as const) : [];

test.each(uses)('a body that is %s has the digest of its pieces', async (use) => {
  const pieces = [new Uint8Array(3).fill(1), new Uint8Array(0), new Uint8Array(70_000).fill(2)];
  const whole = await new Blob(pieces).arrayBuffer();
  const body = openLargeBody(whole.byteLength, use);
  for (const piece of pieces) await body.append(piece);
  const { file, sha256 } = await body.finish();
  expect(sha256).toEqual(new Uint8Array(await crypto.subtle.digest('SHA-256', whole)));
  expect(file && new Uint8Array(await file.arrayBuffer())).toEqual(
    use === 'kept' ? new Uint8Array(whole) : undefined,
  );
  await body.discard();
});

test('there can be one wherever the browser has a storage of files', () => {
  expect(canBuildLargeBodies()).toBe(typeof navigator.storage?.getDirectory === 'function');
});
