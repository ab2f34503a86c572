import { type Bytes, utf8 } from '../../core/bytes.ts';
import { createEncryptStream } from '../../core/esdk/esdk.ts';
import { defaultInstructionSuffix, encryptObject } from '../../core/s3ec/s3ec.ts';
import { inOrder } from '../../lib/body.ts';
import { planParts } from '../../transfer/plan.ts';
import type { Arguments } from '../arguments.ts';
import { awsSettings } from '../aws-settings.ts';
import { asRandomAccess, chunksOf, openInput, type Pipe, type RandomAccess } from '../input.ts';
import { type HeldKey, holdSomeKeys } from '../keys/held-keys.ts';
import { keySpecs } from '../keys/key-spec.ts';
import { metadataSuffix } from '../local-source.ts';
import { type LocalLocation, parseLocal } from '../location.ts';
import { openOutput, pour, pourAll } from '../output.ts';
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
    if (input.kind === 'file') await input.close();
  }
}

async function encryptMessage({ args, input, target, keys, signal, progress }: Job): Promise<void> {
  const { values } = args;
  if (values.metadata !== undefined) throw usageError('--metadata is for --format v3 and v2');
  const output = await openOutput(target, values);
  const stream = createEncryptStream(await messageSealing(args, keys, awsSettings(values)));
  const total = input.kind === 'file' ? input.length : undefined;
  const plaintext = counted(chunksOf(input, signal), (bytes) => progress.at(bytes, total));
  await pour(chunksOfStream(toWebStream(plaintext).pipeThrough(stream)), await output.inOrder());
}

const lanes = 4;

/** The content, and beside it what S3 would keep with the object. */
async function encryptObjectFile(job: Job, format: 'v3' | 'v2'): Promise<void> {
  const { args, target, keys, signal, progress } = job;
  const { values } = args;
  const besides = target.kind === 'file' ? target.path : undefined;
  const metadataPath = values.metadata ?? (besides && besides + metadataSuffix);
  if (metadataPath === undefined) {
    throw usageError('S3EC keeps its envelope beside the content: name a TARGET, or give --metadata FILE');
  }
  if (values['instruction-file'] && !besides)
    throw usageError('an instruction file needs a TARGET beside it');
  const outputs = {
    content: await openOutput(target, values),
    metadata: await openOutput({ kind: 'file', path: metadataPath }, values),
    ...(values['instruction-file'] && {
      instructionFile: await openOutput(
        { kind: 'file', path: `${besides}${defaultInstructionSuffix}` },
        values,
      ),
    }),
  };
  const sealing = await objectSealing(args, format, keys, awsSettings(values));
  const input = await asRandomAccess(job.input, signal);
  const encryptor = await encryptObject({
    ...sealing,
    plaintextLength: input.length,
    instructionSuffix: outputs.instructionFile && defaultInstructionSuffix,
  });
  let sealed = 0;
  const parts = planParts(input.length, encryptor.granularity);
  const body = inOrder(parts, lanes, async (range) => {
    signal.throwIfAborted();
    const plaintext = await input.read(range);
    sealed += plaintext.length;
    progress.at(sealed, input.length);
    return encryptor.seal(range.start, plaintext);
  });
  const { metadata, instructionFile } = encryptor;
  const results = [{ chunks: body, sink: await outputs.content.inOrder() }];
  if (Object.keys(metadata).length > 0) {
    results.push({ chunks: once(jsonOf(metadata)), sink: await outputs.metadata.inOrder() });
  }
  if (instructionFile && outputs.instructionFile) {
    results.push({ chunks: once(instructionFile.body), sink: await outputs.instructionFile.inOrder() });
  }
  await pourAll(results);
}

const jsonOf = (metadata: Readonly<Record<string, string>>) => utf8(`${JSON.stringify(metadata, null, 2)}\n`);

async function* once(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}
