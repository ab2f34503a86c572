import { type Bytes, fromBase64, isAllZero } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import type { Description, LegacyWrapAlgorithm, WrapAlgorithm } from '../keyrings/keyring.ts';
import type { Metadata } from '../object.ts';
import {
  cbcAlgorithm,
  cbcAlgorithms,
  legacyWraps,
  v2Algorithm,
  v3Algorithm,
  wrapCodes,
} from './algorithm.ts';
import { fieldOf, incomplete, mixed } from './classify.ts';
import { readFlatJson } from './flat-json.ts';
import { type Fields, gatherFields } from './instruction-file.ts';
import { type Legacy, requireOptIn } from './legacy.ts';
import { type Mapkey, mapkeys } from './mapkeys.ts';
import { decodeHeaderText } from './rfc2047.ts';

interface StoredKey {
  readonly wrapAlgorithm: WrapAlgorithm | LegacyWrapAlgorithm;
  readonly encryptedDataKey: Bytes;
  /**
   * The encryption context where KMS wrapped, else the materials description, `{}` if there is none. Nothing
   * authenticates a materials description: it is a hint, readable by anyone and writable by whoever may write.
   */
  readonly description: Description;
}

export interface EnvelopeV3 extends StoredKey {
  readonly version: 3;
  readonly contentAlgorithm: typeof v3Algorithm;
  readonly wrapAlgorithm: WrapAlgorithm;
  /** 28 bytes, drawn anew for each object: the salt of everything that is derived. */
  readonly messageId: Bytes;
  /** 28 bytes that only the right data key derives. */
  readonly commitment: Bytes;
}

export interface EnvelopeV2 extends StoredKey {
  readonly version: 2;
  readonly contentAlgorithm: typeof v2Algorithm;
  /** 12 bytes. */
  readonly iv: Bytes;
}

/** Content that nothing authenticates: all of format V1, and what the oldest writers of V2's keys wrote. */
export interface EnvelopeCbc extends StoredKey {
  readonly version: 1 | 2;
  readonly contentAlgorithm: typeof cbcAlgorithm;
  /** 16 bytes. */
  readonly iv: Bytes;
}

/** What travels with an object in the open: everything needed to open it but the key that unwraps. */
export type Envelope = EnvelopeV3 | EnvelopeV2 | EnvelopeCbc;

export interface ParseOptions {
  /**
   * The body of the object that `instructionFileKey` names; `null` if it is not there. Where it is needed and
   * not given, the envelope is refused.
   */
  readonly instructionFile?: Bytes | null | undefined;
  readonly legacy?: Legacy | undefined;
}

const wrapAlgorithms = Object.keys(wrapCodes) as readonly WrapAlgorithm[];

/** Base64 characters; KMS wraps into 6 KiB at most. */
const maxFieldCharacters = 16 * 1024;

/**
 * Reads an object's envelope, strictly and without any key: what kind of key opens it (`wrapAlgorithm`) and
 * which (`description`). Metadata of the user's own beside it is left alone.
 *
 * Throws `not-encrypted` without an envelope; `metadata-mixed`, `metadata-incomplete` or `metadata-invalid`
 * (`details.field`) for a damaged or contradictory one; `legacy-not-allowed` for format V1, CBC content and
 * wraps that bind nothing, unless `legacy` allows them; `algorithm-unsupported` or `wrap-unsupported` for what
 * no format knows.
 */
export function parseEnvelope(metadata: Metadata, { instructionFile, legacy }: ParseOptions = {}): Envelope {
  const fields = gatherFields(metadata, instructionFile);
  switch (fields.kind) {
    case 'v3':
      return parseV3(fields);
    case 'v2':
      return parseV2(fields, legacy);
    case 'v1':
      return parseV1(fields, legacy);
  }
}

