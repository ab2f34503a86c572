/** `npx tsx local/fill.ts FILE`: prints a document of `deploy/` with its variables taken from the environment. */
import { readFileSync } from 'node:fs';
import { fill, type Variables } from './documents.ts';

const [path] = process.argv.slice(2);
try {
  if (!path) throw new Error('usage: npx tsx local/fill.ts deploy/DOCUMENT.json');
  const filled = fill(readFileSync(path, 'utf8'), process.env as Variables);
  process.stdout.write(`${JSON.stringify(filled, null, 2)}\n`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
