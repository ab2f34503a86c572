import { type Bytes, utf8 } from '../bytes.ts';
import type { Metadata } from '../object.ts';
import { v3Only } from './classify.ts';
import { pick } from './instruction-file.ts';
import { mapkeys } from './mapkeys.ts';
import { writeFlatJson } from './write-flat-json.ts';

/** An object beside the encrypted one, at its key and this suffix. Store it before the encrypted object. */
export interface InstructionFile {
  readonly suffix: string;
  readonly metadata: Metadata;
  /** One JSON object, in pure ASCII. */
  readonly body: Bytes;
}

/** Divides what `formatEnvelope` wrote: V3 keeps its commitment on the object, V2 nothing. */
export function toInstructionFile(
  fields: Metadata,
  suffix: string,
): { readonly metadata: Metadata; readonly instructionFile: InstructionFile } {
  const metadata = pick(fields, v3Only);
  const rest = Object.fromEntries(Object.entries(fields).filter(([key]) => !Object.hasOwn(metadata, key)));
  const body = utf8(writeFlatJson(rest));
  return { metadata, instructionFile: { suffix, metadata: { [mapkeys.instructionFile]: '' }, body } };
}
