import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudInfo } from '../local/cloud.ts';
import { startChild } from './child.ts';

export interface BenchCloud {
  readonly info: CloudInfo;
  readonly pid: number;
  close(): Promise<void>;
}

/** The local cloud with empty data, in a process of its own; as fast as it goes, unless a rate is given. */
export async function startCloud(origin: string, bytesPerSecond?: number): Promise<BenchCloud> {
  const data = await mkdtemp(join(tmpdir(), 's3-envelope-bench-cloud-'));
  const child = await startChild<CloudInfo>('local/main.ts', [
    ...['--port', '0', '--app-port', '0', '--data', data, '--origin', origin],
    ...(bytesPerSecond ? ['--bytes-per-second', String(bytesPerSecond)] : []),
  ]);
  return {
    info: child.announced,
    pid: child.pid,
    async close() {
      await child.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}
