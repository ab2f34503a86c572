import type { Bytes } from '../core/bytes.ts';
import { memoryMoved } from '../core/memory.ts';
import type { Order, Report } from './send-worker.ts';
import type { SendAnswer, XhrRequest } from './xhr.ts';

/*
 * Large bodies leave from a worker: copying them for their requests, some milliseconds a part, is none of the page's,
 * and the copies are given back there as they should be (`send-worker.ts`).
 */

/** Milliseconds without work after which the worker ends. */
const patience = 5000;

interface Running {
  readonly request: XhrRequest & { readonly body: Bytes };
  readonly resolve: (answer: SendAnswer) => void;
  readonly reject: (error: Error) => void;
}

interface Sender {
  /** False where no such worker can be. */
  readonly ready: Promise<boolean>;
  /** It stays until `leave`. */
  enter(): void;
  leave(): void;
  send(request: Running['request']): Promise<SendAnswer>;
}

/** Where one could not be, the next could not either. */
let impossible = typeof Worker === 'undefined';
let current: Sender | undefined;
let nextId = 0;

/** Starts the worker, so that the first body need not wait for it. */
export function prepareSender(): void {
  if (!impossible) current ??= startSender();
}

/**
 * Sends from the worker. The body's memory goes there and comes back: `whereNow` tells where it is afterwards.
 * Undefined, and nothing sent, where there can be no worker.
 */
export async function sendFromWorker(request: Running['request']): Promise<SendAnswer | undefined> {
  if (impossible) return undefined;
  current ??= startSender();
  const sender = current;
  sender.enter();
  try {
    return (await sender.ready) ? await sender.send(request) : undefined;
  } finally {
    sender.leave();
  }
}

function startSender(): Sender {
  const worker = new Worker(new URL('./send-worker.ts', import.meta.url), { type: 'module' });
  const running = new Map<number, Running>();
  let inside = 0;
  let rest = setTimeout(end, patience);
  let tell: (ready: boolean) => void;
  const ready = new Promise<boolean>((resolve) => {
    tell = resolve;
  });
  void ready.then((can) => {
    impossible ||= !can;
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
    forget();
    worker.terminate();
  };

  function forget(): void {
    if (current === sender) current = undefined;
  }

  function end(): void {
    forget();
    // It has something to tidy up.
    worker.postMessage({ kind: 'end' } satisfies Order);
  }
  const sender: Sender = {
    ready,
    enter() {
      clearTimeout(rest);
      inside++;
    },
    leave() {
      inside--;
      clearTimeout(rest);
      if (inside === 0) rest = setTimeout(end, patience);
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
  return sender;
}
