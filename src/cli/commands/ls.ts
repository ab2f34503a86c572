import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { EnvelopeError, throwIfAborted } from '../../core/errors.ts';
import { aborting, createAsk } from '../../store/asking.ts';
import type { ListedObject } from '../../store/store.ts';
import { aheadInOrder } from '../ahead.ts';
import type { Arguments } from '../arguments.ts';
import { inspectSource } from '../inspect/inspect-source.ts';
import type { Report } from '../inspect/report.ts';
import { type HeldKey, holdKeys } from '../keys/held-keys.ts';
import { keySpecs } from '../keys/key-spec.ts';
import { parseLocation } from '../location.ts';
import { printable } from '../printable.ts';
import { recognise } from '../recognise.ts';
import { type Bucket, openBucket } from '../s3/bucket.ts';
import type { SealedSource } from '../sealed-source.ts';
import { writeLine, writeText } from '../stdio.ts';
import { openingOptions, unlock } from '../unlock.ts';
import { usageError } from '../usage-error.ts';

/** One object, as the list has it. */
interface Row {
  readonly key: string;
  readonly lastModified: string;
  readonly storedBytes: number;
  readonly plaintextBytes?: number;
  /** `v3`, `v2`, `v1`, `esdk`, `instruction`, `plain`, or `?` for what is damaged or cannot be looked at. */
  readonly format: string;
  readonly opensWith: readonly string[];
  /** What its owner called it, where a key that opens it was given. */
  readonly name?: string;
  readonly problem?: { readonly code: string; readonly message: string };
}

/** Objects looked at beside each other: S3 lists no metadata. */
const lanes = 8;

export async function ls(args: Arguments, signal: AbortSignal): Promise<void> {
  const { positionals, given, values } = args;
  const location = parseLocation(positionals[0] ?? '');
  if (location.kind !== 's3') throw usageError(`${positionals[0]} is no bucket; write s3://BUCKET[/PREFIX]`);
  const keys = await holdKeys(keySpecs(given));
  const bucket = await openBucket(args, location.bucket, signal);
  const look = createLook(args, bucket, keys, signal);
  let count = 0;
  if (values.json) await writeText('[');
  for await (const row of aheadInOrder(listAll(bucket, location.key, signal), lanes, look)) {
    if (values.json) await writeText(`${count > 0 ? ',' : ''}\n${JSON.stringify(row)}`);
    else await writeLine(rowText(row));
    count++;
  }
  if (values.json) await writeLine(count > 0 ? '\n]' : ']');
}

async function* listAll(
  { client, name }: Bucket,
  Prefix: string,
  signal: AbortSignal,
): AsyncGenerator<ListedObject> {
  const ask = createAsk({ service: 's3', details: { bucket: name } });
  let ContinuationToken: string | undefined;
  do {
    const page = await ask('ListObjectsV2', signal, () =>
      client.send(new ListObjectsV2Command({ Bucket: name, Prefix, ContinuationToken }), aborting(signal)),
    );
    for (const { Key = '', Size = 0, ETag = '', LastModified = new Date(0) } of page.Contents ?? []) {
      yield { key: Key, size: Size, etag: ETag, lastModified: LastModified };
    }
    ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (ContinuationToken !== undefined);
}

function createLook(args: Arguments, bucket: Bucket, keys: readonly HeldKey[], signal: AbortSignal) {
  const suffix = args.values['instruction-suffix'];
  const [first, ...others] = keys;
  const options = first && openingOptions(args, [first, ...others], bucket.aws);

  async function nameOf(source: SealedSource): Promise<string | undefined> {
    if (!options) return undefined;
    const unlocked = await unlock(source, await recognise(source, suffix, signal), options);
    return unlocked.sealedName();
  }

  return async ({ key, size, lastModified }: ListedObject): Promise<Row> => {
    const base = { key, lastModified: lastModified.toISOString(), storedBytes: size };
    try {
      const source = await bucket.source(key);
      const report = await inspectSource(source, suffix, signal);
      const row = { ...base, ...summary(report) };
      if (!report.nameIsSealed || report.problem) return row;
      // A name that this key does not open stays sealed, and that is no fault of the list.
      const name = await nameOf(source).catch((error: unknown) => {
        if (error instanceof EnvelopeError && error.family === 'wrong-key') return undefined;
        throw error;
      });
      return name === undefined ? row : { ...row, name };
    } catch (error) {
      throwIfAborted(signal);
      if (!(error instanceof EnvelopeError)) throw error;
      const { code, message } = error;
      return { ...base, format: '?', opensWith: [], problem: { code, message } };
    }
  };
}

const formats: Readonly<Record<Report['kind'], string>> = {
  s3ec: 'v',
  'share-manifest': 'v',
  esdk: 'esdk',
  's3ec-instruction-file': 'instruction',
  's3ec-metadata': 'plain',
  'key-file': 'plain',
  pem: 'plain',
  plain: 'plain',
  unreadable: '?',
};

function summary({ kind, version, plaintextBytes, opensWith, problem }: Report) {
  const isObject = formats[kind] === 'v';
  return {
    format: isObject ? `v${version ?? '?'}` : formats[kind],
    opensWith,
    ...(plaintextBytes !== undefined && { plaintextBytes }),
    ...(problem && { problem }),
  };
}

function rowText({
  key,
  lastModified,
  storedBytes,
  plaintextBytes,
  format,
  opensWith,
  name,
  problem,
}: Row): string {
  const date = `${lastModified.slice(0, 10)} ${lastModified.slice(11, 19)}Z`;
  const size = String(plaintextBytes ?? storedBytes).padStart(12);
  const shown = name === undefined ? printable(key) : `${printable(name)} (${printable(key)})`;
  const more = problem ? `${problem.message} [${problem.code}]` : opensWith.join('; ');
  return [date, size, format.padEnd(5), shown, ...(more ? [`<- ${printable(more)}`] : [])].join(' ');
}
