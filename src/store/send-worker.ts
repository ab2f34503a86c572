/** Sends bodies out of the page's sight: see `sender.ts`. */
import type { Bytes } from '../core/bytes.ts';
import { openSpool } from './spool.ts';
import { type SendAnswer, sendByXhr, type XhrRequest } from './xhr.ts';

export type Order =
  | ({ readonly kind: 'send'; readonly id: number; readonly body: Bytes } & Pick<
      XhrRequest,
      'method' | 'url' | 'headers'
    >)
  | { readonly kind: 'abort'; readonly id: number }
  /** Ends the worker. */
  | { readonly kind: 'end' };

export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'sent'; readonly id: number; readonly bytes: number }
  | { readonly kind: 'received'; readonly id: number }
  /** The body comes back, whatever has become of the request. */
  | {
      readonly kind: 'answered';
      readonly id: number;
      readonly answer: SendAnswer;
      readonly body: Bytes;
    }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly name: string;
      readonly message: string;
      readonly body: Bytes;
    };

const running = new Map<number, AbortController>();
const spool = openSpool();
/** A request of a file had no answer: it may be the file. Until one is answered, bytes go themselves. */
let inDoubt = false;

function report(what: Report, ...transfer: ArrayBuffer[]): void {
  // The DOM's types know the page's postMessage alone.
  (postMessage as (message: Report, transfer: ArrayBuffer[]) => void)(what, transfer);
}

async function send({ id, ...request }: Order & { readonly kind: 'send' }): Promise<void> {
  const { body } = request;
  const { length } = body;
  const controller = new AbortController();
  running.set(id, controller);
  const laid = inDoubt ? undefined : await (await spool)?.lay(body);
  try {
    const answer = await sendByXhr({
      ...request,
      ...(laid && { body: laid.file }),
      signal: controller.signal,
      onSent: (bytes) => report({ kind: 'sent', id, bytes }),
      onReceived: () => report({ kind: 'received', id }),
    });
    report({ kind: 'answered', id, answer, body }, body.buffer, answer.body);
    inDoubt = false;
  } catch (error) {
    const { name, message } = error as Error;
    if (laid && name === 'NetworkError') inDoubt = true;
    report({ kind: 'failed', id, name, message, body }, body.buffer);
  } finally {
    running.delete(id);
    if (laid) laid.free();
    else remindCollector(length);
  }
}

async function end(): Promise<void> {
  await (await spool)?.remove().catch(() => {});
  close();
}

/**
 * Chromium (156) keeps its copy of a body that was sent until the garbage collector comes, and does not count that copy
 * as a reason to come: a file's worth of them would pile up. Memory of scripts it does count, touched or not. Here,
 * where there is next to nothing to go through, it comes at once; in a page it takes its time.
 */
function remindCollector(bytes: number): void {
  if (!('userAgentData' in navigator)) return;
  try {
    // Not by `new`, which minifiers leave out where nothing is done with it.
    Reflect.construct(ArrayBuffer, [12 * bytes]);
  } catch {
    // Without that much room, the collector has reasons enough.
  }
}

addEventListener('message', ({ data: order }: MessageEvent<Order>) => {
  if (order.kind === 'send') void send(order);
  else if (order.kind === 'end') void end();
  else running.get(order.id)?.abort();
});
report({ kind: 'ready' });
