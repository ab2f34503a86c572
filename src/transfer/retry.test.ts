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

  it('gives up after eight tries, with the last error', async () => {
    let calls = 0;
    const result = withRetry(() => Promise.reject(new EnvelopeError('service-failed', `try ${++calls}`)), {
      signal,
    });
    const ended = expect(result).rejects.toThrow('try 8');
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

  it('sends again what S3 found damaged, though not for ever', async () => {
    let calls = 0;
    const damaged = new EnvelopeError('checksum-mismatch', 'BadDigest', { details: { status: 400 } });
    const task = () => {
      calls++;
      return Promise.reject(damaged);
    };
    const result = withRetry(task, { signal });
    const ended = expect(result).rejects.toBe(damaged);
    await vi.runAllTimersAsync();
    await ended;
    expect(calls).toBe(3);
  });

  it('leaves alone what the client has repeated by itself', async () => {
    const repeated = new EnvelopeError('service-failed', 'no', { details: { status: 503, tries: 3 } });
    await expect(withRetry(() => Promise.reject(repeated), { signal })).rejects.toBe(repeated);
  });

  it('waits as long as the service asks for', async () => {
    const slow = new EnvelopeError('service-failed', 'SlowDown', { details: { retryAfter: 30 } });
    let calls = 0;
    const result = withRetry(async () => (++calls === 1 ? Promise.reject(slow) : 'done'), { signal });
    await vi.advanceTimersByTimeAsync(29_000);
    expect(calls).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await result).toBe('done');
  });

  it('waits so long even if the page is seen again meanwhile', async () => {
    const slow = new EnvelopeError('service-failed', 'SlowDown', { details: { retryAfter: 30 } });
    let calls = 0;
    const result = withRetry(async () => (++calls === 1 ? Promise.reject(slow) : 'done'), { signal });
    await vi.advanceTimersByTimeAsync(10);
    events.dispatchEvent(new Event('pageshow'));
    await vi.advanceTimersByTimeAsync(10);
    expect(calls).toBe(1);
    await vi.runAllTimersAsync();
    expect(await result).toBe('done');
  });

  it('goes on at once when the page is seen again, and spends no try on it', async () => {
    let calls = 0;
    const result = withRetry(async () => (++calls <= 20 ? Promise.reject(network()) : 'done'), { signal });
    for (let seen = 0; seen < 20; seen++) {
      await vi.advanceTimersByTimeAsync(10);
      events.dispatchEvent(new Event('pageshow'));
    }
    await vi.advanceTimersByTimeAsync(10);
    expect(await result).toBe('done');
  });

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

  it('tells of each wait for the network that begins and ends, and of no other', async () => {
    const seen: boolean[] = [];
    const failures = [new EnvelopeError('service-failed', 'SlowDown'), network()];
    const task = async () => {
      const failure = failures.shift();
      if (failure) throw failure;
      return 'done';
    };
    const result = withRetry(task, { signal, onOffline: (offline) => seen.push(offline) });
    await vi.runAllTimersAsync();
    expect(await result).toBe('done');
    expect(seen).toEqual([true, false]);
  });

  it('tells that a wait has ended where it is cancelled', async () => {
    const seen: boolean[] = [];
    const controller = new AbortController();
    const result = withRetry(() => Promise.reject(network()), {
      signal: controller.signal,
      onOffline: (offline) => seen.push(offline),
    });
    const ended = expect(result).rejects.toMatchObject({ code: 'cancelled' });
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    await ended;
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
