import type { Bytes } from '../../core/bytes.ts';
import { EnvelopeError } from '../../core/errors.ts';
import { leaveMemory, takeMemory } from '../../core/memory.ts';
import { handOver } from './hand-over.ts';
import {
  type FoundLedger,
  ledgerNameOf,
  originLine,
  parseLedger,
  rangeLine,
  stagedNameOf,
} from './ledger.ts';
import type { Sink, SinkRequest } from './sink.ts';
import { canStage, folder, freeSpace, roomDetails } from './staging-space.ts';
import type { StagingReply, StagingRequest } from './staging-worker.ts';

/*
 * Downloads staged in the origin private file system, where a worker may write at any position: the whole
 * file is verified before one byte of it reaches the person's downloads. A ledger beside it says what has been
 * written, so that a later page can go on.
 *
 * A staged file is held by a Web Lock of the same name for as long as its page needs it. Files without one
 * belong to a page that is gone: with a ledger they can be gone on with. Without any they were handed over, and the
 * browser may still be at its copy. The others are swept.
 */

/** Milliseconds that a worker gets to finish a write and close its file. */
const closingPatience = 2000;

/** Milliseconds after which nobody is expected to go on with what an earlier page has left. */
const longestRest = 7 * 86_400_000;

/** Milliseconds from a file's last byte until no browser copies it any more, whether it slept in between or not. */
const longestCopy = 12 * 3_600_000;

/**
 * @returns undefined where the browser has the interface but refuses it, as private windows do
 */
export async function stage({ name, size }: SinkRequest): Promise<Sink | undefined> {
  const stagedName = crypto.randomUUID();
  const release = await holdStaged(stagedName);
  if (!release) return undefined;
  const open: OpenRequest = { kind: 'create', folder, name: stagedName, size };
  try {
    return await openStaged(stagedName, name, open, release);
  } catch (error) {
    // What the browser estimates was not true, or not any more.
    if (error instanceof EnvelopeError && error.code === 'device-full') throw error;
    return undefined;
  }
}

/** What an earlier page has left in the middle, and no page holds now. */
export interface Unfinished extends FoundLedger {
  /**
   * Goes on with it, and with what another page has added since. `held`: another page does. `gone`: one has finished or
   * discarded it. Rejects with `device-storage-refused`, also where it is not of the size that is expected now.
   */
  open(request: SinkRequest): Promise<Sink | 'held' | 'gone'>;
  /** False where another page holds it, which is then left alone. */
  discard(): Promise<boolean>;
  /** Resolves once no other page holds it, with what is left; undefined for nothing. */
  later(): Promise<Unfinished | undefined>;
}

/** What can be gone on with. Removes what is of no use any more, and what nobody came back for. */
export async function findUnfinished(): Promise<readonly Unfinished[]> {
  if (!canStage()) return [];
  try {
    const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder);
    const { held = [] } = await navigator.locks.query();
    const inUse = new Set(held.map((lock) => lock.name));
    const names: string[] = [];
    for await (const name of directory.keys()) names.push(name);
    const found: Unfinished[] = [];
    for (const stagedName of new Set(names.map((name) => stagedNameOf(name) ?? name))) {
      if (inUse.has(lockName(stagedName))) continue;
      if (!names.includes(ledgerNameOf(stagedName)) && (await mayBeCopied(directory, stagedName))) continue;
      const ledger = names.includes(stagedName) ? await readLedger(directory, stagedName) : undefined;
      if (ledger) found.push(unfinished(stagedName, ledger));
      else await sweep(stagedName);
    }
    return found;
  } catch {
    // No folder yet, or no such storage here.
    return [];
  }
}

function unfinished(stagedName: string, ledger: FoundLedger): Unfinished {
  return {
    ...ledger,
    async open({ name, size }) {
      const release = await holdStaged(stagedName);
      if (!release) return 'held';
      const latest = await ledgerOf(stagedName);
      if (!latest) {
        release();
        return 'gone';
      }
      const open: OpenRequest = { kind: 'reopen', folder, name: stagedName, size };
      return await openStaged(stagedName, name, open, release, latest);
    },
    discard: () => sweep(stagedName),
    async later() {
      const latest = await navigator.locks.request(lockName(stagedName), () => ledgerOf(stagedName));
      return latest && unfinished(stagedName, latest);
    },
  };
}

