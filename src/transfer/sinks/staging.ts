import { EnvelopeError } from '../../core/errors.ts';
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
import { holdStaged, lockName, openStagedFile, removeEntry, removeStaged } from './staged-file.ts';
import { canStage, folder } from './staging-space.ts';

/*
 * Downloads staged in the origin private file system, where a worker may write at any position: the whole
 * file is verified before one byte of it reaches the person's downloads. A ledger beside it says what has been
 * written, so that a later page can go on.
 *
 * A staged file is held by a Web Lock of the same name for as long as its page needs it. Files without one
 * belong to a page that is gone: with a ledger they can be gone on with. Without any they were handed over, and the
 * browser may still be at its copy. The others are swept.
 */

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
  try {
    return await openStaged('create', { stagedName, name, size }, release);
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
      return openStaged('reopen', { stagedName, name, size }, release, latest);
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

/** Rejects as `openStagedFile` does. */
async function openStaged(
  kind: 'create' | 'reopen',
  { stagedName, name, size }: SinkRequest & { readonly stagedName: string },
  release: () => void,
  found?: FoundLedger,
): Promise<Sink> {
  const staged = await openStagedFile(kind, { stagedName, size }, release);
  let begun = found !== undefined;
  return {
    write: staged.write,
    async deliver() {
      const file = await staged.finish();
      // Whoever finds the file from now on has nothing to go on with.
      await removeEntry(ledgerNameOf(stagedName));
      setTimeout(staged.discard, handOver(file, name));
    },
    discard: staged.discard,
    ledger: {
      found: found?.ranges ?? [],
      async begin(origin) {
        if (begun) return;
        begun = true;
        await staged.note(originLine(origin));
      },
      note: (range) => staged.note(rangeLine(range)),
      read: staged.read,
    },
  };
}
