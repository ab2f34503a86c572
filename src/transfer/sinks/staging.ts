import { EnvelopeError } from '../../core/errors.ts';
import { leaveMemory } from '../../core/memory.ts';
import { handOver } from './hand-over.ts';
import type { Sink, SinkRequest } from './sink.ts';
import type { StagingReply, StagingRequest } from './staging-worker.ts';

/*
 * Downloads staged in the origin private file system, where a worker may write at any position: the whole
 * file is verified before one byte of it reaches the person's downloads.
 *
 * A staged file is held by a Web Lock of the same name for as long as its page needs it. Files without one
 * belong to a page that is gone, and are swept when the next page starts.
 */

const folder = 'staging';

/** Milliseconds that a worker gets to finish a write and close its file. */
const closingPatience = 2000;

export function canStage(): boolean {
  return (
    typeof Worker !== 'undefined' &&
    typeof navigator.storage?.getDirectory === 'function' &&
    typeof navigator.locks?.request === 'function'
  );
}

/** Bytes that may still be written; undefined where the browser doesn't tell. */
export async function freeSpace(): Promise<number | undefined> {
  const { quota, usage } = (await navigator.storage.estimate?.()) ?? {};
  return quota === undefined ? undefined : quota - (usage ?? 0);
}

/**
 * @returns undefined where the browser has the interface but refuses it, as private windows do
 */
export async function stage({ name, size }: SinkRequest): Promise<Sink | undefined> {
  const stagedName = crypto.randomUUID();
  const release = await holdLock(stagedName);
  const worker = new Worker(new URL('./staging-worker.ts', import.meta.url), { type: 'module' });
  const call = createCaller(worker);

  async function end(): Promise<void> {
    // A file is removed only once the worker has let go of it; one that hangs or is gone must not keep the page waiting.
    await Promise.race([call({ kind: 'close' }).catch(() => {}), wait(closingPatience)]);
    worker.terminate();
    await removeStaged(stagedName);
    release();
  }

  try {
    await call({ kind: 'create', folder, name: stagedName, size });
  } catch (error) {
    await end();
    if (error instanceof EnvelopeError && error.code === 'device-full') throw error;
    return undefined;
  }
  return {
    write: (position, bytes) => call({ kind: 'write', position, bytes }, [bytes.buffer]),
    async deliver() {
      await call({ kind: 'flush' });
      await call({ kind: 'close' });
      worker.terminate();
      const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder);
      const file = await (await directory.getFileHandle(stagedName)).getFile();
      const life = handOver(file, name);
      setTimeout(end, life);
    },
    discard: end,
  };
}

/** Removes what pages that are gone have left behind. */
export async function sweepStaging(): Promise<void> {
  if (!canStage()) return;
  try {
    const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder);
    const { held = [] } = await navigator.locks.query();
    const inUse = new Set(held.map((lock) => lock.name));
    for await (const name of directory.keys()) {
      if (!inUse.has(lockName(name))) await directory.removeEntry(name).catch(() => {});
    }
  } catch {
    // No folder yet, or no such storage here: nothing to sweep.
  }
}

function lockName(stagedName: string): string {
  return `s3-envelope staging ${stagedName}`;
}

function holdLock(stagedName: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(lockName(stagedName), () => new Promise<void>((release) => resolve(release)))
      .catch(reject);
  });
}

async function removeStaged(name: string): Promise<void> {
  for (const pause of [20, 100, 500, 0]) {
    try {
      const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder);
      return await directory.removeEntry(name);
    } catch (error) {
      // Never made, which is as good; or a terminated worker's handle is still closing. At worst the next sweep takes it.
      if (error instanceof DOMException && error.name === 'NotFoundError') return;
      await wait(pause);
    }
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** One request, one reply, matched by number. */
function createCaller(worker: Worker): (request: StagingRequest, transfer?: Transferable[]) => Promise<void> {
  const pending = new Map<number, { resolve: () => void; reject: (error: EnvelopeError) => void }>();
  let last = 0;
  const refuse = (message: string, full = false) =>
    new EnvelopeError(full ? 'device-full' : 'device-storage-refused', message);

  worker.onmessage = ({ data }: MessageEvent<StagingReply>) => {
    const call = pending.get(data.id);
    pending.delete(data.id);
    if (data.bytes) leaveMemory(data.bytes);
    if (data.error === undefined) call?.resolve();
    else call?.reject(refuse(data.error, data.full));
  };
  worker.onerror = () => {
    for (const call of pending.values()) call.reject(refuse('the staging worker failed'));
    pending.clear();
  };
  return (request, transfer = []) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      pending.set(id, { resolve, reject });
      worker.postMessage({ id, request }, transfer);
    });
}
