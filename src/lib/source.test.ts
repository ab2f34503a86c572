import { expect, it } from 'vitest';
import { equalBytes } from '../core/bytes.ts';
import { createSource } from './source.ts';

it('takes a stream of more chunks than a call takes arguments', async () => {
  const length = 300_000;
  const byteAt = (at: number) => (at * 7 + (at >> 8)) & 0xff;
  async function* singly() {
    // One memory for all of them.
    const chunk = new Uint8Array(1);
    for (let at = 0; at < length; at++) {
      chunk[0] = byteAt(at);
      yield chunk;
    }
  }
  const source = createSource(singly(), length);
  const halves = [
    await source.read({ start: 0, end: 200_000 }),
    await source.read({ start: 200_000, end: length }),
  ];
  await source.close();
  const expected = Uint8Array.from({ length }, (_, at) => byteAt(at));
  expect(halves.map((half) => half.length)).toEqual([200_000, 100_000]);
  expect(equalBytes(new Uint8Array(await new Blob(halves).arrayBuffer()), expected)).toBe(true);
});
