import { utf8 } from '../../core/bytes.ts';
import { throwIfAborted } from '../../core/errors.ts';
import { createEncryptStream } from '../../core/esdk/esdk.ts';
import { defaultInstructionSuffix, encryptObject } from '../../core/s3ec/s3ec.ts';
import { inOrder } from '../../lib/body.ts';
import { planParts } from '../../transfer/plan.ts';
import type { Arguments } from '../arguments.ts';
import { awsSettings } from '../aws-settings.ts';
import { besideResults, besidesOf, checkBesides } from '../besides.ts';
import { asRandomAccess, chunksOf, openInput, type Pipe, type RandomAccess } from '../input.ts';
import { type HeldKey, holdSomeKeys } from '../keys/held-keys.ts';
import { keySpecs } from '../keys/key-spec.ts';
import { type LocalLocation, parseLocal } from '../location.ts';
import { openOutput, pourAll } from '../output.ts';
import { createProgress, type Progress } from '../progress.ts';
import { formatOf, messageSealing, objectSealing } from '../sealing.ts';
import { chunksOfStream, counted, toWebStream } from '../streams.ts';
import { usageError } from '../usage-error.ts';

interface Job {
  readonly args: Arguments;
  readonly input: RandomAccess | Pipe;
  readonly target: LocalLocation;
  readonly keys: readonly [HeldKey, ...HeldKey[]];
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export async function encrypt(args: Arguments, signal: AbortSignal): Promise<void> {
  const { positionals, given, values } = args;
  const [sourceName = '-', targetName = '-'] = positionals;
  const target = parseLocal(targetName);
  if (target.kind === 'pipe' && process.stdout.isTTY) {
    throw usageError('ciphertext is nothing for a terminal: name a TARGET, or redirect standard output');
  }
  const format = formatOf(args, 'esdk');
  const keys = await holdSomeKeys(keySpecs(given));
  const input = await openInput(parseLocal(sourceName));
  const progress = createProgress(sourceName, values.quiet);
  const job = { args, input, target, keys, signal, progress };
  try {
    if (format === 'esdk') await encryptMessage(job);
    else await encryptObjectFile(job, format);
  } finally {
    progress.end();
    if (input.kind === 'file') await input.close().catch(() => {});
  }
}

async function encryptMessage({ args, input, target, keys, signal, progress }: Job): Promise<void> {
  const { values } = args;
  if (values.metadata !== undefined) throw usageError('--metadata is for --format v3 and v2');
  const besides = besidesOf(target);
  await checkBesides(besides, values);
  const output = await openOutput(target, values);
  const stream = createEncryptStream(await messageSealing(args, keys, awsSettings(values)));
  const total = input.kind === 'file' ? input.length : undefined;
  const plaintext = counted(chunksOf(input, signal), (bytes) => progress.at(bytes, total));
  const none = { metadata: undefined, instructionFile: undefined };
  await pourAll([
    {
      chunks: chunksOfStream(toWebStream(plaintext).pipeThrough(stream)),
      sink: await output.inOrder(),
    },
    ...(await besideResults(besides, none, values)),
  ]);
}

const lanes = 4;

/** The content, and beside it what S3 would keep with the object. */
async function encryptObjectFile(job: Job, format: 'v3' | 'v2'): Promise<void> {
  const { args, target, keys, signal, progress } = job;
  const { values } = args;
  const besides = besidesOf(target, values.metadata);
  if (besides.metadata === undefined) {
    throw usageError('S3EC keeps its envelope beside the content: name a TARGET, or give --metadata FILE');
  }
  if (values['instruction-file'] && target.kind === 'pipe') {
    throw usageError('an instruction file needs a TARGET that it can be beside');
  }
  await checkBesides(besides, values);
  const output = await openOutput(target, values);
  const sealing = await objectSealing(args, format, keys, awsSettings(values));
  const input = await asRandomAccess(job.input, signal);
  try {
    const { length } = input;
    const encryptor = await encryptObject({
      ...sealing,
      plaintextLength: length,
      instructionSuffix: values['instruction-file'] ? defaultInstructionSuffix : undefined,
    });
    const { metadata, instructionFile } = encryptor;
    const json = utf8(`${JSON.stringify(metadata, null, 2)}\n`);
    let sealed = 0;
    const chunks = inOrder(planParts(length, encryptor.granularity), lanes, async (range) => {
      throwIfAborted(signal);
      const plaintext = await input.read(range);
      sealed += plaintext.length;
      progress.at(sealed, length);
      return encryptor.seal(range.start, plaintext);
    });
    const contents = {
      metadata: Object.keys(metadata).length > 0 ? json : undefined,
      instructionFile: instructionFile?.body,
    };
    const content = { chunks, sink: await output.inOrder() };
    await pourAll([content, ...(await besideResults(besides, contents, values))]);
  } finally {
    await input.close();
  }
}
