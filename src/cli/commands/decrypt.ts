import { createDecryptStream } from '../../core/esdk/esdk.ts';
import { suiteById } from '../../core/esdk/suite.ts';
import type { Arguments } from '../arguments.ts';
import { awsSettings } from '../aws-settings.ts';
import { deliver } from '../deliver.ts';
import { asRandomAccess, chunksOf, openInput, type Pipe } from '../input.ts';
import { holdSomeKeys } from '../keys/held-keys.ts';
import { keySpecs } from '../keys/key-spec.ts';
import { localSource } from '../local-source.ts';
import { parseLocal } from '../location.ts';
import { type Output, openOutput, pour } from '../output.ts';
import { createProgress, type Progress } from '../progress.ts';
import { recognise } from '../recognise.ts';
import { counted, toWebStream } from '../streams.ts';
import { messageOptions, type OpeningOptions, openingOptions, unlock } from '../unlock.ts';

export async function decrypt(args: Arguments, signal: AbortSignal): Promise<void> {
  const { positionals, given, values } = args;
  const [sourceName = '-', targetName = '-'] = positionals;
  const location = parseLocal(sourceName);
  const output = await openOutput(parseLocal(targetName), values);
  const options = openingOptions(args, await holdSomeKeys(keySpecs(given)), awsSettings(values));
  const input = await openInput(location);
  const progress = createProgress(sourceName, values.quiet);
  try {
    // A message needs nothing beside it, so a pipe of one is opened as it comes.
    if (input.kind === 'pipe' && values.metadata === undefined && location.kind === 'pipe') {
      return await openPipe(input, options, { output, signal, progress });
    }
    const source = await localSource(location, await asRandomAccess(input, signal), values.metadata);
    try {
      const recognised = await recognise(source, values['instruction-suffix'], signal);
      const unlocked = await unlock(source, recognised, options);
      await deliver({ source, unlocked, output, signal, progress });
    } finally {
      await source.close();
    }
  } finally {
    progress.end();
  }
}

interface Where {
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Each frame is handed over once it is verified; those of a signed message once its signature is. */
async function openPipe(
  input: Pipe,
  options: OpeningOptions,
  { output, signal, progress }: Where,
): Promise<void> {
  const stream = createDecryptStream({
    ...(await messageOptions(options)),
    signed: 'release-before-signature',
  });
  const message = counted(chunksOf(input, signal), (bytes) => progress.at(bytes, undefined));
  const plaintext = toWebStream(message).pipeThrough(stream);
  // Asked for before the header is known, since its failure is the stream's.
  const reader = plaintext.getReader();
  const first = await reader.read();
  const { suite } = await stream.facts;
  const isSigned = suiteById(suite)?.curve !== undefined;
  const sink = isSigned ? await output.anyOrder() : await output.inOrder();
  async function* chunks() {
    for (let step = first; !step.done; step = await reader.read()) yield step.value;
  }
  await pour(chunks(), sink);
}