async function mayBeCopied(directory: FileSystemDirectoryHandle, stagedName: string): Promise<boolean> {
  const { lastModified } = await (await directory.getFileHandle(stagedName)).getFile();
  return Date.now() - lastModified < longestCopy;
}

/** False where a page holds it: it may have been made a moment ago. */
async function sweep(stagedName: string): Promise<boolean> {
  const release = await holdStaged(stagedName);
  if (!release) return false;
  await removeStaged(stagedName);
  release();
  return true;
}

async function ledgerOf(stagedName: string): Promise<FoundLedger | undefined> {
  const root = await navigator.storage.getDirectory();
  return readLedger(await root.getDirectoryHandle(folder), stagedName);
}

async function readLedger(
  directory: FileSystemDirectoryHandle,
  stagedName: string,
): Promise<FoundLedger | undefined> {
  try {
    const file = await (await directory.getFileHandle(ledgerNameOf(stagedName))).getFile();
    if (Date.now() - file.lastModified > longestRest) return undefined;
    return parseLedger(await file.text());
  } catch {
    return undefined;
  }
}

type OpenRequest = Extract<StagingRequest, { readonly kind: 'create' | 'reopen' }>;

/** Rejects where the worker cannot open it; then nothing is left of a new one, and one that was found is as it was. */
async function openStaged(
  stagedName: string,
  name: string,
  open: OpenRequest,
  release: () => void,
  found?: FoundLedger,
): Promise<Sink> {
  const worker = new Worker(new URL('./staging-worker.ts', import.meta.url), { type: 'module' });
  const call = createCaller(worker);
  let begun = found !== undefined;

  async function close(): Promise<void> {
    // A file is removed only once the worker has let go of it; one that hangs or is gone must not keep the page waiting.
    await Promise.race([call({ kind: 'close' }).catch(() => {}), wait(closingPatience)]);
    worker.terminate();
  }

  async function end(): Promise<void> {
    await close();
    await removeStaged(stagedName);
    release();
  }

  try {
    await put(open);
  } catch (error) {
    await close();
    if (!found) await removeStaged(stagedName);
    release();
    throw error;
  }
  /** With the numbers where the room has run out. What there is of the file is given up then. */
  async function put(request: StagingRequest, transfer?: Transferable[]): Promise<Bytes | undefined> {
    try {
      return await call(request, transfer);
    } catch (error) {
      if (!(error instanceof EnvelopeError && error.code === 'device-full')) throw error;
      const details = roomDetails(open.size, await freeSpace(open.size));
      throw new EnvelopeError('device-full', error.message, { cause: error, details });
    }
  }

  return {
    async write(position, bytes) {
      const back = await put({ kind: 'write', position, bytes }, [bytes.buffer]);
      if (back) leaveMemory(back);
    },
    async deliver() {
      // Without a flush: nothing of it need outlive the machine, and to wait for the disk takes a tenth of the time.
      await call({ kind: 'close' });
      worker.terminate();
      // Whoever finds the file from now on has nothing to go on with.
      await removeEntry(ledgerNameOf(stagedName));
      const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder);
      const file = await (await directory.getFileHandle(stagedName)).getFile();
      const life = handOver(file, name);
      setTimeout(end, life);
    },
    discard: end,
    ledger: {
      found: found?.ranges ?? [],
      async begin(origin) {
        if (begun) return;
        begun = true;
        await put({ kind: 'note', text: originLine(origin) });
      },
      note: async (range) => void (await put({ kind: 'note', text: rangeLine(range) })),
      async read(position, length) {
        const memory = takeMemory(length);
        const bytes = await call({ kind: 'read', position, bytes: memory }, [memory.buffer]);
        if (!bytes) throw new EnvelopeError('device-storage-refused', 'the staging worker read nothing');
        return bytes;
      },
    },
  };
}

export async function stagingFolder(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true });
}

function lockName(stagedName: string): string {
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

async function removeEntry(name: string): Promise<void> {
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
