import type { Bytes } from '../core/bytes.ts';
import { defaultInstructionSuffix } from '../core/s3ec/s3ec.ts';
import type { LocalLocation } from './location.ts';
import { type OutputOptions, openAbsence, openOutput, type Result } from './output.ts';

/** Beside a file in a format of S3EC: the metadata that its object has in S3, as the AWS CLI takes and gives it. */
export const metadataSuffix = '.metadata.json';

/** The files that reading takes for parts of what lies beside them. */
export interface Besides {
  readonly metadata?: string | undefined;
  readonly instructionFile?: string | undefined;
}

/** @param metadata in place of the usual name */
export function besidesOf(target: LocalLocation, metadata?: string): Besides {
  if (target.kind === 'pipe') return { metadata };
  return {
    metadata: metadata ?? target.path + metadataSuffix,
    instructionFile: target.path + defaultInstructionSuffix,
  };
}

/** Rejects with `bad-argument` where one is there, unless it may be overwritten. */
export async function checkBesides(besides: Besides, options: OutputOptions): Promise<void> {
  for (const path of pathsOf(besides)) await openAbsence(path, options);
}

/** Writes what belongs to the result, and removes what would be taken for a part of it and is none. */
export async function besideResults(
  besides: Besides,
  contents: { readonly [Name in keyof Besides]: Bytes | undefined },
  options: OutputOptions,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const name of ['metadata', 'instructionFile'] as const) {
    const path = besides[name];
    const content = contents[name];
    if (path === undefined) continue;
    const sink = content
      ? await (await openOutput({ kind: 'file', path }, options)).inOrder()
      : await openAbsence(path, options);
    results.push({ chunks: once(content), sink });
  }
  return results;
}

function pathsOf({ metadata, instructionFile }: Besides): readonly string[] {
  return [metadata, instructionFile].filter((path) => path !== undefined);
}

async function* once(content: Bytes | undefined): AsyncGenerator<Bytes> {
  if (content) yield content;
}
