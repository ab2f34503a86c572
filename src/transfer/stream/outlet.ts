import type { Bytes } from '../../core/bytes.ts';
import { EnvelopeError } from '../../core/errors.ts';
import type { RecordReply, RecordRequest } from './protocol.ts';

/** Milliseconds for the worker's last word, which travels another way than the news that it is gone. */
const lastWord = 1000;

/** How a response ended: the browser took all of it, wanted no more, or ended the worker in the middle of it. */
export type OutletEnd = 'taken' | 'cancelled' | 'broken';

/** The page's end of one response. */
export interface Outlet {
  /** Resolves when the browser wants a record, which stays so until one is given. Rejects with `cancelled`. */
  wanted(signal: AbortSignal): Promise<void>;
  /** One record, which is the worker's from then on; what it is a view of must be that alone. */
  give(bytes: Bytes): void;
  /** Breaks the response off: the browser counts nothing of it as complete. */
  fail(): void;
  readonly ended: Promise<OutletEnd>;
}

/** @param workerLock a Web Lock that the worker holds until the response has ended */
export function createOutlet(port: MessagePort, workerLock: string): Outlet {
  let isWanted = false;
  let onWanted = () => {};
  let end: (how: OutletEnd) => void = () => {};
  const over = new AbortController();
  const ended = new Promise<OutletEnd>((resolve) => {
    end = (how) => {
      over.abort();
      resolve(how);
    };
  });

  port.onmessage = ({ data }: MessageEvent<RecordRequest>) => {
    if (data.kind === 'end') end('taken');
    if (data.kind === 'cancel') end('cancelled');
    if (data.kind !== 'pull') return;
    isWanted = true;
    onWanted();
  };
  navigator.locks
    .request(workerLock, { signal: over.signal }, () => void setTimeout(() => end('broken'), lastWord))
    .catch(() => {});

  const say = (reply: RecordReply, transfer: Transferable[] = []) => port.postMessage(reply, transfer);
  return {
    ended,
    wanted(signal) {
      return new Promise((resolve, reject) => {
        const stop = () => reject(new EnvelopeError('cancelled', 'stopped', { cause: signal.reason }));
        if (signal.aborted) return stop();
        signal.addEventListener('abort', stop, { once: true });
        onWanted = () => {
          signal.removeEventListener('abort', stop);
          resolve();
        };
        if (isWanted) onWanted();
      });
    },
    give(bytes) {
      isWanted = false;
      say({ kind: 'record', bytes }, [bytes.buffer]);
    },
    fail: () => say({ kind: 'fail' }),
  };
}
