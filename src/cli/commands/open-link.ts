import { join } from 'node:path';
import { EnvelopeError } from '../../core/errors.ts';
import { parseLink } from '../../share/link.ts';
import { type OpenedFile, openShare } from '../../share/open-share.ts';
import type { ReadableStore } from '../../store/store.ts';
import { openFile } from '../../transfer/objects.ts';
import { safeFileName } from '../../transfer/safe-name.ts';
import type { Arguments } from '../arguments.ts';
import { deliver } from '../deliver.ts';
import { chunksOf, openInput } from '../input.ts';
import { type LocalLocation, parseLocal } from '../location.ts';
import { isFolderAt, type Output, openOutput } from '../output.ts';
import { createProgress, type Progress } from '../progress.ts';
import { openSite } from '../site.ts';
import { writeLine } from '../stdio.ts';
import { usageError } from '../usage-error.ts';

export async function openLink(args: Arguments, signal: AbortSignal): Promise<void> {
  const { positionals, values } = args;
  const [given = '-', targetName = '.'] = positionals;
  const target = parseLocal(targetName);
  const folder = (await isFolderAt(target)) ? targetName : undefined;
  if (folder === undefined) await openOutput(target, values);
  const link = given === '-' ? await readLink(signal) : given;
  const { secret } = await parseLink(link);
  const store = await openSite(link, signal);
  const files = await openShare(store, secret, signal);
  secret.fill(0);
  if (folder === undefined && files.length > 1) {
    throw usageError(`the link opens ${files.length} files: name a folder for them`);
  }
  // Before the first is fetched: all or none of them are refused for what is there already.
  const places = await Promise.all(
    placesFor(files, folder, target).map(async (place) => ({
      ...place,
      output: await openOutput(place.location, values),
    })),
  );
  for (const { file, location, output } of places) {
    const progress = createProgress(file.name, values.quiet);
    try {
      await fetchFile(store, file, { output, signal, progress });
    } finally {
      progress.end();
    }
    if (folder !== undefined && location.kind === 'file') await writeLine(location.path);
  }
}

const longestLink = 4096;

async function readLink(signal: AbortSignal): Promise<string> {
  const input = await openInput({ kind: 'pipe' });
  let text = '';
  for await (const chunk of chunksOf(input, signal)) {
    text += Buffer.from(chunk).toString('latin1');
    if (text.length > longestLink) throw usageError('this is no link: it is too long');
    // A person at a terminal ends with Enter.
    if (text.trimStart().includes('\n')) break;
  }
  return text.trim();
}

interface Place {
  readonly file: OpenedFile;
  readonly location: LocalLocation;
}

/** Names are made safe, and different from each other. */
function placesFor(
  files: readonly OpenedFile[],
  folder: string | undefined,
  target: LocalLocation,
): readonly Place[] {
  const taken = new Set<string>();
  /** The next number of names that are numbered alike: thousands of them must not each try all before. */
  const counts = new Map<string, number>();
  return files.map((file) => {
    if (folder === undefined) return { file, location: target };
    const safe = safeFileName(file.name);
    const numbered = (count: number) => safeFileName(`${count} ${safe}`);
    let name = safe;
    if (taken.has(folded(safe))) {
      const alike = folded(numbered(2));
      let count = counts.get(alike) ?? 2;
      do name = numbered(count++);
      while (taken.has(folded(name)));
      counts.set(alike, count);
    }
    taken.add(folded(name));
    return { file, location: { kind: 'file', path: join(folder, name) } };
  });
}

/** Some file systems take two cases of a letter for one, and two ways to write it. */
function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

interface Where {
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

async function fetchFile(
  store: ReadableStore,
  { key, name, size, keyring }: OpenedFile,
  where: Where,
): Promise<void> {
  const head = await store.head(key, where.signal);
  const { decryptor } = await openFile(store, head, keyring, where.signal);
  if (decryptor.plaintextLength !== size) {
    throw new EnvelopeError('length-mismatch', 'the object is not as long as the file that was shared', {
      details: { expected: size, got: decryptor.plaintextLength },
    });
  }
  const source = { name, head, store, instructionFile: async () => null, async close() {} };
  await deliver({ source, unlocked: { decryptor, sealedName: async () => name }, ...where });
}
