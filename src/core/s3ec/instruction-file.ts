import { type Bytes, fromUtf8 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import type { Metadata } from '../object.ts';
import { classify, incomplete, mixed, v3Only } from './classify.ts';
import { readJsonObject } from './flat-json.ts';
import { type Mapkey, mapkeys } from './mapkeys.ts';

export const defaultInstructionSuffix = '.instruction';

/** Nothing longer is read; a wrapped key and an encryption context need a tenth of it. */
export const maxInstructionFileBytes = 128 * 1024;

/** The old writers' numbers, and nulls where .NET has nothing to say. */
const numbers: readonly string[] = [mapkeys.tagLength, mapkeys.plaintextLength];
const nullable: readonly string[] = [...numbers, mapkeys.materialsDescription];

/**
 * The key of the instruction file to fetch before this object's envelope can be parsed; undefined where the
 * envelope is in the metadata, and no other is to be looked at. An object that is not encrypted at all looks
 * as one with an instruction file does, until there is none.
 *
 * Throws `metadata-mixed` or `metadata-incomplete` as `parseEnvelope` does, `bad-argument` for an empty suffix.
 */
export function instructionFileKey(
  objectKey: string,
  metadata: Metadata,
  suffix = defaultInstructionSuffix,
): string | undefined {
  checkSuffix(suffix);
  const kind = classify(metadata);
  return kind === 'v3-instruction' || kind === 'instruction-or-plain' ? objectKey + suffix : undefined;
}

/** The fields of an envelope, wherever they were, and the format that they are of. */
export interface Fields {
  readonly kind: 'v3' | 'v2' | 'v1';
  readonly values: Metadata;
  /** Whether the values came as headers, which S3 may have encoded (RFC 2047). */
  readonly headers: boolean;
}

/**
 * Puts together what the object's metadata and its instruction file say. The file is left alone where the
 * metadata has the wrapped key. `undefined` is a file that nobody looked for, `null` one that is not there.
 */
export function gatherFields(metadata: Metadata, instructionFile: Bytes | null | undefined): Fields {
  const kind = classify(metadata);
  if (kind !== 'v3-instruction' && kind !== 'instruction-or-plain') {
    return { kind, values: metadata, headers: true };
  }
  if (instructionFile === undefined) throw unread(kind);
  if (instructionFile === null) {
    throw new EnvelopeError(
      'not-encrypted',
      'the object has no whole envelope, and there is no instruction file',
    );
  }
  const file = readInstructionFile(instructionFile);
  if (v3Only.some((key) => Object.hasOwn(file, key))) {
    // Whoever may write the file only must not choose what the object commits to.
    throw mixed('a commitment in the instruction file, which belongs on the object');
  }
  const values = kind === 'v3-instruction' ? { ...file, ...pick(metadata, v3Only) } : file;
  const found = classify(values);
  if (found === 'v3-instruction' || found === 'instruction-or-plain') throw incomplete('wrapped data key');
  return { kind: found, values, headers: false };
}

/** Throws `bad-argument`: without a suffix, the object would take its own place. */
export function checkSuffix(suffix: string): void {
  if (suffix === '') throw new EnvelopeError('bad-argument', 'an instruction file needs a suffix');
}

/** A JSON object of strings; plain UTF-8, not encoded as headers are. Throws `metadata-invalid`. */
function readInstructionFile(body: Bytes): Metadata {
  const text = body.length > maxInstructionFileBytes ? undefined : fromUtf8(body);
  const object = text === undefined ? undefined : readJsonObject(text);
  if (!object) throw invalid('it is not one JSON object', body.length);
  const pairs = Object.entries(object).flatMap(([key, value]): [string, string][] => {
    if (typeof value === 'string') return [[key, value]];
    if (typeof value === 'number' && numbers.includes(key)) return [[key, String(value)]];
    if (value === null && nullable.includes(key)) return [];
    throw invalid('its values must be strings', body.length);
  });
  return Object.fromEntries(pairs);
}

/** The entries of these keys. */
export function pick(metadata: Metadata, keys: readonly Mapkey[]): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => keys.some((each) => each === key)));
}

function unread(kind: 'v3-instruction' | 'instruction-or-plain'): EnvelopeError {
  return kind === 'v3-instruction'
    ? new EnvelopeError(
        'algorithm-unsupported',
        'the wrapped data key is in an instruction file, which is not read',
        { details: { instructionFile: true } },
      )
    : new EnvelopeError(
        'not-encrypted',
        'no envelope in the metadata; one in an instruction file would not be read',
      );
}

function invalid(message: string, length: number): EnvelopeError {
  return new EnvelopeError('metadata-invalid', `the instruction file is malformed: ${message}`, {
    details: { field: 'instruction file', length },
  });
}
