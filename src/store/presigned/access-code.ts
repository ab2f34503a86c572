import { EnvelopeError } from '../../core/errors.ts';

/**
 * The bearer token of a presign endpoint, as the person was given it. In memory alone: whoever has it is that
 * person, and what a page stores outlives the visit, on a machine that others may use next.
 */
export interface AccessCode {
  /** The code to send. Where there is none, waits until one is entered; rejects once nobody will. */
  current(signal?: AbortSignal): Promise<string>;
  /** The endpoint does not accept this one, or no longer: the next is asked for. */
  refuse(code: string): void;
  enter(code: string): void;
  /** Nobody is going to enter one now: whoever waits gets `sign-in-refused`. */
  dismiss(): void;
  subscribe(listener: () => void): () => void;
  /** Whether somebody waits for a code. */
  snapshot(): boolean;
}

interface Waiter {
  readonly resolve: (code: string) => void;
  readonly reject: (error: EnvelopeError) => void;
}

export function createAccessCode(): AccessCode {
  let held: string | undefined;
  const waiters = new Set<Waiter>();
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };

  function settle(one: (waiter: Waiter) => void): void {
    const all = [...waiters];
    waiters.clear();
    for (const waiter of all) one(waiter);
    tell();
  }

  return {
    current(signal) {
      if (held !== undefined) return Promise.resolve(held);
      return new Promise((resolve, reject) => {
        const leave = () => {
          waiters.delete(waiter);
          signal?.removeEventListener('abort', abort);
        };
        const abort = () => {
          leave();
          tell();
          reject(new EnvelopeError('cancelled', 'cancelled while an access code was awaited'));
        };
        const waiter: Waiter = {
          resolve: (code) => {
            leave();
            resolve(code);
          },
          reject: (error) => {
            leave();
            reject(error);
          },
        };
        if (signal?.aborted) return abort();
        signal?.addEventListener('abort', abort, { once: true });
        waiters.add(waiter);
        tell();
      });
    },
    refuse(code) {
      if (held === code) held = undefined;
    },
    enter(code) {
      held = code;
      settle((waiter) => waiter.resolve(code));
    },
    dismiss() {
      settle((waiter) => waiter.reject(signInRefused('token')));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => waiters.size > 0,
  };
}

export function signInRefused(signIn: 'token' | 'cookie'): EnvelopeError {
  return new EnvelopeError('sign-in-refused', 'the presign endpoint does not know who asks', {
    details: { signIn },
  });
}
