/** One of AWS's clients: a child process that is asked by lines of JSON. Its start-up is paid once. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Program {
  readonly command: string;
  readonly parameters: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

export interface Oracle {
  /** Rejects with `OracleError` where the client refuses, with an Error where the process has ended. */
  ask(command: string, request?: object): Promise<unknown>;
  close(): void;
}

/** What a client threw, and what caused it, as `class: message`. */
export class OracleError extends Error {
  override readonly name = 'OracleError';
  readonly chain: readonly string[];

  constructor(chain: readonly string[]) {
    super(chain.join(' < '));
    this.chain = chain;
  }
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: readonly string[];
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Milliseconds; 64 MiB on a busy machine take a few seconds. */
const patience = 90_000;

/** @param cwd where its own temporary files may lie */
export function startOracle({ command, parameters, environment }: Program, cwd: string): Oracle {
  const child = spawn(command, parameters, { cwd, env: { ...process.env, ...environment } });
  const waiting = new Map<number, Waiting>();
  let lastWords = '';
  let ended: Error | undefined;
  let asked = 0;

  child.stderr.on('data', (text: Buffer) => {
    lastWords = (lastWords + text.toString()).slice(-2000);
  });
  const end = (why: string) => {
    ended ??= new Error(`${why}\n${lastWords}`);
    for (const { reject } of [...waiting.values()]) reject(ended);
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    // What a dying runtime says is no answer.
    if (!line.startsWith('{')) return end(line);
    const { id, result, error } = JSON.parse(line) as Answer;
    const request = waiting.get(id);
    if (error) request?.reject(new OracleError(error));
    else request?.resolve(result);
  });
  child.once('error', ({ message }) => end(message));
  child.once('close', (code) => end(`the client's process ended with ${code}`));
  child.stdin.on('error', () => {}); // Told by `close`.

  return {
    ask(name, request = {}) {
      if (ended) return Promise.reject(ended);
      const id = ++asked;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('the client did not answer in time')), patience);
        const settled = () => {
          clearTimeout(timer);
          waiting.delete(id);
        };
        waiting.set(id, {
          resolve: (result) => {
            settled();
            resolve(result);
          },
          reject: (error) => {
            settled();
            reject(error);
          },
        });
        child.stdin.write(`${JSON.stringify({ ...request, id, command: name })}\n`);
      });
    },
    close() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
      child.once('close', () => clearTimeout(timer));
    },
  };
}
