/** What the clients need of a machine: found, found too old, or missing. */
import { execFile, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { promisify } from 'node:util';

export type Tool = 'java' | 'maven' | 'python' | 'go' | 'npm';

interface Check {
  readonly title: string;
  readonly command: string;
  readonly parameters: readonly string[];
  /** Finds the version in what the command prints. */
  readonly version: RegExp;
  readonly atLeast: readonly [number, number];
}

const checks: Readonly<Record<Tool, Check>> = {
  java: {
    title: 'a Java development kit of version 17',
    ...{ command: 'javac', parameters: ['-version'], version: /(\d+)(?:\.(\d+))?/, atLeast: [17, 0] },
  },
  maven: {
    title: 'Maven 3',
    ...{ command: 'mvn', parameters: ['--version'], version: /Maven (\d+)\.(\d+)/, atLeast: [3, 6] },
  },
  python: {
    title: 'Python 3.10 with venv',
    ...{ command: 'python3', parameters: ['-c', 'import sys, venv, ensurepip; print(sys.version)'] },
    ...{ version: /^(\d+)\.(\d+)/, atLeast: [3, 10] },
  },
  go: {
    title: 'Go 1.24',
    ...{ command: 'go', parameters: ['version'], version: /go(\d+)\.(\d+)/, atLeast: [1, 24] },
  },
  npm: {
    title: 'npm',
    ...{ command: 'npm', parameters: ['--version'], version: /(\d+)\.(\d+)/, atLeast: [9, 0] },
  },
};

const found = new Map<Tool, Promise<string | undefined>>();

/** Why the tools cannot be used; undefined if they can. */
export async function missingTool(tools: readonly Tool[]): Promise<string | undefined> {
  for (const tool of tools) {
    const answer = found.get(tool) ?? complaintOf(checks[tool]);
    found.set(tool, answer);
    const complaint = await answer;
    if (complaint) return complaint;
  }
  return undefined;
}

async function complaintOf({ title, command, parameters, version, atLeast }: Check) {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [...parameters]);
    const [, major = 0, minor = 0] = (version.exec(stdout) ?? version.exec(stderr) ?? []).map(Number);
    const isNewEnough = major > atLeast[0] || (major === atLeast[0] && minor >= atLeast[1]);
    return isNewEnough ? undefined : `needs ${title} or newer; this machine has ${major}.${minor}`;
  } catch {
    return `needs ${title} or newer, which this machine has not`;
  }
}

/** Runs a step of an installation; its output goes to a log. Rejects with the end of it. */
export type Run = (command: string, ...parameters: string[]) => Promise<void>;

const limit = 300_000;

export function createRun(cwd: string, log: string): Run {
  return (command, ...parameters) =>
    new Promise((resolve, reject) => {
      let output = '';
      const child = spawn(command, parameters, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: limit });
      const keep = (text: Buffer) => {
        output = (output + text.toString()).slice(-4000);
        appendFileSync(log, text);
      };
      child.stdout.on('data', keep);
      child.stderr.on('data', keep);
      child.once('error', reject);
      child.once('close', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`${command} ended with ${code}: ${output.trim().slice(-1500)}`));
      });
    });
}
