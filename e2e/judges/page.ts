/** The page that a browser runs the vectors on: fetches them, and posts what became of each group. */
import { judge } from './judge.ts';

async function main(): Promise<void> {
  const files = (await (await fetch('/files.json')).json()) as unknown[];
  for await (const group of judge(files)) await post('/group', group);
  await post('/end', { error: undefined });
}

async function post(path: string, value: unknown): Promise<void> {
  await fetch(path, { method: 'POST', body: JSON.stringify(value) });
}

main().catch((error: unknown) => post('/end', { error: String(error) }));
