/** What the tests of the command line share: the real program as a child process, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { CloudInfo } from '../../local/cloud.ts';
import { program } from './test-build.ts';

// Each step starts a program: seconds, where many others run beside it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  /** Bytes for standard input, which is else empty. */
  readonly input?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Shop {
  readonly folder: string;
  /** Runs `s3-envelope` with these arguments in the folder. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** The same, without waiting for its end. */
  start(
    args: readonly string[],
    options?: RunOptions,
  ): { readonly child: ChildProcess; readonly ended: Promise<Ended> };
  /** Standard output of a run that must end well and without a word on standard error. */
  ok(args: readonly string[], options?: RunOptions): Promise<Buffer>;
  path(name: string): string;
  read(name: string): Promise<Buffer>;
  write(name: string, content: Uint8Array | string): Promise<void>;
  /** What is in the folder, hidden files too. */
  files(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** @param env what the program finds around it, beside a PATH */
export async function openShop(env: Readonly<Record<string, string>> = {}): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 's3-envelope-cli-'));

  function start(args: readonly string[], options: RunOptions = {}) {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
        AWS_EC2_METADATA_DISABLED: 'true',
        ...env,
        ...options.env,
      },
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      child.once('error', reject);
      child.once('close', (code, signal) =>
        resolve({ code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
      );
    });
    // A program that refuses its arguments reads nothing.
    child.stdin.on('error', () => {});
    if (options.input !== undefined) child.stdin.end(options.input);
    return { child, ended };
  }

  const run: Shop['run'] = (args, options = {}) => start(args, { input: '', ...options }).ended;
  return {
    folder,
    run,
    start,
    async ok(args, options) {
      const { code, stdout, stderr } = await run(args, options);
      if (code !== 0 || stderr !== '') throw new Error(`s3-envelope ${args.join(' ')}: ${code}: ${stderr}`);
      return stdout;
    },
    path: (name) => join(folder, name),
    read: (name) => readFile(join(folder, name)),
    write: (name, content) => writeFile(join(folder, name), content),
    files: async () => (await readdir(folder)).sort(),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The surroundings in which every AWS tool finds the local cloud. */
export function awsEnvironment({ endpoint, region, accessKeyId, secretAccessKey }: CloudInfo) {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
export const random = (length: number): Buffer => randomBytes(length);

/** An RSA pair in the forms in which people have them. */
export function rsaPair() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    publicPem: publicKey.export({ format: 'pem', type: 'spki' }),
    privatePem: privateKey.export({ format: 'pem', type: 'pkcs8' }),
    oldPrivatePem: privateKey.export({ format: 'pem', type: 'pkcs1' }),
    lockedPem: privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' }),
  };
}
