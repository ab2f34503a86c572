import { basename } from 'node:path';
import type { Bytes } from '../../core/bytes.ts';
import { EnvelopeError } from '../../core/errors.ts';
import { encryptMessage } from '../../core/esdk/esdk.ts';
import { createSlots } from '../../core/slots.ts';
import { createS3EncryptionClient } from '../../lib/client.ts';
import { planParts } from '../../transfer/plan.ts';
import { sendObject } from '../../transfer/send.ts';
import type { Arguments } from '../arguments.ts';
import { asRandomAccess, chunksOf, openInput, type RandomAccess } from '../input.ts';
import { type HeldKey, holdSomeKeys } from '../keys/held-keys.ts';
import { keySpecs } from '../keys/key-spec.ts';
import { type LocalLocation, parseLocal, parseLocation } from '../location.ts';
import { alreadyThere } from '../output.ts';
import { createProgress, type Progress } from '../progress.ts';
import { type Bucket, openBucket } from '../s3/bucket.ts';
import { formatOf, messageSealing, objectSealing } from '../sealing.ts';
import { usageError } from '../usage-error.ts';

interface Job {
  readonly args: Arguments;
  readonly bucket: Bucket;
  readonly key: string;
  readonly input: RandomAccess;
  readonly keys: readonly [HeldKey, ...HeldKey[]];
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export async function put(args: Arguments, signal: AbortSignal): Promise<void> {
  const { positionals, given, values } = args;
  const [sourceName = '', address = ''] = positionals;
  const from = parseLocal(sourceName);
  const to = parseLocation(address);
  if (to.kind !== 's3') throw usageError(`${address} is no object; write s3://BUCKET/KEY`);
  const key = keyFor(to.key, from);
  const format = formatOf(args, 'v3');
  const keys = await holdSomeKeys(keySpecs(given));
  const opened = await openInput(from);
  const bucket = await openBucket(args, to.bucket, signal);
  const taken = alreadyThere(`s3://${to.bucket}/${key}`);
  // S3 says so at the end, when all of it has been sent.
  if (!values.force && (await isThere(bucket, key))) {
    if (opened.kind === 'file') await opened.close();
    throw taken;
  }
  // Both formats want to know the length beforehand.
  const input = await asRandomAccess(opened, signal);
  const progress = createProgress(address, values.quiet);
  const job = { args, bucket, key, input, keys, signal, progress };
  try {
    if (format === 'esdk') await putMessage(job);
    else await putObject(job, format);
  } catch (error) {
    const isTaken = error instanceof EnvelopeError && error.code === 'object-changed' && !values.force;
    throw isTaken ? taken : error;
  } finally {
    progress.end();
    await input.close();
  }
}

/** As far as whoever asks may know: to write takes no right to look. */
async function isThere(bucket: Bucket, key: string): Promise<boolean> {
  try {
    await bucket.source(key);
    return true;
  } catch (error) {
    if (
      error instanceof EnvelopeError &&
      (error.code === 'object-not-found' || error.code === 'access-denied')
    ) {
      return false;
    }
    throw error;
  }
}

function keyFor(key: string, from: LocalLocation): string {
  if (key !== '' && !key.endsWith('/')) return key;
  if (from.kind === 'file') return key + basename(from.path);
  throw usageError('standard input has no name: write s3://BUCKET/KEY');
}

/** Never over an object that is there, unless that was asked for. */
const conditionOf = ({ values }: Arguments) => (values.force ? {} : { IfNoneMatch: '*' });

async function putObject(job: Job, format: 'v3' | 'v2'): Promise<void> {
  const { args, bucket, key, input, keys, signal, progress } = job;
  const { values } = args;
  const sealing = await objectSealing(args, format, keys, bucket.aws);
  const { keyring, encryptionContext, commitmentPolicy } = sealing;
  const client = createS3EncryptionClient({ client: bucket.client, keyring, commitmentPolicy });
  await client.uploadMultipart({
    ...conditionOf(args),
    Bucket: bucket.name,
    Key: key,
    Body: chunksOf(input, signal),
    ContentLength: input.length,
    encryptionContext,
    instructionFile: values['instruction-file'] ?? false,
    abortSignal: signal,
    onProgress: ({ loaded, total }) => progress.at(loaded, total),
    ...(values['content-type'] !== undefined && { ContentType: values['content-type'] }),
  });
}

const lanes = 4;

async function putMessage({ args, bucket, key, input, keys, signal, progress }: Job): Promise<void> {
  const { values } = args;
  const sealing = await messageSealing(args, keys, bucket.aws);
  const encryptor = await encryptMessage({ ...sealing, plaintextLength: input.length });
  const type = values['content-type'];
  const store = bucket.connection(key).store({
    condition: conditionOf(args),
    ...(type !== undefined && { create: { ContentType: type } }),
  });
  const stored = await sendObject({
    read: (range): Promise<Bytes> => input.read(range),
    key,
    encryptor,
    metadata: {},
    store,
    parts: planParts(input.length, encryptor.granularity),
    lanes,
    slots: createSlots(lanes),
    signal,
    onSent: (bytes) => progress.at(bytes, encryptor.objectLength),
  });
  // The answer to the last request was lost.
  if (!stored && (await store.head(key)).size !== encryptor.objectLength) {
    throw new EnvelopeError('upload-gone', 'the object is not the one that was sent');
  }
}
