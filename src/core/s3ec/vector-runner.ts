/**
 * Reads vectors of the schema that vectors/README.md describes with this reader, and says of each whether it met
 * its own expectation: parsed JSON in, results out, on any platform.
 */
import { type Bytes, concatBytes, fromBase64, toBase64, toHex } from '../bytes.ts';
import { EnvelopeError, type ErrorCode } from '../errors.ts';
import { createAesKeyring, importWrappingKey } from '../keyrings/aes-keyring.ts';
import { equalDescriptions } from '../keyrings/description.ts';
import type { Description, Keyring } from '../keyrings/keyring.ts';
import { createKmsKeyring } from '../keyrings/kms-keyring.ts';
import { importLegacyWrappingKey } from '../keyrings/legacy-aes.ts';
import { createRsaKeyring } from '../keyrings/rsa-keyring.ts';
import type { Metadata } from '../object.ts';
import {
  type CommitmentPolicy,
  defaultInstructionSuffix,
  instructionFileKey,
  parseEnvelope,
  unlockEnvelope,
} from './s3ec.ts';

export type VectorKey =
  | { readonly type: 'aes'; readonly material: string }
  | { readonly type: 'rsa'; readonly privatePem: string };

export type VectorKeys = Readonly<Record<string, VectorKey>>;

type VectorKeyring =
  | { readonly type: 'aes' | 'rsa'; readonly key: string; readonly materialsDescription?: Description }
  | {
      readonly type: 'kms';
      readonly keyId: string;
      readonly table: readonly {
        readonly ciphertextBlob: string;
        readonly encryptionContext: Description;
        readonly plaintext: string;
      }[];
    };

type Expectation =
  | { readonly ok: true; readonly plaintextLength: number; readonly plaintextSha256: string }
  | {
      readonly ok: false;
      readonly family?: string;
      readonly familyAlso?: readonly string[];
      readonly kmsMustNotBeCalled?: boolean;
    };

export interface Vector {
  readonly id: string;
  readonly note: string;
  readonly object: { readonly metadata: Metadata; readonly body: string };
  readonly instruction: null | { readonly suffix: string; readonly body: string };
  readonly keyring: VectorKeyring;
  readonly options: {
    readonly commitmentPolicy?: CommitmentPolicy;
    readonly allowLegacyWrapping?: boolean;
    readonly allowLegacyUnauthenticated?: boolean;
    readonly encryptionContext?: Description;
    readonly range?: readonly [number, number];
    readonly instructionSuffix?: string;
  };
  readonly needs?: readonly string[];
  readonly expect: Expectation;
  readonly choice?: true | Expectation;
}

/** A file of a folder of vectors: keys, a group, or neither. */
export interface VectorFile {
  readonly keys?: VectorKeys;
  readonly group?: string;
  readonly vectors?: readonly Vector[];
}

export interface VectorResult {
  readonly id: string;
  /** `unsupported`: the platform lacks what the vector says it needs, and was named in the refusal. */
  readonly outcome: 'passed' | 'failed' | 'unsupported';
  /** What happened. */
  readonly message: string;
}

export interface GroupResult {
  readonly group: string;
  readonly results: readonly VectorResult[];
}

/** What a platform may lack, and the code that then names it. No platform has the two of RSA. */
const namedBy: Readonly<Record<string, ErrorCode>> = {
  'rsa-pkcs1': 'wrap-unsupported',
  'rsa-oaep-mixed': 'wrap-unsupported',
  'aes-192': 'algorithm-unsupported',
};

type Read = { readonly plaintext: Bytes } | { readonly error: unknown; readonly kmsCalls: number };

/** Runs every vector of the files that a folder holds, group by group. */
export async function* runVectorFiles(files: readonly VectorFile[]): AsyncGenerator<GroupResult> {
  const keys: VectorKeys = Object.assign({}, ...files.map((file) => file.keys));
  for (const { group, vectors } of files) {
    if (group === undefined || !vectors) continue;
    const results: VectorResult[] = [];
    for (const vector of vectors) results.push(await runVector(vector, keys));
    yield { group, results };
  }
}

/** Reads one vector, and never rejects. */
export async function runVector(vector: Vector, keys: VectorKeys): Promise<VectorResult> {
  const { id, choice, needs = [] } = vector;
  const read = await readVector(vector, keys);
  const accepted = typeof choice === 'object' ? [vector.expect, choice] : [vector.expect];
  const complaints = await Promise.all(accepted.map((expectation) => complaintOf(read, expectation)));
  const isMet = complaints.includes(undefined) || (choice === true && codeOf(errorOf(read)) !== undefined);
  if (isMet) return { id, outcome: 'passed', message: 'as expected' };
  const code = codeOf(errorOf(read));
  const lacking = needs.find((need) => code !== undefined && namedBy[need] === code);
  return lacking === undefined
    ? { id, outcome: 'failed', message: complaints.join('; ') }
    : { id, outcome: 'unsupported', message: `this platform has no ${lacking}` };
}