function parseV3(fields: Fields): EnvelopeV3 {
  const suite = fieldOf(fields.values, mapkeys.contentSuite);
  if (suite !== v3Algorithm) throw unknownAlgorithm(mapkeys.contentSuite);
  const code = fieldOf(fields.values, mapkeys.wrapCode);
  const wrapAlgorithm = wrapAlgorithms.find((name) => wrapCodes[name] === code);
  if (!wrapAlgorithm) throw unknownWrap(mapkeys.wrapCode);
  return {
    version: 3,
    contentAlgorithm: v3Algorithm,
    wrapAlgorithm,
    encryptedDataKey: readBytes(fields, mapkeys.v3EncryptedDataKey),
    // Ruby writes an empty materials description beside an encryption context; only one of them is meant.
    description: readDescription(
      fields,
      wrapAlgorithm === 'kms+context' ? mapkeys.encryptionContext : mapkeys.materialsDescription,
    ),
    // Exact: HMAC pads its key with zeros, so a longer message id could derive the same keys.
    messageId: readRandomBytes(fields, mapkeys.messageId, 28),
    commitment: readBytes(fields, mapkeys.commitment, 28),
  };
}

function parseV2(fields: Fields, legacy: Legacy | undefined): EnvelopeV2 | EnvelopeCbc {
  const cipher = fieldOf(fields.values, mapkeys.contentCipher) ?? '';
  const isCbc = cbcAlgorithms.includes(cipher);
  if (isCbc) requireOptIn(legacy, 'unauthenticatedContent');
  else if (cipher !== v2Algorithm) throw unknownAlgorithm(mapkeys.contentCipher);

  const wrap = fieldOf(fields.values, mapkeys.wrapAlgorithm) ?? '';
  const legacyWrap = legacyWraps.find((name) => name === wrap);
  if (legacyWrap) requireOptIn(legacy, 'weakWrapping');
  const wrapAlgorithm = legacyWrap ?? wrapAlgorithms.find((name) => name === wrap);
  if (!wrapAlgorithm) throw unknownWrap(mapkeys.wrapAlgorithm);
  if (isCbc && wrapAlgorithm === 'kms+context') throw mixed('old content under a wrap that came after it');

  const tagLength = fieldOf(fields.values, mapkeys.tagLength);
  // Java stores a 0 when it wraps the key of CBC content anew.
  if (isCbc && tagLength !== undefined && tagLength !== '0') throw invalid(mapkeys.tagLength);
  if (!isCbc && tagLength === undefined) throw incomplete(mapkeys.tagLength);
  if (!isCbc && tagLength !== '128') throw invalid(mapkeys.tagLength);

  const key = {
    wrapAlgorithm,
    encryptedDataKey: readBytes(fields, mapkeys.v2EncryptedDataKey),
    description: readDescription(fields, mapkeys.description),
  };
  if (!isCbc) {
    return { version: 2, contentAlgorithm: v2Algorithm, ...key, iv: readRandomBytes(fields, mapkeys.iv, 12) };
  }
  return { version: 2, contentAlgorithm: cbcAlgorithm, ...key, iv: readRandomBytes(fields, mapkeys.iv, 16) };
}

function parseV1(fields: Fields, legacy: Legacy | undefined): EnvelopeCbc {
  requireOptIn(legacy, 'unauthenticatedContent');
  requireOptIn(legacy, 'weakWrapping');
  const encryptedDataKey = readBytes(fields, mapkeys.v1EncryptedDataKey);
  return {
    version: 1,
    contentAlgorithm: cbcAlgorithm,
    // The format does not say; ECB of a data key cannot be longer, and RSA not as short.
    wrapAlgorithm: encryptedDataKey.length > 48 ? 'RSA' : 'AES',
    encryptedDataKey,
    description: readDescription(fields, mapkeys.description),
    iv: readRandomBytes(fields, mapkeys.iv, 16),
  };
}

function readBytes({ values }: Fields, key: Mapkey, length?: number): Bytes {
  const text = fieldOf(values, key) ?? '';
  const bytes = text.length > maxFieldCharacters ? undefined : fromBase64(text);
  if (!bytes || (length !== undefined && bytes.length !== length)) throw invalid(key);
  return bytes;
}

/** Zeros alone come from a writer that had no random numbers, and from nobody else. */
function readRandomBytes(fields: Fields, key: Mapkey, length: number): Bytes {
  const bytes = readBytes(fields, key, length);
  if (isAllZero(bytes)) throw invalid(key);
  return bytes;
}

function readDescription({ values, headers }: Fields, key: Mapkey): Description {
  const value = fieldOf(values, key);
  if (value === undefined) return {};
  const text = headers ? decodeHeaderText(value) : value;
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
