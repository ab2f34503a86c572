import { expect, it } from 'vitest';
import { equalBytes } from '../core/bytes.ts';
import { pipeSource } from './pipe-source.ts';

const { signal } = new AbortController();
const contentOf = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 0xff);

async function* inChunks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function openPipe(bytes: Uint8Array, size: number) {
  const source = await pipeSource(
    { kind: 'pipe' },
    { kind: 'pipe', chunks: inChunks(bytes, size) },
    undefined,
    signal,
  );
  const range = { start: 0, end: Math.min(bytes.length, 1_100_000) };
  const read = await source.store.read('', range, { etag: '', signal });
  return { size: source.head.size, read };
}

it('takes a pipe of more chunks than a call takes arguments', async () => {
  const content = contentOf(300_000);
  const { size, read } = await openPipe(content, 1);
  expect(size).toBe(content.length);
  expect(equalBytes(read, content)).toBe(true);
});

it('takes the beginning of a pipe that is longer, whose length it does not know', async () => {
  const content = contentOf(1_500_000);
  const { size, read } = await openPipe(content, 70_000);
  expect(size).toBe(Number.POSITIVE_INFINITY);
  expect(equalBytes(read, content.subarray(0, 1_100_000))).toBe(true);
});
