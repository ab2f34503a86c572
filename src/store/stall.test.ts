import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type StallWatch, watchForStall } from './stall.ts';

const limit = 30_000;
const events = new EventTarget();
let watch: StallWatch | undefined;
let stalled = 0;
const start = () => {
  watch = watchForStall(limit, () => stalled++);
  return watch;
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('addEventListener', events.addEventListener.bind(events));
  vi.stubGlobal('removeEventListener', events.removeEventListener.bind(events));
  // What other tests moved must be long ago.
  vi.setSystemTime(Date.now() + 3_600_000);
  stalled = 0;
});
afterEach(() => {
  watch?.end();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
/** The machine sleeps: no timer runs, and the wall clock goes on. */
const sleep = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

describe('watchForStall', () => {
  it('finds a request that moves nothing, once', async () => {
    start();
    await pass(29);
    expect(stalled).toBe(0);
    await pass(2);
    expect(stalled).toBe(1);
    await pass(600);
    expect(stalled).toBe(1);
  });

  it('leaves alone what moves now and then', async () => {
    const { moved } = start();
    for (let count = 0; count < 20; count++) {
      moved();
      await pass(28);
    }
    expect(stalled).toBe(0);
    await pass(3);
    expect(stalled).toBe(1);
  });

  it('waits longer for an answer', async () => {
    const { moved, sent } = start();
    moved();
    sent();
    await pass(119);
    expect(stalled).toBe(0);
    await pass(2);
    expect(stalled).toBe(1);
  });

  it('lets a request wait its turn while others move, but not for ever', async () => {
    start();
    const other = watchForStall(limit, () => {});
    for (let count = 0; count < 14; count++) {
      other.moved();
      await pass(20);
    }
    expect(stalled).toBe(0);
    other.moved();
    await pass(25);
    expect(stalled).toBe(1);
    other.end();
  });

  it('counts the wait for an answer from when its turn may have come, but not for ever', async () => {
    start().handedOver();
    const other = watchForStall(limit, () => {});
    for (let count = 0; count < 8; count++) {
      other.moved();
      await pass(20);
    }
    await pass(95);
    expect(stalled).toBe(0);
    await pass(6);
    expect(stalled).toBe(1);

    start().handedOver();
    for (let count = 0; count < 14; count++) {
      other.moved();
      await pass(20);
    }
    expect(stalled).toBe(1);
    other.moved();
    await pass(25);
    expect(stalled).toBe(2);
    other.end();
  });

  it('after a sleep, gives what was on its way a moment and no more', async () => {
    start().moved();
    await pass(7);
    sleep(3600);
    await pass(5);
    expect(stalled).toBe(0);
    await pass(6);
    expect(stalled).toBe(1);
  });

  it('after a sleep, leaves alone what goes on', async () => {
    const { moved } = start();
    moved();
    await pass(7);
    sleep(3600);
    await pass(4);
    moved();
    await pass(20);
    expect(stalled).toBe(0);
  });

  it('after a long sleep, gives answers that are due no more either', async () => {
    const { moved, sent } = start();
    moved();
    sent();
    await pass(7);
    sleep(100);
    await pass(9);
    expect(stalled).toBe(1);
  });

  it('finds it in the background too, where timers run once a minute', async () => {
    start().moved();
    for (let minute = 0; minute < 4 && stalled === 0; minute++) {
      sleep(55);
      await pass(5);
    }
    expect(stalled).toBe(1);
  });

  it.each(['sent', 'handedOver'] as const)(
    'when the network is back, gives what was %s a moment and no more',
    async (how) => {
      const other = watchForStall(limit, () => {});
      start()[how]();
      other.moved();
      other.end();
      await pass(7);
      events.dispatchEvent(new Event('online'));
      await pass(6);
      expect(stalled).toBe(1);
    },
  );

  it('looks at once when the page is seen again', async () => {
    start().moved();
    sleep(36);
    events.dispatchEvent(new Event('pageshow'));
    expect(stalled).toBe(0);
    await pass(5.1);
    expect(stalled).toBe(1);
  });

  it('waits no longer where the clock is set back', async () => {
    start().moved();
    await pass(1);
    sleep(-3600);
    await pass(130);
    expect(stalled).toBe(1);
  });

  it('says nothing of a request that has ended', async () => {
    start().end();
    await pass(600);
    expect(stalled).toBe(0);
  });
});
