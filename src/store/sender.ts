import { memoryMoved } from '../core/memory.ts';
import type { Order, Report } from './send-worker.ts';
import type { SendAnswer, XhrRequest } from './xhr.ts';

/*
 * Large bodies leave from a worker. Chromium (156) copies a body for its request and keeps the copy until the
 * garbage collector comes, for which it is no reason to come: a file's worth of them would pile up. A worker that ends
 * takes them along. And the copying, some milliseconds a part, is none of the page's.
 */

/** Bytes that one worker sends: what may pile up. */
const workload = 64 * 1024 ** 2;

/** Milliseconds without work after which a worker ends. */
const patience = 5000;

interface Running {
  readonly request: XhrRequest;
  readonly resolve: (answer: SendAnswer) => void;
  readonly reject: (error: Error) => void;
}

interface Sender {
  /** False where no such worker can be. */
  readonly ready: Promise<boolean>;
  /** Whether it takes so many bytes more. To be followed by `leave`. */
  take(bytes: number): boolean;
  leave(): void;
  send(request: XhrRequest): Promise<SendAnswer>;
}

/** Where one could not be, the next could not either. */
let impossible = typeof Worker === 'undefined';
let current: Sender | undefined;
let nextId = 0;

/**
 * Sends from a worker. The body's memory goes there and comes back: `whereNow` tells where it is afterwards.
 * Undefined, and nothing sent, where there can be no worker.
 */
export async function sendFromWorker(request: XhrRequest): Promise<SendAnswer | undefined> {
  if (impossible) return undefined;
  if (!current?.take(request.body.length)) {
    current = startSender();
    current.take(request.body.length);
  }
  const sender = current;
  try {
    if (await sender.ready) return await sender.send(request);
    impossible = true;
    return undefined;
  } finally {
    sender.leave();
  }
}

function startSender(): Sender {
  const worker = new Worker(new URL('./send-worker.ts', import.meta.url), { type: 'module' });
  const running = new Map<number, Running>();
  let left = workload;
  let taken = 0;
  let rest: ReturnType<typeof setTimeout> | undefined;
  let tell: (ready: boolean) => void;
  const ready = new Promise<boolean>((resolve) => {
    tell = resolve;
  });

  worker.onmessage = ({ data }: MessageEvent<Report>) => {
    if (data.kind === 'ready') return tell(true);
    const one = running.get(data.id);
    if (!one) return;
    if (data.kind === 'sent') return one.request.onSent(data.bytes);
    if (data.kind === 'received') return one.request.onReceived();
    running.delete(data.id);
    memoryMoved(one.request.body, data.body);
    if (data.kind === 'answered') one.resolve(data.answer);
    else one.reject(Object.assign(new Error(data.message), { name: data.name }));
  };
  worker.onerror = () => {
    tell(false);
    for (const { reject } of running.values()) {
      reject(Object.assign(new Error('the sending worker failed'), { name: 'NetworkError' }));
    }
    running.clear();
    left = 0;
  };

  function end(): void {
    left = 0;
    worker.terminate();
  }
  return {
    ready,
    take(bytes) {
      if (left <= 0) return false;
      clearTimeout(rest);
      left -= bytes;
      taken++;
      return true;
    },
    leave() {
      taken--;
      if (taken > 0) return;
      if (left <= 0) end();
      else rest = setTimeout(end, patience);
    },
    send: (request) =>
      new Promise((resolve, reject) => {
        const { method, url, headers, body, signal } = request;
        const order = (what: Order, ...transfer: ArrayBuffer[]) => worker.postMessage(what, transfer);
        const id = nextId++;
        const abort = () => order({ kind: 'abort', id });
        const settled =
          <T>(settle: (value: T) => void) =>
          (value: T) => {
            signal?.removeEventListener('abort', abort);
            settle(value);
          };
        running.set(id, { request, resolve: settled(resolve), reject: settled(reject) });
        order({ kind: 'send', id, method, url, headers, body }, body.buffer);
        if (signal?.aborted) abort();
        else signal?.addEventListener('abort', abort, { once: true });
      }),
  };
}
