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
