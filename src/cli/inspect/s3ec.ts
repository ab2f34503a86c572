import { EnvelopeError } from '../../core/errors.ts';
import type { Description } from '../../core/keyrings/keyring.ts';
import { cbcAlgorithm, isLegacyWrap, v2Algorithm, v3Algorithm } from '../../core/s3ec/algorithm.ts';
import { mapkeys } from '../../core/s3ec/mapkeys.ts';
import { type Envelope, parseEnvelope, plaintextLengthOf } from '../../core/s3ec/s3ec.ts';
import { nameField } from '../../transfer/file-name.ts';
import { describedKey } from '../../vault/personal-key.ts';
import type { Recognised } from '../recognise.ts';
import type { SealedSource } from '../sealed-source.ts';
import type { Report, Wrap } from './report.ts';

const names: Readonly<Record<Envelope['contentAlgorithm'], string>> = {
  [v3Algorithm]: 'AES-256-GCM with key commitment (HKDF-SHA-512)',
  [v2Algorithm]: 'AES-256-GCM',
  [cbcAlgorithm]: 'AES-CBC, which nothing authenticates',
};

export const cbcOption = '--allow-legacy-unauthenticated-content';
export const wrapOption = '--allow-legacy-weak-wrapping';
const policyOption = '--commitment-policy require-encrypt-allow-decrypt';

/** Everything is parsed, legacy forms too: a report opens nothing. */
const all = { unauthenticatedContent: true, weakWrapping: true };

/** What an object of S3EC says of itself. */
export function reportObject(
  { name, head }: SealedSource,
  { instructionFile }: Extract<Recognised, { format: 's3ec' }>,
): Report {
  const stored = Number.isFinite(head.size) ? { storedBytes: head.size } : {};
  const base = { source: name, ...stored, envelopeIn: instructionFile?.name ?? 'metadata' };
  let envelope: Envelope;
  try {
    envelope = parseEnvelope(head.metadata, {
      instructionFile: instructionFile === null ? null : instructionFile?.body,
      legacy: all,
    });
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    const problem =
      instructionFile === null
        ? { code: 'metadata-incomplete', message: 'its instruction file is missing' }
        : { code: error.code, message: error.message };
    const title = 'an object of S3EC with an envelope that cannot be read';
    return { ...base, kind: 's3ec', title, opensWith: [], remarks: [], problem };
  }
  const { version, contentAlgorithm, wrapAlgorithm, description } = envelope;
  const isManifest = looksLikeManifest(head.key, envelope);
  const length = plaintextLength(head.size, envelope);
  const wrap = wrapOf(envelope);
  return {
    ...base,
    kind: isManifest ? 'share-manifest' : 's3ec',
    title: isManifest
      ? 'the list of files of a share link, an object of S3EC V3'
      : `an object of the S3 Encryption Client, format V${version}`,
    ...(length.bytes !== undefined && { plaintextBytes: length.bytes }),
    version,
    contentAlgorithm: { id: contentAlgorithm, name: names[contentAlgorithm] },
    commitsToKey: version === 3,
    wraps: [wrap],
    ...(wrap.keyKind === 'kms' ? { encryptionContext: description } : { materialsDescription: description }),
    nameIsSealed: head.metadata[nameField] !== undefined,
    opensWith: [isManifest ? 'the link alone ("s3-envelope open-link")' : opener(wrap, description)],
    remarks: [
      ...(version === 3 ? [] : [`does not commit to its key: reading takes ${policyOption}`]),
      ...(contentAlgorithm === cbcAlgorithm
        ? [`whoever may write to the store can change it unnoticed: reading takes ${cbcOption}`]
        : []),
      ...(isLegacyWrap(wrapAlgorithm) ? [legacyWrapRemark(wrapAlgorithm)] : []),
      ...length.remarks,
      ...oddities(head.metadata, envelope),
    ],
    ...(length.problem && { problem: length.problem }),
  };
}

/** Wraps that no platform here opens. */
const neverOpened: readonly string[] = ['RSA', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding'];

function legacyWrapRemark(wrapAlgorithm: string): string {
  return neverOpened.includes(wrapAlgorithm)
    ? 'its data key is wrapped in an old way that is not supported here'
    : `its data key is wrapped in an old way that does not bind what it is for: reading takes ${wrapOption}`;
}

function wrapOf({ wrapAlgorithm }: Envelope): Wrap {
  const kinds = { kms: /^kms/, rsa: /^RSA/, aes: /^AES/ } as const;
  const found = (['kms', 'rsa', 'aes'] as const).find((kind) => kinds[kind].test(wrapAlgorithm)) ?? 'unknown';
  const isOld = isLegacyWrap(wrapAlgorithm);
  return {
    algorithm: wrapAlgorithm,
    keyKind: found,
    ...(isOld && { legacy: neverOpened.includes(wrapAlgorithm) ? 'unsupported' : wrapOption }),
  };
}

function opener({ keyKind }: Wrap, description: Description): string {
  const fingerprint = describedKey(description);
  const pairs = Object.entries(description).map(([key, value]) => `${key}=${value}`);
  const described =
    pairs.length === 0 ? 'the AES or RSA key that wrapped it' : `described as ${pairs.join(', ')}`;
  if (keyKind === 'kms') return 'the KMS key that wrapped it, which the object does not name (--kms KEY)';
  const kind = keyKind === 'rsa' ? 'RSA private key' : 'AES key';
  if (fingerprint !== undefined) return `the ${kind} with the fingerprint ${fingerprint} (--key FILE)`;
  return pairs.length === 0
    ? `the ${kind} that wrapped it (--key FILE)`
    : `the ${kind} ${described} (--key FILE)`;
}

/** `ID/manifest`, sealed under a key without a description, is how the app stores what a link opens. */
function looksLikeManifest(key: string, { version, wrapAlgorithm, description }: Envelope): boolean {
  const isNamed = /(^|\/)[\w-]{22}\/manifest$/.test(key);
  return isNamed && version === 3 && wrapAlgorithm === 'AES/GCM' && Object.keys(description).length === 0;
}

interface Length {
  readonly bytes?: number;
  readonly remarks: readonly string[];
  readonly problem?: Report['problem'];
}

function plaintextLength(size: number, { contentAlgorithm }: Envelope): Length {
  if (!Number.isFinite(size)) return { remarks: [] };
  if (contentAlgorithm === cbcAlgorithm) {
    return {
      remarks: [
        `padding hides how long the plaintext is: ${Math.max(0, size - 16)} to ${Math.max(0, size - 1)} bytes`,
      ],
    };
  }
  try {
    return { bytes: plaintextLengthOf(size), remarks: [] };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return { remarks: [], problem: { code: error.code, message: error.message } };
  }
}

function oddities(metadata: Readonly<Record<string, string>>, { version }: Envelope): readonly string[] {
  const remarks: string[] = [];
  if (metadata[mapkeys.plaintextLength] !== undefined) {
    remarks.push(
      `an old writer told the length of the plaintext: ${metadata[mapkeys.plaintextLength]} bytes`,
    );
  }
  if (version === 3 && metadata[mapkeys.encryptionContext] && metadata[mapkeys.materialsDescription]) {
    remarks.push('it has a materials description beside an encryption context; only one of them is meant');
  }
  if (metadata[mapkeys.instructionFile] !== undefined) {
    remarks.push('it is marked as an instruction file, and is none');
  }
  return remarks;
}
