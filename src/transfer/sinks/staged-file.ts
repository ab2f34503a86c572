/** One file in the origin private file system, written by a worker of its own. */
import type { Bytes } from '../../core/bytes.ts';
import { EnvelopeError } from '../../core/errors.ts';
import { leaveMemory, takeMemory } from '../../core/memory.ts';
import { ledgerNameOf } from './ledger.ts';
import { folder, freeSpace, roomDetails } from './staging-space.ts';
import type { StagingReply, StagingRequest } from './staging-worker.ts';

/** Milliseconds that a worker gets to finish a write and close its file. */
const closingPatience = 2000;

export interface StagedFile {
  /** Takes the bytes' memory. Rejects with `device-full`, with the numbers, or `device-storage-refused`. */
  write(position: number, bytes: Bytes): Promise<void>;
  /** Exactly so many bytes. */
  read(position: number, length: number): Promise<Bytes>;
  /** Adds to its ledger. */
  note(text: string): Promise<void>;
  /** As it lies there; nothing is written any more. */
  finish(): Promise<File>;
  /** Removes it, and lets go of its name. */
  discard(): Promise<void>;
}

/**
 * Opens a file that `holdStaged` holds for this page. Rejects where the worker cannot; then nothing is left of a new one,
 * and one that was found is as it was.
 */
export async function openStagedFile(
  kind: 'create' | 'reopen',
  { stagedName, size }: { readonly stagedName: string; readonly size: number },
  release: () => void,
): Promise<StagedFile> {
  const worker = new Worker(new URL('./staging-worker.ts', import.meta.url), { type: 'module' });
  const call = createCaller(worker);

  let isClosed = false;

  async function close(): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    // A file is removed only once the worker has let go of it; one that hangs or is gone must not keep the page waiting.
    await Promise.race([call({ kind: 'close' }).catch(() => {}), wait(closingPatience)]);
    worker.terminate();
  }

  /** With the numbers where the room has run out. What there is of the file is given up then. */
  async function put(request: StagingRequest, transfer?: Transferable[]): Promise<Bytes | undefined> {
    if (isClosed) throw new EnvelopeError('device-storage-refused', 'the staged file is closed');
    try {
      return await call(request, transfer);
    } catch (error) {
      if (!(error instanceof EnvelopeError && error.code === 'device-full')) throw error;
      const details = roomDetails(size, await freeSpace(size));
      throw new EnvelopeError('device-full', error.message, { cause: error, details });
    }
  }

  try {
    await put({ kind, folder, name: stagedName, size });
  } catch (error) {
    await close();
    if (kind === 'create') await removeStaged(stagedName);
    release();
    throw error;
  }

  return {
    async write(position, bytes) {
      const back = await put({ kind: 'write', position, bytes }, [bytes.buffer]);
      if (back) leaveMemory(back);
    },
    async read(position, length) {
      const memory = takeMemory(length);
      const bytes = await call({ kind: 'read', position, bytes: memory }, [memory.buffer]);
      if (!bytes) throw new EnvelopeError('device-storage-refused', 'the staging worker read nothing');
      return bytes;
    },
    note: async (text) => void (await put({ kind: 'note', text })),
    async finish() {
      // Without a flush: nothing of it need outlive the machine, and to wait for the disk takes a tenth of the time.
      await call({ kind: 'close' });
      isClosed = true;
      worker.terminate();
      const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder);
      return (await directory.getFileHandle(stagedName)).getFile();
    },
    async discard() {
      await close();
      await removeStaged(stagedName);
      release();
    },
  };
}

export function lockName(stagedName: string): string {
  return `s3-envelope staging ${stagedName}`;
}

/** Keeps a file of that name from being swept until what it resolves with is called; undefined where somebody else does. */
export function holdStaged(stagedName: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(lockName(stagedName), { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(undefined);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
}

export async function removeStaged(stagedName: string): Promise<void> {
  // The ledger last: without its file it is swept, and the other way round as well.
  await removeEntry(stagedName);
  await removeEntry(ledgerNameOf(stagedName));
}

export async function removeEntry(name: string): Promise<void> {
  const root = await navigator.storage.getDirectory().catch(() => undefined);
  // Refused, as private windows do: nothing was made there, and nobody waits.
  if (!root) return;
  for (const pause of [20, 100, 500, 0]) {
    try {
      const directory = await root.getDirectoryHandle(folder);
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

type Caller = (request: StagingRequest, transfer?: Transferable[]) => Promise<Bytes | undefined>;

/** One request, one reply, matched by number. */
function createCaller(worker: Worker): Caller {
  const pending = new Map<
    number,
    { resolve: (bytes: Bytes | undefined) => void; reject: (error: EnvelopeError) => void }
  >();
  let last = 0;
  const refuse = (message: string, full = false) =>
    new EnvelopeError(full ? 'device-full' : 'device-storage-refused', message);

  worker.onmessage = ({ data }: MessageEvent<StagingReply>) => {
    const call = pending.get(data.id);
    pending.delete(data.id);
    if (data.error === undefined) call?.resolve(data.bytes);
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
