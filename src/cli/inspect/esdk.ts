import { fromUtf8, toHex } from '../../core/bytes.ts';
import { EnvelopeError } from '../../core/errors.ts';
import { publicKeyName } from '../../core/esdk/context.ts';
import { layoutOf } from '../../core/esdk/decryptor.ts';
import type { EncryptedDataKey, MessageHeader } from '../../core/esdk/esdk.ts';
import { parseKmsArn } from '../../core/esdk/keyrings/arn.ts';
import { aesNameIn } from '../../core/esdk/keyrings/raw-aes-keyring.ts';
import type { Suite } from '../../core/esdk/suite.ts';
import { peekFooter, type SealedSource } from '../sealed-source.ts';
import type { Report, Wrap } from './report.ts';

/** What a message of the AWS Encryption SDK says of itself. */
export async function reportMessage(
  source: SealedSource,
  header: MessageHeader,
  signal: AbortSignal,
): Promise<Report> {
  const { name, head } = source;
  const { suite, messageId, storedContext, encryptedDataKeys, framed, frameLength } = header;
  const wraps = encryptedDataKeys.map(wrapOf);
  const length = await lengthOf(source, header, signal);
  return {
    source: name,
    kind: 'esdk',
    title: `a message of the AWS Encryption SDK, format version ${suite.commits ? 2 : 1}`,
    ...(Number.isFinite(head.size) && { storedBytes: head.size }),
    ...(length.bytes !== undefined && { plaintextBytes: length.bytes }),
    version: suite.commits ? 2 : 1,
    contentAlgorithm: { id: suite.id, name: nameOf(suite) },
    commitsToKey: suite.commits,
    signed: suite.curve !== undefined,
    wraps,
    encryptionContext: storedContext,
    frames: framed
      ? { length: frameLength, ...(length.frames !== undefined && { count: length.frames }) }
      : 'none',
    messageId: toHex(messageId),
    opensWith: wraps.map(opener),
    remarks: [
      ...(suite.commits
        ? []
        : ['does not commit to its key: reading takes --commitment-policy require-encrypt-allow-decrypt']),
      ...(suite.hash ? [] : ['its data key encrypts the content itself, without a derivation']),
      ...(framed ? [] : ['it has no frames: nothing of it can be handed over before all of it is read']),
      ...(suite.curve && Object.hasOwn(storedContext, publicKeyName) === false
        ? ['it is signed, and the key to check the signature with is missing']
        : []),
      ...(wraps.length > 10 ? [`${wraps.length} wrapped data keys are many`] : []),
    ],
    ...(length.problem && { problem: length.problem }),
  };
}

function nameOf({ keyBytes, hash, curve, commits }: Suite): string {
  const parts = [
    `AES-${8 * keyBytes}-GCM`,
    ...(commits ? ['with key commitment'] : []),
    `(${[hash ? `HKDF-${hash}` : 'no key derivation', ...(curve ? [`signed with ECDSA ${curve}`] : [])].join(', ')})`,
  ];
  return parts.join(' ');
}

function wrapOf(encrypted: EncryptedDataKey): Wrap {
  const { providerId, providerInfo } = encrypted;
  const text = fromUtf8(providerInfo);
  if (providerId.startsWith('aws-kms')) {
    return { algorithm: 'AWS KMS', keyKind: 'kms', provider: providerId, key: text ?? toHex(providerInfo) };
  }
  const aesName = aesNameIn(encrypted);
  if (aesName !== undefined) {
    return { algorithm: 'AES-GCM', keyKind: 'aes', provider: providerId, key: aesName };
  }
  const isRsa = text !== undefined && encrypted.ciphertext.length >= 128;
  return {
    algorithm: isRsa ? 'RSA' : 'unknown',
    keyKind: isRsa ? 'rsa' : 'unknown',
    provider: providerId,
    key: text ?? toHex(providerInfo),
  };
}

function opener({ keyKind, provider, key }: Wrap): string {
  if (keyKind === 'kms') {
    const isArn = parseKmsArn(key ?? '')?.type === 'key';
    return isArn ? `--kms ${key}` : `the KMS key ${key}, which is no ARN of a key`;
  }
  const kinds = { aes: 'AES key', rsa: 'RSA private key', unknown: 'key of an unknown kind' };
  return `the ${kinds[keyKind]} that is called ${provider}/${key} (--key FILE)`;
}

interface Length {
  readonly bytes?: number;
  readonly frames?: number;
  readonly problem?: Report['problem'];
}

/** From the length of a message follows that of its plaintext, and of a signed one from its signature's as well. */
async function lengthOf(source: SealedSource, header: MessageHeader, signal: AbortSignal): Promise<Length> {
  const { size } = source.head;
  if (!Number.isFinite(size)) return {};
  const footer = header.suite.curve && (await peekFooter(source, signal));
  try {
    const { plaintextLength, frames } = layoutOf(header, size, footer);
    return { bytes: plaintextLength, ...(header.framed && { frames }) };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return { problem: { code: error.code, message: error.message } };
  }
}
