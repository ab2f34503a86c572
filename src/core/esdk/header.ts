import { type Bytes, concatBytes, fromUtf8, isAllZero, utf8 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import type { Description } from '../keyrings/keyring.ts';
import { parseContext, serializeContext } from './context.ts';
import { readUint16, readUint32, uint16, uint32 } from './numbers.ts';
import { type Parsed, type Parsing, parseSoFar } from './parsing.ts';
import { ivBytes, type Suite, suiteByCode, tagBytes } from './suite.ts';

/** The data key, wrapped once; a message carries one for every wrapping key that opens it. */
export interface EncryptedDataKey {
  /** `aws-kms`, or the namespace of a raw key. */
  readonly providerId: string;
  /** The ARN of the KMS key, or the name of a raw key, with whatever that kind of key adds. */
  readonly providerInfo: Bytes;
  readonly ciphertext: Bytes;
}

/** What a header says, before its tag. */
export interface HeaderFields {
  readonly suite: Suite;
  /** Random: 16 bytes, 32 for suites that commit. */
  readonly messageId: Bytes;
  /** The pairs that are in the header; others may be authenticated beside them. */
  readonly storedContext: Description;
  readonly encryptedDataKeys: readonly EncryptedDataKey[];
  /** Bytes of plaintext in every frame but the last; 0 for a message that has no frames. */
  readonly frameLength: number;
  /** 32 bytes, for suites that commit. */
  readonly commitment?: Bytes;
}

/** UNVERIFIED until `unlockMessage` has taken it. */
export interface MessageHeader extends HeaderFields {
  readonly framed: boolean;
  /** What the tag authenticates. */
  readonly body: Bytes;
  readonly iv: Bytes;
  readonly tag: Bytes;
  /** The whole header as it was found. */
  readonly bytes: Bytes;
}

/** What a reader puts up with before it knows who wrote the message. */
export interface HeaderLimits {
  /** 64 unless given. Each may cost an attempt to unwrap it, a call to KMS for instance. */
  readonly maxEncryptedDataKeys?: number | undefined;
  /** 1 MiB unless given. */
  readonly maxHeaderBytes?: number | undefined;
}

/** Nothing longer is taken for a header unless a reader asks for it. */
export const maxHeaderBytes = 2 ** 20;
export const maxEncryptedDataKeys = 64;

/** 0x0070 to 0x0074: suites of the S3 Encryption Client, which writes no messages of this format. */
const isS3ecSuite = (code: number) => code >= 0x70 && code <= 0x74;

/**
 * Parses the header at the beginning of `bytes`, or says how many bytes it needs at least (data-format/
 * message-header.md). What comes back is a copy, and unverified. Memory stays in proportion to the bytes given
 * and below the limits, whatever lengths the header claims.
 *
 * Throws `not-encrypted` where no message begins here, `algorithm-unsupported` for an unknown suite,
 * `limit-exceeded`, `metadata-mixed` for a suite of the other format version, `metadata-incomplete` without
 * encrypted data keys, `metadata-invalid` for all else.
 */
export function parseHeader(bytes: Bytes, limits: HeaderLimits = {}): Parsed<MessageHeader> {
  return parseSoFar(headerParsing(limits), bytes);
}

/** The same, to be resumed. */
export function* headerParsing(limits: HeaderLimits = {}): Parsing<MessageHeader> {
  const maxBytes = limits.maxHeaderBytes ?? maxHeaderBytes;
  const maxKeys = limits.maxEncryptedDataKeys ?? maxEncryptedDataKeys;
  let bytes: Bytes = yield 1;
  let at = 0;
  function* take(length: number): Parsing<Bytes> {
    const end = at + length;
    if (end > maxBytes) throw exceeded('bytes in its header', maxBytes);
    while (bytes.length < end) bytes = yield end;
    const taken = bytes.slice(at, end);
    at = end;
    return taken;
  }
  function* takeCounted(): Parsing<Bytes> {
    return yield* take(readUint16(yield* take(2)));
  }

  const [version = 0] = yield* take(1);
  if (version !== 1 && version !== 2) {
    refuseBase64(version, yield* take(1));
    throw new EnvelopeError('not-encrypted', 'this is not a message of the AWS Encryption SDK');
  }
  if (version === 1 && (yield* take(1))[0] !== 0x80) throw invalid('type', 'is unknown');
  const suite = suiteOf(readUint16(yield* take(2)), version);
  const messageId = yield* take(suite.commits ? 32 : 16);
  const storedContext = parseContext(yield* takeCounted());

  const count = readUint16(yield* take(2));
  if (count === 0) {
    throw new EnvelopeError('metadata-incomplete', 'the header has no encrypted data key', {
      details: { field: 'encrypted data keys' },
    });
  }
  if (count > maxKeys) throw exceeded('encrypted data keys', maxKeys);
  const encryptedDataKeys: EncryptedDataKey[] = [];
  for (let index = 0; index < count; index++) {
    const providerId = fromUtf8(yield* takeCounted());
    if (providerId === undefined) throw invalid('provider id', 'is not UTF-8');
    const providerInfo = yield* takeCounted();
    encryptedDataKeys.push({ providerId, providerInfo, ciphertext: yield* takeCounted() });
  }

  const [contentType] = yield* take(1);
  if (contentType !== 1 && contentType !== 2) throw invalid('content type', 'is unknown');
  if (version === 1) {
    if (!isAllZero(yield* take(4))) throw invalid('reserved field', 'is not zero');
    if ((yield* take(1))[0] !== ivBytes) throw invalid('IV length', 'is not 12');
  }
  const framed = contentType === 2;
  const frameLength = readUint32(yield* take(4));
  if (framed !== frameLength > 0) throw invalid('frame length', 'does not go with the content type');
  const commitment = suite.commits ? { commitment: yield* take(32) } : {};
  const bodyEnd = at;
  const iv = suite.commits ? new Uint8Array(ivBytes) : yield* take(ivBytes);
  const tag = yield* take(tagBytes);
  const whole = bytes.slice(0, at);
  return {
    suite,
    messageId,
    storedContext,
    encryptedDataKeys,
    framed,
    frameLength,
    ...commitment,
    body: whole.subarray(0, bodyEnd),
    iv,
    tag,
    bytes: whole,
  };
}

/** The header of a framed message, without its tag. Throws `bad-argument` for what has no room in it. */
export function formatHeader(fields: HeaderFields): Bytes {
  const { suite, messageId, storedContext, encryptedDataKeys, frameLength, commitment } = fields;
  const framed = Uint8Array.of(2);
  return concatBytes(
    suite.commits ? Uint8Array.of(2) : Uint8Array.of(1, 0x80),
    uint16(suite.code),
    messageId,
    counted(serializeContext(storedContext)),
    uint16(encryptedDataKeys.length),
    ...encryptedDataKeys.flatMap(({ providerId, providerInfo, ciphertext }) => [
      counted(utf8(providerId)),
      counted(providerInfo),
      counted(ciphertext),
    ]),
    framed,
    suite.commits ? new Uint8Array() : Uint8Array.of(0, 0, 0, 0, ivBytes),
    uint32(frameLength),
    commitment ?? new Uint8Array(),
  );
}

function counted(bytes: Bytes): Bytes {
  if (bytes.length > 0xffff) {
    throw new EnvelopeError('bad-argument', 'a field of the header is longer than 65,535 bytes');
  }
  return concatBytes(uint16(bytes.length), bytes);
}

function suiteOf(code: number, version: 1 | 2): Suite {
  const suite = suiteByCode(code);
  if (!suite) {
    const why = isS3ecSuite(code) ? 'belongs to the S3 Encryption Client' : 'is unknown';
    const id = code.toString(16).padStart(4, '0');
    throw new EnvelopeError('algorithm-unsupported', `the algorithm suite ${why}`, {
      details: { suite: id },
    });
  }
  if (suite.commits !== (version === 2)) {
    throw new EnvelopeError('metadata-mixed', 'the algorithm suite belongs to the other format version');
  }
  return suite;
}

/** The first two bytes of either version in base64: `AY` or `Ag`. */
function refuseBase64(first: number, rest: Bytes): void {
  const text = String.fromCharCode(first, ...rest);
  if (text === 'AY' || text === 'Ag') {
    throw new EnvelopeError('metadata-invalid', 'this is base64 text; the message is what it stands for', {
      details: { field: 'base64' },
    });
  }
}

function invalid(field: string, reason: string): EnvelopeError {
  return new EnvelopeError('metadata-invalid', `the header's ${field} ${reason}`, { details: { field } });
}

function exceeded(what: string, limit: number): EnvelopeError {
  return new EnvelopeError('limit-exceeded', `the message has more than ${limit} ${what}`, {
    details: { what, limit },
  });
}
