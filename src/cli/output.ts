import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, link, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvelopeError } from '../core/errors.ts';
import type { Sink } from '../transfer/sinks/sink.ts';
import { fileFailure, isAbsent, writeFully } from './file-io.ts';
import type { LocalLocation } from './location.ts';
import { createStaging } from './staging.ts';
import { writeStdout } from './stdio.ts';
import { usageError } from './usage-error.ts';

/** Where a result goes. */
export interface Output {
  readonly kind: LocalLocation['kind'];
  /** Takes bytes in any order, and hands over nothing before `deliver`. */
  anyOrder(): Promise<Sink>;
  /** Takes verified bytes from front to back; a pipe has them at once. */
  inOrder(): Promise<Sink>;
}

export interface OutputOptions {
  readonly force?: boolean | undefined;
}

/** Rejects with `bad-argument` for a file that is there already, before anything is read. */
export async function openOutput(location: LocalLocation, { force }: OutputOptions): Promise<Output> {
  if (location.kind === 'pipe') {
    return { kind: 'pipe', anyOrder: stagedStdout, inOrder: async () => directStdout() };
  }
  const { path } = location;
  const target = await checkTarget(path, force ?? false);
  const sink = () => fileSink(target, force ?? false);
  return { kind: 'file', anyOrder: sink, inOrder: sink };
}

/**
 * What must not be beside a result, since it would be taken for a part of it. Rejects with `bad-argument` for a file
 * that is there, unless it may be removed.
 */
export async function openAbsence(path: string, { force }: OutputOptions): Promise<Sink> {
  const target = await checkTarget(path, force ?? false);
  return {
    async write() {},
    async deliver() {
      await rm(target.path).catch((error: unknown) => {
        if (!isAbsent(error)) throw fileFailure('device-storage-refused', path, error);
      });
    },
    async discard() {},
  };
}

interface Target {
  /** The file to write: where a link leads, if there is one. */
  readonly path: string;
  /** Who may do what with the file that is there. */
  readonly mode?: number;
}

async function checkTarget(path: string, force: boolean): Promise<Target> {
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (isAbsent(error)) return undefined;
    throw fileFailure('device-storage-refused', path, error);
  });
  if (!there) return { path };
  if (there.isDirectory()) throw usageError(`${path} is a folder`);
  if (!there.isFile()) throw usageError(`${path} is no ordinary file; write - and redirect standard output`);
  if (!force) throw alreadyThere(path);
  return { path: await realpath(path), mode: there.mode & 0o777 };
}

/** Whether results go into it under names of their own. */
export async function isFolderAt(target: LocalLocation): Promise<boolean> {
  if (target.kind === 'pipe') return false;
  const there = await stat(target.path).catch(() => undefined);
  return there?.isDirectory() ?? false;
}

export function alreadyThere(name: string): EnvelopeError {
  return usageError(`${name} is there already; --force overwrites it`);
}

/** Files that must not outlive the program, however it ends. */
const unfinished = new Set<string>();
process.on('exit', () => {
  for (const path of unfinished) rmSync(path, { force: true });
});

/** A file of nobody else's beside the target, which takes its name once it is whole and verified. */
async function fileSink({ path: target, mode }: Target, force: boolean): Promise<Sink> {
  // Short, since the target's own name may be as long as a name can be.
  const temporary = join(dirname(target), `.s3-envelope-${randomBytes(6).toString('hex')}.part`);
  let file: FileHandle;
  try {
    file = await open(temporary, 'wx', 0o600);
  } catch (error) {
    throw fileFailure('device-storage-refused', target, error);
  }
  unfinished.add(temporary);

  async function remove(): Promise<void> {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    unfinished.delete(temporary);
  }

  return {
    write: (position, bytes) => writeFully(file, position, bytes),
    async deliver() {
      try {
        await file.sync();
        await file.chmod(mode ?? 0o666 & ~process.umask());
        await file.close();
        if (force) await rename(temporary, target);
        else await giveName(temporary, target);
      } catch (error) {
        await remove();
        throw error instanceof EnvelopeError ? error : fileFailure('device-storage-refused', target, error);
      }
      await remove();
    },
    discard: remove,
  };
}

/** Never over a file that came meanwhile. */
async function giveName(temporary: string, target: string): Promise<void> {
  try {
    await link(temporary, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw alreadyThere(target);
    // A file system without links.
    if (await stat(target).catch(() => undefined)) throw alreadyThere(target);
    await rename(temporary, target);
  }
}

function directStdout(): Sink {
  return {
    write: (_, bytes) => writeStdout(bytes),
    async deliver() {},
    async discard() {},
  };
}

const chunkBytes = 1024 ** 2;

async function stagedStdout(): Promise<Sink> {
  const staging = await createStaging();
  let length = 0;
  return {
    async write(position, bytes) {
      await staging.write(position, bytes);
      length = Math.max(length, position + bytes.length);
    },
    async deliver() {
      for (let start = 0; start < length; start += chunkBytes) {
        await writeStdout(await staging.read({ start, end: Math.min(length, start + chunkBytes) }));
      }
      await staging.close();
    },
    discard: () => staging.close(),
  };
}

/** What a sink is to be filled with. */
export interface Result {
  readonly chunks: AsyncIterable<Uint8Array<ArrayBuffer>>;
  readonly sink: Sink;
}

/** Everything of a stream to a sink, and the hand-over; what was begun is discarded when it fails. */
export function pour(chunks: Result['chunks'], sink: Sink): Promise<void> {
  return pourAll([{ chunks, sink }]);
}

/** The same for results that belong together: none is handed over before all of them are there; the first is last. */
export async function pourAll(results: readonly Result[]): Promise<void> {
  const waiting = new Set(results.map(({ sink }) => sink));
  try {
    for (const { chunks, sink } of results) {
      let position = 0;
      for await (const chunk of chunks) {
        await sink.write(position, chunk);
        position += chunk.length;
      }
    }
    for (const sink of [...waiting].reverse()) {
      waiting.delete(sink);
      await sink.deliver();
    }
  } catch (error) {
    for (const sink of waiting) await sink.discard();
    throw error;
  }
}
