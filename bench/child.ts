import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Child<Announcement> {
  readonly pid: number;
  /** What it said on its first line, as JSON. */
  readonly announced: Announcement;
  stop(): Promise<void>;
}

/** Starts a script of this project in a process of its own, whose time is then its own too. */
export async function startChild<Announcement>(
  script: string,
  parameters: readonly string[],
): Promise<Child<Announcement>> {
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    errors = (errors + text.toString()).slice(-4000);
  });
  const killNow = () => child.kill('SIGKILL');
  process.once('exit', killNow);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await Promise.race([
    new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve)),
    ended.then(() => Promise.reject(new Error(`${script} did not start:\n${errors}`))),
  ]);
  return {
    pid: pidOf(child),
    announced: JSON.parse(line) as Announcement,
    async stop() {
      process.off('exit', killNow);
      child.kill('SIGTERM');
      const late = setTimeout(killNow, 5000);
      await ended;
      clearTimeout(late);
    },
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('a process without an id');
  return child.pid;
}
