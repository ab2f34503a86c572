import { type Bytes, fromBase64, isAllZero, toBase64 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import type { Description, WrapAlgorithm } from '../keyrings/keyring.ts';
import type { Metadata } from '../object.ts';
import { cbcAlgorithms, legacyWraps, v2Algorithm, v3Algorithm, wrapCodes } from './algorithm.ts';
import { classify, fieldOf, incomplete } from './classify.ts';
import { readFlatJson, writeFlatJson } from './flat-json.ts';
import { type Mapkey, mapkeys } from './mapkeys.ts';
import { decodeHeaderText } from './rfc2047.ts';

interface WrappedKey {
  readonly wrapAlgorithm: WrapAlgorithm;
  readonly encryptedDataKey: Bytes;
  /**
   * The encryption context where KMS wrapped, else the materials description, `{}` if there is none. Nothing
   * authenticates a materials description: it is a hint, readable by anyone and writable by whoever may write.
   */
  readonly description: Description;
}

export interface EnvelopeV3 extends WrappedKey {
  readonly version: 3;
  readonly contentAlgorithm: typeof v3Algorithm;
  /** 28 bytes, drawn anew for each object: the salt of everything that is derived. */
  readonly messageId: Bytes;
  /** 28 bytes that only the right data key derives. */
  readonly commitment: Bytes;
}

export interface EnvelopeV2 extends WrappedKey {
  readonly version: 2;
  readonly contentAlgorithm: typeof v2Algorithm;
  /** 12 bytes. */
  readonly iv: Bytes;
}

/** What travels with an object in the open: everything needed to open it but the key that unwraps. */
export type Envelope = EnvelopeV3 | EnvelopeV2;

const wrapAlgorithms = Object.keys(wrapCodes) as readonly WrapAlgorithm[];

/**
 * Reads an object's metadata, strictly and without any key: what kind of key opens it (`wrapAlgorithm`) and
 * which (`description`). Metadata of the user's own beside it is left alone.
 *
 * Throws `not-encrypted` without an envelope; `metadata-mixed`, `metadata-incomplete` or `metadata-invalid`
 * (`details.field`) for a damaged or contradictory one; `legacy-not-allowed` for format V1, CBC content and
 * wraps that bind nothing; `algorithm-unsupported` or `wrap-unsupported` for what no format knows.
 */
export function parseEnvelope(metadata: Metadata): Envelope {
  const kind = classify(metadata);
  switch (kind) {
    case 'v3':
      return parseV3(metadata);
    case 'v2':
      return parseV2(metadata);
    case 'v1':
      throw new EnvelopeError('legacy-not-allowed', 'format V1 does not authenticate its content');
    case 'v3-instruction':
      throw new EnvelopeError(
        'algorithm-unsupported',
        'the wrapped data key is in an instruction file, which is not read',
        { details: { instructionFile: true } },
      );
    case 'instruction-or-plain':
      throw new EnvelopeError(
        'not-encrypted',
        'no envelope in the metadata; one in an instruction file would not be read',
      );
  }
}

/** The metadata that Java's client writes for the same object, with JSON in pure ASCII. */
export function formatEnvelope(envelope: EnvelopeV3): Metadata {
  const { description, wrapAlgorithm } = envelope;
  const descriptionKey =
    wrapAlgorithm === 'kms+context' ? mapkeys.encryptionContext : mapkeys.materialsDescription;
  return {
    [mapkeys.contentSuite]: envelope.contentAlgorithm,
    [mapkeys.v3EncryptedDataKey]: toBase64(envelope.encryptedDataKey),
    [mapkeys.wrapCode]: wrapCodes[wrapAlgorithm],
    [mapkeys.commitment]: toBase64(envelope.commitment),
    [mapkeys.messageId]: toBase64(envelope.messageId),
    ...(Object.keys(description).length > 0 && { [descriptionKey]: writeFlatJson(description) }),
  };
}

function parseV3(metadata: Metadata): EnvelopeV3 {
  const suite = fieldOf(metadata, mapkeys.contentSuite);
  if (suite !== v3Algorithm) throw unknownAlgorithm(mapkeys.contentSuite);
  const code = fieldOf(metadata, mapkeys.wrapCode);
  const wrapAlgorithm = wrapAlgorithms.find((name) => wrapCodes[name] === code);
  if (!wrapAlgorithm) throw unknownWrap(mapkeys.wrapCode);
  return {
    version: 3,
    contentAlgorithm: v3Algorithm,
    wrapAlgorithm,
    encryptedDataKey: readBytes(metadata, mapkeys.v3EncryptedDataKey),
    // Ruby writes an empty materials description beside an encryption context; only one of them is meant.
    description: readDescription(
      metadata,
      wrapAlgorithm === 'kms+context' ? mapkeys.encryptionContext : mapkeys.materialsDescription,
    ),
    // Exact: HMAC pads its key with zeros, so a longer message id could derive the same keys.
    messageId: readRandomBytes(metadata, mapkeys.messageId, 28),
    commitment: readBytes(metadata, mapkeys.commitment, 28),
  };
}

function parseV2(metadata: Metadata): EnvelopeV2 {
  const cipher = fieldOf(metadata, mapkeys.contentCipher) ?? '';
  if (cbcAlgorithms.includes(cipher)) {
    throw new EnvelopeError('legacy-not-allowed', 'CBC does not authenticate its content');
  }
  if (cipher !== v2Algorithm) throw unknownAlgorithm(mapkeys.contentCipher);
  const wrap = fieldOf(metadata, mapkeys.wrapAlgorithm) ?? '';
  if (legacyWraps.includes(wrap)) {
    throw new EnvelopeError('legacy-not-allowed', 'the data key is wrapped in a way that is no longer used', {
      details: { wrapAlgorithm: wrap },
    });
  }
  const wrapAlgorithm = wrapAlgorithms.find((name) => name === wrap);
  if (!wrapAlgorithm) throw unknownWrap(mapkeys.wrapAlgorithm);
  const tagLength = fieldOf(metadata, mapkeys.tagLength);
  if (tagLength === undefined) throw incomplete(mapkeys.tagLength);
  if (tagLength !== '128') throw invalid(mapkeys.tagLength);
  return {
    version: 2,
    contentAlgorithm: v2Algorithm,
    wrapAlgorithm,
    encryptedDataKey: readBytes(metadata, mapkeys.v2EncryptedDataKey),
    description: readDescription(metadata, mapkeys.description),
    iv: readRandomBytes(metadata, mapkeys.iv, 12),
  };
}

function readBytes(metadata: Metadata, key: Mapkey, length?: number): Bytes {
  const bytes = fromBase64(fieldOf(metadata, key) ?? '');
  if (!bytes || (length !== undefined && bytes.length !== length)) throw invalid(key);
  return bytes;
}

/** Zeros alone come from a writer that had no random numbers, and from nobody else. */
function readRandomBytes(metadata: Metadata, key: Mapkey, length: number): Bytes {
  const bytes = readBytes(metadata, key, length);
  if (isAllZero(bytes)) throw invalid(key);
  return bytes;
}

function readDescription(metadata: Metadata, key: Mapkey): Description {
  const value = fieldOf(metadata, key);
  if (value === undefined) return {};
  const text = decodeHeaderText(value);
  const description = text === undefined ? undefined : readFlatJson(text);
  if (!description) throw invalid(key);
  return description;
}

function invalid(field: Mapkey): EnvelopeError {
  return new EnvelopeError('metadata-invalid', `${field} is malformed`, { details: { field } });
}

function unknownAlgorithm(field: Mapkey): EnvelopeError {
  return new EnvelopeError('algorithm-unsupported', `${field} names no content algorithm of this format`, {
    details: { field },
  });
}

function unknownWrap(field: Mapkey): EnvelopeError {
  return new EnvelopeError('wrap-unsupported', `${field} names no way to wrap a data key in this format`, {
    details: { field },
  });
}
