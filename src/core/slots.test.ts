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

  it('lets a task take several, which is not overtaken by those that take one', async () => {
    const slots = createSlots(3);
    const started: string[] = [];
    const begin = (name: string, taken: number) => {
      const { open, opened } = gate();
      const done = slots.run(
        async () => {
          started.push(name);
          await opened;
        },
        undefined,
        taken,
      );
      return { open, done };
    };
    const one = begin('one', 1);
    const many = begin('more than there are', 5);
    const two = begin('two', 2);
    const last = begin('last', 3);
    await Promise.resolve();
    expect(started).toEqual(['one']);
    one.open();
    await one.done;
    expect(started).toEqual(['one', 'more than there are']);
    many.open();
    await many.done;
    expect(started).toEqual(['one', 'more than there are', 'two']);
    two.open();
    await two.done;
    expect(started).toHaveLength(4);
    last.open();
    await last.done;
  });

  it('lets those go who waited behind somebody who left', async () => {
    const slots = createSlots(2);
    const first = gate();
    const running = slots.run(() => first.opened);
    const controller = new AbortController();
    const wide = slots.run(async () => {}, controller.signal, 2);
    const behind = slots.run(async () => 'behind');
    controller.abort();
    await expect(wide).rejects.toMatchObject({ code: 'cancelled' });
    expect(await behind).toBe('behind');
    first.open();
    await running;
  });

  it('refuses somebody who was cancelled before asking', async () => {
    await expect(createSlots(1).run(async () => 'ran', AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});
