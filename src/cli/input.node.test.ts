import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openInput } from './input.ts';

const folder = await mkdtemp(join(tmpdir(), 's3-envelope-input-'));
afterAll(() => rm(folder, { recursive: true }));

it('a file that is written to while it is read is read no further', async () => {
  const path = join(folder, 'report');
  const writer = await open(path, 'w');
  await writer.write(Buffer.alloc(10, 'a'));
  const input = await openInput({ kind: 'file', path });
  if (input.kind !== 'file') throw new Error('it is a file');
  expect(await input.read({ start: 0, end: 5 })).toEqual(new Uint8Array(5).fill(97));
  await writer.write(Buffer.from('b'), 0, 1, 7);
  await writer.close();
  // The clock of a disk may be coarse.
  await utimes(path, new Date(), new Date(Date.now() + 10_000));
  await expect(input.read({ start: 5, end: 10 })).rejects.toMatchObject({ code: 'file-changed' });
  await input.close();
});

it('a named pipe is opened once, so that nothing of what is written to it is lost', async () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const opening = openInput({ kind: 'file', path });
  await writeFile(path, 'all of it');
  const input = await opening;
  if (input.kind !== 'pipe') throw new Error('it is a pipe');
  let read = '';
  for await (const chunk of input.chunks) read += Buffer.from(chunk).toString();
  expect(read).toBe('all of it');
});
