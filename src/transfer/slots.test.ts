import { describe, expect, it } from 'vitest';
import { createSlots } from './slots.ts';

function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe('createSlots', () => {
  it('runs no more at once than there are slots, in the order of asking', async () => {
    const slots = createSlots(2);
    const started: number[] = [];
    const gates = [gate(), gate(), gate(), gate()];
    const done = gates.map(({ opened }, index) =>
      slots.run(async () => {
        started.push(index);
        await opened;
      }),
    );
    await Promise.resolve();
    expect(started).toEqual([0, 1]);
    gates[1]?.open();
    await done[1];
    expect(started).toEqual([0, 1, 2]);
    for (const { open } of gates) open();
    await Promise.all(done);
    expect(started).toEqual([0, 1, 2, 3]);
  });

  it('gives the slot back when the task fails', async () => {
    const slots = createSlots(1);
    await expect(slots.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await slots.run(async () => 'next')).toBe('next');
  });

  it('lets somebody who waits go, and the slot passes them by', async () => {
    const slots = createSlots(1);
    const first = gate();
    const running = slots.run(() => first.opened);
    const controller = new AbortController();
    let ran = false;
    const waiting = slots.run(async () => {
      ran = true;
    }, controller.signal);
    const after = slots.run(async () => 'after');
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    first.open();
    await running;
    expect(await after).toBe('after');
    expect(ran).toBe(false);
  });

  it('refuses somebody who was cancelled before asking', async () => {
    await expect(createSlots(1).run(async () => 'ran', AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});
