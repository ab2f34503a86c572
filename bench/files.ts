import { randomFillSync } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface BenchFile {
  readonly path: string;
  remove(): Promise<void>;
}

/** A file of random bytes, or a sparse one of zeros, in a folder of its own. */
export async function makeFile(bytes: number, content: 'random' | 'sparse'): Promise<BenchFile> {
  const folder = await mkdtemp(join(tmpdir(), 's3-envelope-bench-file-'));
  const path = join(folder, 'bench.bin');
  const handle = await open(path, 'w');
  if (content === 'sparse') {
    await handle.truncate(bytes);
  } else {
    const piece = Buffer.alloc(8 * 1024 ** 2);
    for (let left = bytes; left > 0; left -= piece.length) {
      await handle.write(randomFillSync(piece).subarray(0, left));
    }
  }
  await handle.close();
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
