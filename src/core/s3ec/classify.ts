import { EnvelopeError } from '../errors.ts';
import type { Metadata } from '../object.ts';
import { type Mapkey, mapkeys } from './mapkeys.ts';

/** What an object's metadata makes it. The last two keep the wrapped key in an instruction file. */
export type Kind = 'v3' | 'v2' | 'v1' | 'v3-instruction' | 'instruction-or-plain';

/** What V3 keeps on the object itself, wherever the wrapped key is. */
export const v3Only: readonly Mapkey[] = [mapkeys.contentSuite, mapkeys.commitment, mapkeys.messageId];
const v2Required: readonly Mapkey[] = [mapkeys.iv, mapkeys.contentCipher, mapkeys.wrapAlgorithm];
// CBC content has no tag.
const v2Only: readonly Mapkey[] = [...v2Required, mapkeys.tagLength];

/** The value, or undefined where it is absent; Go's V3 writer leaves empty values for what it has not. */
export function fieldOf(metadata: Metadata, key: Mapkey): string | undefined {
  return metadata[key] || undefined;
}

/**
 * Tells the formats apart by which keys are there, and accepts no mixture: an object that two readers take
 * for two formats would slip past a commitment policy. Stricter than each official client, accepting what
 * all their writers write. Throws `metadata-mixed` or `metadata-incomplete`.
 */
export function classify(metadata: Metadata): Kind {
  const has = (key: Mapkey) => fieldOf(metadata, key) !== undefined;
  const missing = (keys: readonly Mapkey[]) => keys.find((key) => !has(key));
  const v1 = has(mapkeys.v1EncryptedDataKey);
  const v2 = has(mapkeys.v2EncryptedDataKey);
  const v3 = has(mapkeys.v3EncryptedDataKey);

  if (Number(v1) + Number(v2) + Number(v3) > 1) throw mixed('more than one wrapped data key');
  if ((v1 || v2) && [...v3Only, mapkeys.wrapCode].some(has)) throw mixed('fields of V3 beside an older key');

  if (v3 || v3Only.some(has)) {
    if ([...v2Only, mapkeys.description].some(has)) throw mixed('fields of older formats beside those of V3');
    // The wrap's code goes with the wrapped key: on the object, or both in the instruction file.
    const rest = v3 || has(mapkeys.wrapCode) ? [mapkeys.v3EncryptedDataKey, mapkeys.wrapCode] : [];
    requireNothing(missing([...v3Only, ...rest]));
    return v3 ? 'v3' : 'v3-instruction';
  }
  if (v2) {
    requireNothing(missing(v2Required));
    return 'v2';
  }
  if (v1) {
    if ([mapkeys.contentCipher, mapkeys.wrapAlgorithm, mapkeys.tagLength].some(has)) {
      throw mixed('fields of V2 beside the key of V1');
    }
    requireNothing(missing([mapkeys.iv]));
    return 'v1';
  }
  if ([...v2Only, mapkeys.wrapCode].some(has)) throw incomplete('wrapped data key');
  return 'instruction-or-plain';
}

function requireNothing(missing: Mapkey | undefined): void {
  if (missing !== undefined) throw incomplete(missing);
}

export function incomplete(field: string): EnvelopeError {
  return new EnvelopeError('metadata-incomplete', `the envelope lacks its ${field}`, { details: { field } });
}

export function mixed(message: string): EnvelopeError {
  return new EnvelopeError('metadata-mixed', `the envelope has ${message}`);
}
