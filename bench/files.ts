import { randomFillSync } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface BenchFiles {
  readonly paths: readonly string[];
  remove(): Promise<void>;
}

/** Files of random bytes, or sparse ones of zeros, in a folder of their own; one unless `count` says more. */
export async function makeFiles(bytes: number, content: 'random' | 'sparse', count = 1): Promise<BenchFiles> {
  const folder = await mkdtemp(join(tmpdir(), 's3-envelope-bench-file-'));
  const paths = Array.from({ length: count }, (_, index) => join(folder, `bench-${index}.bin`));
  const piece = Buffer.alloc(Math.min(bytes, 8 * 1024 ** 2));
  for (const path of paths) {
    const handle = await open(path, 'w');
    if (content === 'sparse') {
      await handle.truncate(bytes);
    } else {
      for (let left = bytes; left > 0; left -= piece.length) {
        await handle.write(randomFillSync(piece).subarray(0, left));
      }
    }
    await handle.close();
  }
  return { paths, remove: () => rm(folder, { recursive: true, force: true }) };
}
