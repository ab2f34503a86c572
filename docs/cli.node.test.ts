/** The page of the command line is true: its examples run as they stand, and what it lists is what there is. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../local/test-cloud.ts';
import { options } from '../src/cli/options.ts';
import { exitCodes } from '../src/cli/outcome.ts';
import { program } from '../src/cli/test-build.ts';
import { awsEnvironment, random } from '../src/cli/test-rig.ts';

const run = promisify(execFile);
const page = await readFile(new URL('cli.md', import.meta.url), 'utf8');
const [, ...examples] = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text);
let cloud: TestCloud;
let folder: string;

beforeAll(async () => {
  cloud = await startTestCloud();
  folder = await mkdtemp(join(tmpdir(), 's3-envelope-page-'));
  await mkdir(join(folder, 'bin'));
  await mkdir(join(folder, 'folder'));
  await writeFile(join(folder, 'folder', 'inside'), random(5000));
  await writeFile(join(folder, 'report.pdf'), random(30_000));
  await writeFile(
    join(folder, 'bin', 's3-envelope'),
    `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`,
  );
  await chmod(join(folder, 'bin', 's3-envelope'), 0o755);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await cloud.close();
});

function shell(script: string) {
  const PATH = `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`;
  const env = { PATH, HOME: folder, ...awsEnvironment(cloud.info) };
  return run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env });
}

it(
  'has examples that run, one after the other',
  async () => {
    expect(examples.length).toBeGreaterThan(4);
    let printed = '';
    for (const example of examples) printed += (await shell(example)).stdout;
    // What the pipes gave back, and what was listed.
    expect(printed.match(/^folder\/inside$/gm)).toHaveLength(2);
    expect(printed).toMatch(/ v3 +docs\/report\.pdf <- the AES key with the fingerprint [0-9a-f]{16}/);
    const whole = await readFile(join(folder, 'report.pdf'));
    expect((await readFile(join(folder, 'first.kb'))).equals(whole.subarray(0, 1024))).toBe(true);
  },
  5 * 60_000,
);

it('shows what inspect prints', async () => {
  const [, expected = ''] =
    /^```console\n\$ s3-envelope inspect report\.pdf\.sealed\n(.*?)^```$/ms.exec(page) ?? [];
  const { stdout } = await shell('s3-envelope inspect report.pdf.sealed');
  expect(stdout.replace(/[0-9a-f]{16}/g, '0123456789abcdef')).toBe(expected);
});

describe('names', () => {
  it('options that there are', () => {
    const own = page.replaceAll(/^(npm|head|aws) .*$/gm, '').replaceAll(/`aws [^`]*`/g, '');
    for (const [, name = ''] of own.matchAll(/--([a-z][a-z-]+)/g)) {
      if (['help', 'version', 'silent'].includes(name)) continue;
      expect(options, name).toHaveProperty([name]);
    }
  });

  it('every exit code', () => {
    const rows = [...page.matchAll(/^\| (\d+) \| /gm)].map(([, code]) => Number(code));
    expect(rows).toEqual(Object.values(exitCodes).sort((a, b) => a - b));
  });
});
