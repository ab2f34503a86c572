import { expect, test } from 'vitest';
import { EnvelopeError } from '../../core/errors.ts';
import { memoryCeiling } from '../sinks/memory.ts';
import { openCollection } from './collect.ts';

async function staged(): Promise<readonly string[]> {
  if (!navigator.storage) return [];
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('staging', {
    create: true,
  });
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  return names;
}

test('in memory, whatever the order', async () => {
  const collection = await openCollection(5);
  await collection.write(3, new Uint8Array([4, 5]));
  await collection.write(0, new Uint8Array([1, 2, 3]));
  expect([...new Uint8Array(await (await collection.finish()).arrayBuffer())]).toEqual([1, 2, 3, 4, 5]);
  await collection.discard();
});

test('above the ceiling in the staging folder, and nothing is left; or the size is refused with the numbers', async () => {
  const before = await staged();
  try {
    const collection = await openCollection(memoryCeiling + 1);
    await collection.write(3, new Uint8Array([4, 5]));
    await collection.write(0, new Uint8Array([1, 2, 3]));
    const file = await collection.finish();
    expect(file.size).toBe(memoryCeiling + 1);
    expect([...new Uint8Array(await file.slice(0, 5).arrayBuffer())]).toEqual([1, 2, 3, 4, 5]);
    expect(await staged()).toHaveLength(before.length + 2);
    await collection.discard();
    // What cannot be written is no mistake of ours.
    await expect(collection.write(0, new Uint8Array(1))).rejects.toMatchObject({
      code: 'device-storage-refused',
    });
  } catch (error) {
    // Where there is no such folder, or too little room is granted.
    expect(error).toBeInstanceOf(EnvelopeError);
    expect(['device-full', 'device-storage-refused']).toContain((error as EnvelopeError).code);
  }
  expect(await staged()).toEqual(before);
});
