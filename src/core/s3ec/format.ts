import { toBase64 } from '../bytes.ts';
import type { WrappedKey } from '../keyrings/keyring.ts';
import type { Metadata } from '../object.ts';
import { wrapCodes } from './algorithm.ts';
import type { EnvelopeV2, EnvelopeV3 } from './envelope.ts';
import { mapkeys } from './mapkeys.ts';
import { writeFlatJson } from './write-flat-json.ts';

/** An envelope with a wrap that is written today. */
export type WritableEnvelope = (EnvelopeV3 | EnvelopeV2) & WrappedKey;

/** The metadata that Java's client writes for the same object, with JSON in pure ASCII. */
export function formatEnvelope(envelope: WritableEnvelope): Metadata {
  return { ...formatWrappedKey(envelope), ...formatContent(envelope) };
}

/** What changes when an object changes keys. */
function formatWrappedKey(envelope: WritableEnvelope): Metadata {
  const { version, description, wrapAlgorithm } = envelope;
  const encryptedDataKey = toBase64(envelope.encryptedDataKey);
  if (version === 2) {
    return {
      [mapkeys.v2EncryptedDataKey]: encryptedDataKey,
      [mapkeys.wrapAlgorithm]: wrapAlgorithm,
      [mapkeys.description]: writeFlatJson(description),
    };
  }
  const descriptionKey =
    wrapAlgorithm === 'kms+context' ? mapkeys.encryptionContext : mapkeys.materialsDescription;
  return {
    [mapkeys.v3EncryptedDataKey]: encryptedDataKey,
    [mapkeys.wrapCode]: wrapCodes[wrapAlgorithm],
    // Java's reader takes no empty one.
    ...(Object.keys(description).length > 0 && { [descriptionKey]: writeFlatJson(description) }),
  };
}

function formatContent(envelope: EnvelopeV3 | EnvelopeV2): Metadata {
  if (envelope.version === 2) {
    return {
      [mapkeys.iv]: toBase64(envelope.iv),
      [mapkeys.contentCipher]: envelope.contentAlgorithm,
      [mapkeys.tagLength]: '128',
    };
  }
  return {
    [mapkeys.contentSuite]: envelope.contentAlgorithm,
    [mapkeys.commitment]: toBase64(envelope.commitment),
    [mapkeys.messageId]: toBase64(envelope.messageId),
  };
}
