/**
 * Builds the program once for all tests in Node, as it is published: from source each start of it would take a second
 * of the compiler's.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
// A package of its own, where its imports find the others.
const folder = fileURLToPath(new URL('../../node_modules/.cache/s3-envelope-cli', import.meta.url));

/** The program that tests start. */
export const program = `${folder}/lib/cli.js`;

/** Vitest's global setup. */
export async function setup(): Promise<void> {
  const compiler = [
    'node_modules/typescript/bin/tsc',
    '-p',
    'tsconfig.cli.json',
    '--outDir',
    `${folder}/lib`,
  ];
  await promisify(execFile)(process.execPath, compiler, { cwd: root });
  await mkdir(folder, { recursive: true });
  await copyFile(`${root}/package.json`, `${folder}/package.json`);
}