/** Why the outcome is not what was expected; undefined if it is. */
async function complaintOf(read: Read, expectation: Expectation): Promise<string | undefined> {
  if (!('error' in read)) {
    if (!expectation.ok) return 'it opened';
    const digest = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', read.plaintext)));
    const isRight =
      read.plaintext.length === expectation.plaintextLength && digest === expectation.plaintextSha256;
    return isRight ? undefined : 'it opened to other bytes';
  }
  const { error, kmsCalls } = read;
  if (!(error instanceof EnvelopeError)) return `it failed with ${String(error)}`;
  if (expectation.ok) return `it was refused: ${error.code}`;
  if (expectation.kmsMustNotBeCalled && kmsCalls > 0) return `it was refused after KMS was asked`;
  const { family, familyAlso = [] } = expectation;
  const isRight = family === undefined || [family, ...familyAlso].includes(error.family);
  return isRight ? undefined : `it was refused as ${error.family} (${error.code}), not as ${family}`;
}

function errorOf(read: Read): unknown {
  return 'error' in read ? read.error : undefined;
}

function codeOf(error: unknown): ErrorCode | undefined {
  return error instanceof EnvelopeError ? error.code : undefined;
}

async function readVector(vector: Vector, keys: VectorKeys): Promise<Read> {
  let kmsCalls = 0;
  try {
    const keyring = await openKeyring(vector.keyring, keys, () => {
      kmsCalls += 1;
    });
    return { plaintext: await readWith(keyring, vector) };
  } catch (error) {
    return { error, kmsCalls };
  }
}

/** What a client does that gets an object, or a range of it. */
async function readWith(keyring: Keyring, { object, instruction, options }: Vector): Promise<Bytes> {
  const { commitmentPolicy, encryptionContext, instructionSuffix = defaultInstructionSuffix } = options;
  const body = base64(object.body);
  const wanted = instructionFileKey('key', object.metadata, instructionSuffix);
  const isThere = instruction !== null && wanted === `key${instruction.suffix}`;
  const legacy = {
    unauthenticatedContent: options.allowLegacyUnauthenticated,
    weakWrapping: options.allowLegacyWrapping,
  };
  const envelope = parseEnvelope(object.metadata, {
    legacy,
    instructionFile: wanted === undefined ? undefined : isThere ? base64(instruction.body) : null,
  });
  const unlocked = await unlockEnvelope(envelope, { keyring, commitmentPolicy, encryptionContext, legacy });

  if (options.range || envelope.contentAlgorithm === 'AES/CBC/PKCS5Padding') {
    const decryptor = unlocked.unauthenticated(body.length);
    const [first, last] = options.range ?? [0, decryptor.longestPlaintext - 1];
    const range = { start: first, end: last + 1 };
    const { start, end } = decryptor.objectRange(range);
    return decryptor.open(range, body.slice(start, end));
  }
  const decryptor = unlocked.decryptor(body.length);
  const middle = Math.min(32 * 1024, decryptor.plaintextLength);
  const pieces = [{ start: 0, end: middle }];
  if (middle < decryptor.plaintextLength) pieces.push({ start: middle, end: decryptor.plaintextLength });
  const opened = await Promise.all(
    pieces.map((piece) => {
      const { start, end } = decryptor.objectRange(piece);
      return decryptor.open(piece.start, body.slice(start, end));
    }),
  );
  await decryptor.verify();
  return concatBytes(...opened);
}

async function openKeyring(
  description: VectorKeyring,
  keys: VectorKeys,
  onKmsCall: () => void,
): Promise<Keyring> {
  if (description.type === 'kms') {
    const { keyId, table } = description;
    return createKmsKeyring({
      keyId,
      client: {
        async generateDataKey() {
          throw new Error('the vectors only read');
        },
        async decrypt(request) {
          onKmsCall();
          const blob = toBase64(request.ciphertextBlob);
          const row = table.find(
            (each) =>
              request.keyId === keyId &&
              each.ciphertextBlob === blob &&
              equalDescriptions(each.encryptionContext, request.encryptionContext),
          );
          if (!row) throw Object.assign(new Error('stub KMS'), { name: 'InvalidCiphertextException' });
          return { plaintext: base64(row.plaintext), keyId };
        },
      },
    });
  }
  const { materialsDescription = {} } = description;
  const key = keys[description.key];
  if (key?.type === 'aes') {
    const raw = base64(key.material);
    const [wrappingKey, legacy] = await Promise.all([importWrappingKey(raw), importLegacyWrappingKey(raw)]);
    return createAesKeyring({ wrappingKey, legacy, materialsDescription });
  }
  if (key?.type === 'rsa') {
    const algorithm = { name: 'RSA-OAEP', hash: 'SHA-1' };
    const pkcs8 = base64(key.privatePem.replace(/-----[^-]+-----|\s/g, ''));
    const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['decrypt']);
    return createRsaKeyring({ privateKey, materialsDescription });
  }
  throw new Error(`there is no key ${description.key}`);
}

function base64(text: string): Bytes {
  const bytes = fromBase64(text);
  if (!bytes) throw new Error('the vector has broken base64');
  return bytes;
}
