import { EnvelopeError } from '../core/errors.ts';
import type { Metadata } from '../core/object.ts';
import { mapkeys } from '../core/s3ec/mapkeys.ts';
import type { Envelope } from '../core/s3ec/s3ec.ts';

/** What an object's envelope says, to everybody, of how it is encrypted. */
export interface EnvelopeFacts extends Pick<Envelope, 'wrapAlgorithm' | 'description'> {
  /** Of the format: 3 is today's. */
  readonly version: Envelope['version'];
  readonly contentAlgorithm: Envelope['contentAlgorithm'];
  /** The key of the instruction file that the wrapped data key is in; undefined where it is in the metadata. */
  readonly instructionFileKey?: string | undefined;
}

const envelopeKeys: readonly string[] = Object.values(mapkeys);

export function factsOf(
  { version, contentAlgorithm, wrapAlgorithm, description }: Envelope,
  instructionFileKey: string | undefined,
): EnvelopeFacts {
  return { version, contentAlgorithm, wrapAlgorithm, description, instructionFileKey };
}

/** The metadata without the envelope. */
export function callersMetadata(metadata: Metadata): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !envelopeKeys.includes(name)));
}

/** Throws `bad-argument` for a name that the envelope would overwrite, or that would make it contradictory. */
export function checkMetadata(metadata: Metadata): void {
  const taken = Object.keys(metadata).find((name) => envelopeKeys.includes(name.toLowerCase()));
  if (taken !== undefined) {
    throw new EnvelopeError('bad-argument', `the metadata entry ${taken} belongs to the envelope`, {
      details: { field: taken },
    });
  }
}
