import { onWaking } from './waking.ts';

/**
 * Milliseconds without a byte after which a request has stalled, unless told otherwise. Browsers count a byte as
 * sent once the system has taken it, some megabytes before the network has: on a slow line that comes in bursts.
 */
export const stallsAfter = 30_000;

/** Watches one request. Whatever it is told after `end` changes nothing. */
export interface StallWatch {
  /** A byte has moved, so the next one is due. */
  moved(): void;
  /** All has left, so the answer is due, for which the other side may have to work a while. */
  sent(): void;
  /** As `sent`, where nobody can see whether it has left: it may wait its turn until something of it moves. */
  handedOver(): void;
  end(): void;
}

/** Milliseconds that browsers hold back the timers of a page in the background, at most; beyond, the machine slept. */
const longestThrottle = 70_000;

/** When a byte of any request moved last. */
let lastMovement = 0;

/**
 * Calls `onStall`, once, where a request that begins now moves no byte for `limit` milliseconds, or has no answer in
 * four times that after all of it left. Where it may not have begun, other requests' bytes count as well, up to ten
 * times `limit`: a browser has it wait its turn while six to the same host are under way.
 *
 * Time is the wall clock's, which goes on while a machine sleeps. What a page that did not run could not see, it
 * gets a moment to see, once: a sixth of `limit`. That has to do, too, after a sleep, and once the network is back:
 * what was on its way before seldom arrives.
 */
export function watchForStall(limit: number, onStall: () => void): StallWatch {
  const moment = limit / 6;
  const began = Date.now();
  let waiting = true;
  let patience = limit;
  let excused = false;
  /** When connections were cut last, as far as is known: what moved before says nothing of those there are now. */
  let cut = 0;
  let due = began + limit;
  let nextLook = began;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function look(): void {
    const now = Date.now();
    const late = now - nextLook;
    if (late < -moment) {
      // The clock was set back.
      due = Math.min(due, now + 4 * limit);
      lastMovement = Math.min(lastMovement, now);
      cut = Math.min(cut, now);
    }
    if (waiting && lastMovement > cut)
      due = Math.max(due, Math.min(lastMovement + patience, began + 10 * limit));
    if (late > moment && !excused) {
      excused = true;
      if (late > longestThrottle) cutAt(now);
      else due = Math.max(due, now + moment);
    }
    if (now >= due) {
      end();
      onStall();
      return;
    }
    // Not at once to the end, so that a sleep is noticed soon.
    nextLook = Math.min(due, now + moment);
    clearTimeout(timer);
    timer = setTimeout(look, nextLook - now);
  }

  function cutAt(now: number): void {
    cut = now;
    due = now + moment;
  }

  const stopListening = onWaking((reason) => {
    const now = Date.now();
    if (reason === 'online' && due > now + moment) cutAt(now);
    look();
  });
  function end(): void {
    clearTimeout(timer);
    stopListening();
  }

  look();
  return {
    moved() {
      waiting = excused = false;
      lastMovement = Date.now();
      due = lastMovement + limit;
    },
    sent() {
      waiting = false;
      due = Date.now() + 4 * limit;
    },
    handedOver() {
      patience = 4 * limit;
      due = Date.now() + patience;
    },
    end,
  };
}

export interface WatchedRequest {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; `stallsAfter` unless given. */
  readonly limit?: number | undefined;
}

/**
 * Runs a request under watch: where it stalls, the signal that `run` is given aborts, and this rejects with an
 * Error named `StallError`, never with one that looks as if somebody had cancelled.
 */
export async function underWatch<T>(
  { signal, limit = stallsAfter }: WatchedRequest,
  run: (signal: AbortSignal, watch: StallWatch) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const stalled = Object.assign(new Error(`no byte moved for ${limit} ms`), { name: 'StallError' });
  const watch = watchForStall(limit, () => stop.abort(stalled));
  try {
    return await run(signal ? AbortSignal.any([signal, stop.signal]) : stop.signal, watch);
  } catch (error) {
    throw stop.signal.aborted && !signal?.aborted ? stalled : error;
  } finally {
    watch.end();
  }
}

/** As `underWatch`, for a request that goes out by fetch, which does not tell when its body leaves. */
export function fetchUnderWatch<T>(
  { method, ...request }: WatchedRequest & { readonly method: string },
  run: (signal: AbortSignal, watch: StallWatch) => Promise<T>,
): Promise<T> {
  return underWatch(request, (signal, watch) => {
    // These ask for no work, so they are answered soon.
    if (method !== 'GET' && method !== 'HEAD') watch.handedOver();
    return run(signal, watch);
  });
}
