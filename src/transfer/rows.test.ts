import { expect, test, vi } from 'vitest';
import { createRows } from './rows.ts';

test('what is done to many rows in one turn is told once, and seen at once', async () => {
  const rows = createRows<{ readonly id: string; readonly state: string }>();
  const heard = vi.fn();
  rows.subscribe(heard);
  for (let index = 0; index < 1000; index++) {
    rows.add({ id: `${index}`, state: 'new' });
    rows.update(`${index}`, (row) => ({ ...row, state: 'cancelled' }));
    rows.publish();
  }
  rows.remove('7');
  expect(rows.snapshot()).toHaveLength(999);
  expect(rows.snapshot()[0]).toEqual({ id: '0', state: 'cancelled' });
  expect(rows.snapshot()).toBe(rows.snapshot());
  expect(heard).not.toHaveBeenCalled();
  await Promise.resolve();
  expect(heard).toHaveBeenCalledTimes(1);
});

test('what changes by itself is told after a while, and once for all of it', async () => {
  const rows = createRows<{ readonly id: string; readonly sent: number }>();
  rows.add({ id: 'a', sent: 0 });
  await new Promise<void>((resolve) => rows.subscribe(resolve));
  const seen: number[] = [];
  const last = new Promise<void>((resolve) => {
    rows.subscribe(() => {
      seen.push(rows.snapshot()[0]?.sent ?? -1);
      resolve();
    });
  });
  for (let sent = 1; sent <= 1000; sent++) {
    rows.update('a', (row) => ({ ...row, sent }));
    await Promise.resolve();
  }
  await last;
  expect(seen).toEqual([1000]);
});
