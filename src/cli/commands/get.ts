import { join } from 'node:path';
import { parseRange } from '../../core/s3ec/s3ec.ts';
import { safeFileName } from '../../transfer/safe-name.ts';
import type { Arguments } from '../arguments.ts';
import { deliver } from '../deliver.ts';
import { holdSomeKeys } from '../keys/held-keys.ts';
import { keySpecs } from '../keys/key-spec.ts';
import { parseLocal, parseObject } from '../location.ts';
import { isFolderAt, openOutput } from '../output.ts';
import { createProgress } from '../progress.ts';
import { recognise } from '../recognise.ts';
import { openBucket } from '../s3/bucket.ts';
import { writeLine } from '../stdio.ts';
import { openingOptions, type Unlocked, unlock } from '../unlock.ts';

export async function get(args: Arguments, signal: AbortSignal): Promise<void> {
  const { positionals, given, values } = args;
  const [address = '', targetName = '.'] = positionals;
  const { bucket: bucketName, key } = parseObject(address);
  const range =
    values.range === undefined ? undefined : parseRange(values.range.replace(/^(?!bytes=)/, 'bytes='));
  const target = parseLocal(targetName);
  const isFolder = await isFolderAt(target);
  // Said before anything is fetched, where it can be known already.
  if (!isFolder) await openOutput(target, values);
  const keys = await holdSomeKeys(keySpecs(given));
  const bucket = await openBucket(args, bucketName, signal);
  const source = await bucket.source(key, values['version-id']);
  const recognised = await recognise(source, values['instruction-suffix'], signal);
  const unlocked = await unlock(source, recognised, openingOptions(args, keys, bucket.aws));
  const path = isFolder ? join(targetName, await nameFor(key, unlocked)) : undefined;
  const output = await openOutput(path === undefined ? target : { kind: 'file', path }, values);
  const progress = createProgress(address, values.quiet);
  try {
    const allowUnverifiedRange = values['allow-unverified-range'];
    await deliver({ source, unlocked, output, signal, progress, range, allowUnverifiedRange });
  } finally {
    progress.end();
  }
  if (path !== undefined) await writeLine(path);
}

/** Never a path, whoever chose it. */
async function nameFor(key: string, unlocked: Unlocked): Promise<string> {
  const name = await unlocked.sealedName();
  return safeFileName(name ?? key.slice(key.lastIndexOf('/', key.length - 2) + 1));
}
