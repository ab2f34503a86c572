import { expect, test } from 'vitest';
import { createQueue } from './queue.ts';

function harness(atOnce: number) {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const queue = createQueue(atOnce, (id) => {
    started.push(id);
    return new Promise((resolve) => ends.set(id, resolve));
  });
  const end = async (id: string) => {
    ends.get(id)?.();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { queue, started, end };
}

test('so many run at once, in the order they came', async () => {
  const { queue, started, end } = harness(2);
  for (const id of ['a', 'b', 'c', 'd']) queue.add(id);
  expect(started).toEqual(['a', 'b']);
  await end('b');
  expect(started).toEqual(['a', 'b', 'c']);
  await end('a');
  expect(started).toEqual(['a', 'b', 'c', 'd']);
});

test('what leaves is not started, and what waits already keeps its place', async () => {
  const { queue, started, end } = harness(1);
  for (const id of ['a', 'b', 'c', 'd', 'c']) queue.add(id);
  queue.remove('b');
  await end('a');
  queue.add('b');
  await end('c');
  await end('d');
  expect(started).toEqual(['a', 'c', 'd', 'b']);
});
