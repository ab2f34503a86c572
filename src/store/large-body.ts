import type { Bytes } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import { leaveMemory } from '../core/memory.ts';
import type { Order, Report } from './large-body-worker.ts';

/**
 * A body too large for memory, which comes together on disk piece by piece: S3 wants its SHA-256 before its first byte,
 * and no browser sends a stream of known length.
 */
export interface LargeBody {
  /** What comes next; its memory is the body's to leave. Rejects with `device-full` or `device-storage-refused`. */
  append(bytes: Bytes): Promise<void>;
  /** The whole, good until `discard`, if it was to be kept; and its SHA-256 (32 bytes). */
  finish(): Promise<{ readonly file: File | undefined; readonly sha256: Bytes }>;
  /** Nothing of it is left afterwards. Never rejects. */
  discard(): Promise<void>;
}

/** Whether there can be such bodies here. */
export function canBuildLargeBodies(): boolean {
  return (
    typeof Worker !== 'undefined' &&
    typeof navigator.storage?.getDirectory === 'function' &&
    typeof navigator.locks?.query === 'function'
  );
}

/**
 * @param length bytes of the whole
 * @param use `digested`: only its SHA-256 is wanted, and nothing is written
 */
export function openLargeBody(length: number, use: 'kept' | 'digested'): LargeBody {
  const worker = new Worker(new URL('./large-body-worker.ts', import.meta.url), { type: 'module' });
  const tell = (what: Order, ...transfer: ArrayBuffer[]) => worker.postMessage(what, transfer);
  if (use === 'kept') tell({ kind: 'keep' });
  let settle: { resolve(report: Report): void; reject(error: EnvelopeError): void } | undefined;

  worker.onmessage = ({ data }: MessageEvent<Report>) => settle?.resolve(data);
  worker.onerror = () => settle?.reject(refused('the worker failed'));

  /** One at a time. */
  function order(what: Order, ...transfer: ArrayBuffer[]): Promise<Report> {
    return new Promise((resolve, reject) => {
      settle = { resolve, reject };
      tell(what, ...transfer);
    });
  }

  function failure(report: Report): EnvelopeError {
    const name = report.kind === 'failed' ? report.name : report.kind;
    if (name !== 'QuotaExceededError') return refused(name);
    return new EnvelopeError('device-full', 'no room for a part', { details: { needed: length } });
  }

  return {
    async append(bytes) {
      const report = await order({ kind: 'append', bytes }, bytes.buffer);
      if (report.kind !== 'appended') throw failure(report);
      leaveMemory(report.bytes);
    },
    async finish() {
      const report = await order({ kind: 'finish' });
      if (report.kind !== 'finished') throw failure(report);
      return report;
    },
    async discard() {
      await order({ kind: 'end' }).catch(() => {});
      worker.terminate();
    },
  };
}

function refused(why: string): EnvelopeError {
  return new EnvelopeError('device-storage-refused', `a large body cannot be kept: ${why}`);
}
