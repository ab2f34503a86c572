import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CloudInfo } from './cloud.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 's3-envelope-main-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

function run(...args: string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ['--import', 'tsx', 'local/main.ts', '--data', data, ...args], {
    cwd: root,
  });
}

test('prints one line, ends on a signal, and is the same cloud the next time', async () => {
  const infos: CloudInfo[] = [];
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const child = run('--port', '0');
    const [out, err] = [text(child.stdout), text(child.stderr)];
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
    const lines = (await out).split('\n');
    expect(lines).toHaveLength(2);
    infos.push(JSON.parse(lines[0] ?? ''));
    expect(await err).toMatch(/development and tests/);
  }
  const [first, second] = infos;
  expect(first?.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const { endpoint, presignEndpoint, appUrl } = second ?? {};
  expect(presignEndpoint).toBe(`${endpoint}/_presign`);
  expect(second).toEqual({ ...first, endpoint, presignEndpoint, appUrl });
}, 60_000);

test('says in a line what is wrong', async () => {
  const child = run('--port', 'many');
  const [out, err] = [text(child.stdout), text(child.stderr)];
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(await out).toBe('');
  expect(await err).toBe('The local cloud could not start: Not a port: many\n');
}, 60_000);
