import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EnvelopeError } from '../core/errors.ts';
import { withRetry } from './retry.ts';

/** Online and offline are the browser's to say; Node says nothing of either. */
const events = new EventTarget();
function setOnline(online: boolean): void {
  vi.stubGlobal('navigator', { onLine: online });
  if (online) events.dispatchEvent(new Event('online'));
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('addEventListener', events.addEventListener.bind(events));
  vi.stubGlobal('removeEventListener', events.removeEventListener.bind(events));
  setOnline(true);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const { signal } = new AbortController();
const network = () => new EnvelopeError('network-failed', 'no answer');

describe('withRetry', () => {
  it('repeats what failed in passing until it works', async () => {
    let calls = 0;
    const result = withRetry(
      async () => {
        calls++;
        if (calls < 4) throw calls % 2 ? network() : new EnvelopeError('service-failed', 'SlowDown');
        return 'done';
      },
      { signal },
    );
    await vi.runAllTimersAsync();
    expect(await result).toBe('done');
    expect(calls).toBe(4);
  });

  it('gives up after six tries, with the last error', async () => {
    let calls = 0;
    const result = withRetry(() => Promise.reject(new EnvelopeError('service-failed', `try ${++calls}`)), {
      signal,
    });
    const ended = expect(result).rejects.toThrow('try 6');
    await vi.runAllTimersAsync();
    await ended;
  });

  it.each(['access-denied', 'tag-mismatch', 'unwrap-failed', 'file-changed', 'checksum-mismatch'] as const)(
    'does not repeat %s',
    async (code) => {
      let calls = 0;
      const task = async () => {
        calls++;
        throw new EnvelopeError(code, 'no');
      };
      await expect(withRetry(task, { signal })).rejects.toMatchObject({ code });
      expect(calls).toBe(1);
    },
  );

  it('waits while the browser is offline, however long, and goes on at once when it is back', async () => {
    const seen: boolean[] = [];
    let calls = 0;
    setOnline(false);
    const result = withRetry(
      async () => {
        calls++;
        if (calls === 1) throw network();
        return 'done';
      },
      { signal, onOffline: (offline) => seen.push(offline) },
    );
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(calls).toBe(1);
    expect(seen).toEqual([true]);
    setOnline(true);
    expect(await result).toBe('done');
    expect(seen).toEqual([true, false]);
  });

  it('ends a wait when it is cancelled', async () => {
    const controller = new AbortController();
    setOnline(false);
    const result = withRetry(() => Promise.reject(network()), { signal: controller.signal });
    const ended = expect(result).rejects.toMatchObject({ code: 'cancelled' });
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    await ended;
  });
});
