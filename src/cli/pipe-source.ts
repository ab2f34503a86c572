import type { Bytes } from '../core/bytes.ts';
import { chunksOf, type Pipe } from './input.ts';
import { localSource } from './local-source.ts';
import type { LocalLocation } from './location.ts';
import type { SealedSource } from './sealed-source.ts';

/** More than a header is allowed to have. */
const enough = 1024 ** 2 + 64 * 1024;

/** The beginning of a pipe, to be looked at and not opened. Its length is infinite where there is more. */
export async function pipeSource(
  location: LocalLocation,
  pipe: Pipe,
  metadataFile: string | undefined,
  signal: AbortSignal,
): Promise<SealedSource> {
  const beginning = await readBeginning(pipe, signal);
  const isAll = beginning.length <= enough;
  const input = {
    kind: 'file' as const,
    length: isAll ? beginning.length : Number.POSITIVE_INFINITY,
    modified: new Date(),
    read: async ({ start, end }: { start: number; end: number }) => beginning.slice(start, end),
    async close() {},
  };
  return localSource(location, input, metadataFile);
}

async function readBeginning(pipe: Pipe, signal: AbortSignal): Promise<Bytes> {
  const beginning = new Uint8Array(enough + 1);
  let length = 0;
  for await (const chunk of chunksOf(pipe, signal)) {
    const fitting = chunk.subarray(0, beginning.length - length);
    beginning.set(fitting, length);
    length += fitting.length;
    if (length === beginning.length) break;
  }
  return beginning.subarray(0, length);
}
