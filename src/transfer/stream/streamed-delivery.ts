import { EnvelopeError } from '../../core/errors.ts';
import type { Slots } from '../../core/slots.ts';
import type { ReadableStore } from '../../store/store.ts';
import { type Delivery, type DeliveryHooks, openObject } from '../delivery.ts';
import type { DownloadRequest } from '../download-request.ts';
import { withRetry } from '../retry.ts';
import { fetchInFrame } from './fetch-in-frame.ts';
import type { Outlet } from './outlet.ts';
import { type Pace, readVerified, type VerifiedSource } from './read-verified.ts';
import { connectWorker } from './worker-line.ts';

export interface StreamedRequest {
  readonly store: ReadableStore;
  readonly slots: Slots;
  readonly request: DownloadRequest;
  /** Made safe already. */
  readonly name: string;
  /**
   * The delivery to take where this one cannot be: its object's frames do not verify alone, or no worker answers the
   * browser.
   */
  readonly otherwise: () => Promise<Delivery>;
}

const pace: Pace = { rangeBytes: 8 * 1024 ** 2, ahead: 2 };

/** Milliseconds from the request to the worker's first word. */
const patience = 30_000;

/** A response that has begun. */
interface Session {
  readonly outlet: Outlet;
  readonly source: VerifiedSource;
  /** Bytes of the file that have been handed over. */
  given: number;
  withdraw(): void;
}

/**
 * Delivers through the service worker into the browser's own downloads, each frame as soon as it is verified: only
 * for objects that verify by `range`. A pause, and a network that gave up, leave the response waiting; it goes on
 * from the next frame.
 */
export function createStreamedDelivery(streamed: StreamedRequest): Delivery {
  let session: Session | undefined;
  let instead: Delivery | undefined;

  return {
    async run(signal, hooks) {
      if (!session && !instead) session = await begin(streamed, signal, hooks);
      if (session) return handOver(session, signal, hooks);
      instead ??= await streamed.otherwise();
      return instead.run(signal, hooks);
    },
    get outlivesPage() {
      return !session && (instead?.outlivesPage ?? true);
    },
    culprit: () => instead?.culprit(),
    async discard() {
      session?.outlet.fail();
      session?.withdraw();
      session = undefined;
      await instead?.discard();
    },
  };
}

async function begin(
  { store, slots, request, name }: StreamedRequest,
  signal: AbortSignal,
  hooks: DeliveryHooks,
): Promise<Session | undefined> {
  const onOffline = (offline: boolean) => hooks.onOffline(offline);
  const { head, decryptor } = await withRetry(() => openObject(store, request, signal), {
    signal,
    onOffline,
  });
  if (decryptor.verifies !== 'range' || decryptor.plaintextLength === 0) return undefined;
  const line = await connectWorker();
  if (!line) return undefined;

  let onOpen = (_outlet: Outlet) => {};
  const opened = new Promise<Outlet>((resolve) => {
    onOpen = resolve;
  });
  const offered = await line.offer({
    ...{ use: 'download', name, size: request.size, type: '' },
    onOpen: (_range, outlet) => onOpen(outlet),
  });
  if (!offered) return undefined;
  const frame = fetchInFrame(offered.url);
  let outlet: Outlet | undefined;
  try {
    outlet = await within(Promise.race([opened, frame.refused]), patience, signal);
  } finally {
    if (!outlet) {
      frame.remove();
      offered.withdraw();
    }
  }
  if (!outlet) return undefined;
  const source = { store, head, decryptor, slots, onOffline };
  return { outlet, source, given: 0, withdraw: offered.withdraw };
}

async function handOver(session: Session, signal: AbortSignal, hooks: DeliveryHooks): Promise<void> {
  const { outlet, source } = session;
  const { decryptor } = source;
  const size = decryptor.plaintextLength;
  const stop = new AbortController();
  const ended = outlet.ended.then((how) => {
    stop.abort();
    if (how === 'cancelled') throw new EnvelopeError('cancelled', 'cancelled in the browser’s own downloads');
    if (how === 'broken') throw new EnvelopeError('delivery-broken', 'the service worker was ended');
  });
  const either = AbortSignal.any([signal, stop.signal]);

  async function giveAll(): Promise<void> {
    hooks.onFetching();
    const records = readVerified(source, { start: session.given, end: size }, pace, either);
    try {
      for await (const record of records) {
        // Before the last one leaves, every frame is known to be there.
        if (session.given + record.length === size) await decryptor.verify();
        await outlet.wanted(either);
        session.given += record.length;
        outlet.give(record);
        hooks.onReceived(session.given);
      }
    } finally {
      await records.return();
    }
    hooks.onSaving();
    await untilAborted(either);
  }

  try {
    await Promise.race([ended, giveAll()]);
  } finally {
    stop.abort();
  }
  session.withdraw();
}

/** Rejects with `cancelled`. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new EnvelopeError('cancelled', 'stopped', { cause: signal.reason }));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

async function within<T>(coming: Promise<T>, milliseconds: number, signal: AbortSignal): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const refuse = () => reject(new EnvelopeError('delivery-broken', 'the service worker did not answer'));
    timer = setTimeout(refuse, milliseconds);
  });
  const stop = new AbortController();
  try {
    return await Promise.race([coming, late, untilAborted(AbortSignal.any([signal, stop.signal]))]);
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}
