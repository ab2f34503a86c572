import type { ByteRange } from '../../core/object.ts';
import { createOutlet, type Outlet } from './outlet.ts';
import type { Hello, Offer, OfferReply, ToWorker } from './protocol.ts';

/** Below it, the worker answers; nothing of the site lies there. */
const scope = '/dl/';
/** Milliseconds. Firefox ends a worker that heard nothing for thirty seconds, and saves what it has as complete. */
const pingEvery = 10_000;
/** Milliseconds that a worker gets to be installed, to start and to answer. */
const patience = 15_000;

export interface Offering extends Pick<Offer, 'use' | 'name' | 'size' | 'type'> {
  /** A response begins: each of a player's, the one of a download. */
  readonly onOpen: (range: ByteRange, outlet: Outlet) => void;
}

export interface Offered {
  /** Where the browser gets it. */
  readonly url: string;
  /** From now on nobody gets it there, and a response that has begun and is not whole breaks off. */
  withdraw(): void;
}

/** The page's line to its service worker. */
export interface WorkerLine {
  /** An empty document to put a player into, whose requests the worker answers. */
  readonly frameUrl: string;
  /** Undefined where the worker does not take it. */
  offer(offering: Offering): Promise<Offered | undefined>;
}

let line: Promise<WorkerLine | undefined> | undefined;

/** Undefined where the browser has no service worker, or refuses it as some private windows do. */
export function connectWorker(): Promise<WorkerLine | undefined> {
  line ??= connect().catch(() => undefined);
  // What failed once may work the next time.
  void line.then((found) => {
    if (!found) line = undefined;
  });
  return line;
}

async function connect(): Promise<WorkerLine | undefined> {
  const container = navigator.serviceWorker;
  if (!container || !navigator.locks) return undefined;
  const registration = await container.register('/sw.js', { scope, updateViaCache: 'none' });
  const offers = new Map<string, () => Promise<boolean>>();
  let pinging: ReturnType<typeof setInterval> | undefined;

  async function say(message: ToWorker, port?: MessagePort): Promise<void> {
    const worker = await activeWorker(registration);
    worker?.postMessage(message, port ? [port] : []);
  }

  // A worker that was ended in between has lost every offer.
  container.addEventListener('message', ({ data }: MessageEvent<Hello>) => {
    if (data.kind === 'hello') void offers.get(data.id)?.();
  });
  container.startMessages();

  return {
    frameUrl: `${scope}frame`,

    async offer({ onOpen, ...what }) {
      const id = crypto.randomUUID();
      const pageLock = `s3-envelope offer ${id}`;
      const release = await holdLock(pageLock);

      /** Resolves whether the worker takes it. */
      async function make(): Promise<boolean> {
        const { port1, port2 } = new MessageChannel();
        const taken = new Promise<boolean>((resolve) => {
          setTimeout(() => resolve(false), patience);
          port1.onmessage = ({ data, ports }: MessageEvent<OfferReply>) => {
            const [port] = ports;
            if (data.kind === 'open' && port) {
              onOpen({ start: data.start, end: data.end }, createOutlet(port, data.workerLock));
            } else {
              resolve(data.kind === 'ready');
            }
          };
        });
        await say({ kind: 'offer', version: 1, id, pageLock, ...what }, port2);
        return taken;
      }

      function withdraw(): void {
        if (!offers.delete(id)) return;
        release();
        if (offers.size === 0) clearInterval(pinging);
        void say({ kind: 'withdraw', id });
      }

      if (offers.size === 0) pinging = setInterval(() => void say({ kind: 'ping' }), pingEvery);
      offers.set(id, make);
      if (await make()) return { url: scope + id, withdraw };
      withdraw();
      return undefined;
    },
  };
}

/**
 * The worker that the browser asks, once it can be spoken to. A newer one waits until this one has nothing under way,
 * which each ping tells that it has.
 */
async function activeWorker(registration: ServiceWorkerRegistration): Promise<ServiceWorker | undefined> {
  if (registration.active) return registration.active;
  const worker = registration.installing ?? registration.waiting;
  if (!worker) return undefined;
  return new Promise((resolve) => {
    const look = () => {
      if (worker.state === 'activated') resolve(worker);
      if (worker.state === 'redundant') resolve(registration.active ?? undefined);
    };
    worker.addEventListener('statechange', look);
    setTimeout(() => resolve(registration.active ?? undefined), patience);
    look();
  });
}

function holdLock(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    navigator.locks.request(name, () => new Promise<void>((release) => resolve(release))).catch(reject);
  });
}
