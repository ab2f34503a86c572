import { type Bytes, fromBase64, fromUtf8 } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import { type MessageHeader, parseHeader } from '../core/esdk/esdk.ts';
import { suiteByCode } from '../core/esdk/suite.ts';
import { v3Only } from '../core/s3ec/classify.ts';
import { defaultInstructionSuffix, instructionFileKey } from '../core/s3ec/s3ec.ts';
import { peek, type SealedSource } from './sealed-source.ts';

/** What stored bytes are, told from their metadata and first bytes alone. */
export type Recognised =
  | {
      readonly format: 's3ec';
      /** Where the wrapped key is, if not in the metadata; null for one that is missing. */
      readonly instructionFile?: { readonly name: string; readonly body: Bytes } | null;
    }
  | { readonly format: 'esdk'; readonly header: MessageHeader }
  | { readonly format: 'none'; readonly beginning: Bytes };

const firstPeek = 16 * 1024;
const longestHeader = 1024 ** 2;

/**
 * Metadata of S3EC says S3EC; else the beginning of a message says Encryption SDK; else an instruction file beside
 * it says S3EC. Rejects with a code of `tampered` for metadata that contradicts itself and for the damaged header of
 * a message.
 */
export async function recognise(
  source: SealedSource,
  suffix: string | undefined,
  signal: AbortSignal,
): Promise<Recognised> {
  const { metadata } = source.head;
  if (instructionFileKey(source.head.key, metadata, suffix) === undefined) return { format: 's3ec' };
  const commits = v3Only.some((name) => metadata[name]);
  const beginning = await peek(source, firstPeek, signal);
  if (!commits && beginsMessage(beginning)) {
    return { format: 'esdk', header: await readHeader(source, beginning, signal) };
  }
  const instructionFile = await source.instructionFile(suffix ?? defaultInstructionSuffix);
  return instructionFile || commits ? { format: 's3ec', instructionFile } : { format: 'none', beginning };
}

async function readHeader(
  source: SealedSource,
  beginning: Bytes,
  signal: AbortSignal,
): Promise<MessageHeader> {
  let bytes = beginning;
  for (;;) {
    const parsed = parseHeader(bytes, { maxHeaderBytes: longestHeader });
    if ('value' in parsed) return parsed.value;
    if (bytes.length >= source.head.size) {
      throw new EnvelopeError('truncated', 'the message ends within its header');
    }
    bytes = await peek(source, Math.max(parsed.needed, 4 * bytes.length), signal);
  }
}

/** Version, type and suite of a message: anything may begin with a 1 or a 2. */
export function beginsMessage([version, second = 0, third = 0, fourth = 0]: Uint8Array): boolean {
  if (version === 2) return suiteByCode(second * 256 + third)?.commits === true;
  return version === 1 && second === 0x80 && suiteByCode(third * 256 + fourth)?.commits === false;
}

/** Whether this is a message as base64 text, as it is pasted into places that take no bytes. */
export function beginsBase64Message(beginning: Uint8Array): boolean {
  const bytes = fromBase64(fromUtf8(beginning.subarray(0, 8)) ?? '');
  return bytes !== undefined && beginsMessage(bytes);
}
