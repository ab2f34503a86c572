/** What one content key encrypts: the pieces of the body, and nothing for the header's tag. */
import { type Bytes, concatBytes, utf8 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { subtle } from '../subtle.ts';
import { checkPieceLength } from './layout.ts';
import { ivBytes, tagBytes } from './suite.ts';

/** A frame, the last frame, or the whole body of a message without frames. */
export type PieceKind = 'regular' | 'final' | 'single';

/** data-format/message-body-aad.md */
const labels: Readonly<Record<PieceKind, Bytes>> = {
  regular: utf8('AWSKMSEncryptionClient Frame'),
  final: utf8('AWSKMSEncryptionClient Final Frame'),
  single: utf8('AWSKMSEncryptionClient Single Block'),
};

export interface PieceName {
  readonly kind: PieceKind;
  /** From 1. */
  readonly sequenceNumber: number;
}

/** What AES-GCM takes for a message's content. */
export interface ContentCipher {
  readonly key: CryptoKey;
  readonly messageId: Bytes;
}

/** The IV that a writer gives to the frame of a number; a reader takes what it finds. */
export function frameIv(sequenceNumber: number): Bytes {
  const iv = new Uint8Array(ivBytes);
  new DataView(iv.buffer).setUint32(ivBytes - 4, sequenceNumber);
  return iv;
}

/** Ciphertext and tag. Rejects with `too-large`. */
export async function sealPiece(cipher: ContentCipher, name: PieceName, plaintext: Bytes): Promise<Bytes> {
  checkPieceLength(plaintext.length);
  const iv = frameIv(name.sequenceNumber);
  return encrypt(cipher.key, iv, pieceAad(cipher, name, plaintext.length), plaintext);
}

/** Rejects with `tag-mismatch`, `too-large`. */
export async function openPiece(
  cipher: ContentCipher,
  name: PieceName,
  iv: Bytes,
  sealed: Bytes,
): Promise<Bytes> {
  const plaintextLength = sealed.length - tagBytes;
  checkPieceLength(plaintextLength);
  const additionalData = pieceAad(cipher, name, plaintextLength);
  return decrypt(cipher.key, iv, additionalData, sealed, { frame: name.sequenceNumber });
}

/** The tag over the header, and over pairs of the context that are authenticated and not in it. */
export function headerTag(key: CryptoKey, iv: Bytes, header: Bytes, unstoredContext: Bytes): Promise<Bytes> {
  return encrypt(key, iv, concatBytes(header, unstoredContext), new Uint8Array());
}

/** Rejects with `tag-mismatch`. */
export async function checkHeaderTag(
  key: CryptoKey,
  { iv, body, tag }: { readonly iv: Bytes; readonly body: Bytes; readonly tag: Bytes },
  unstoredContext: Bytes,
): Promise<void> {
  await decrypt(key, iv, concatBytes(body, unstoredContext), tag, { field: 'header' });
}

/** Written in one piece, in half the time that joining four takes: small frames come by the hundred thousand. */
function pieceAad({ messageId }: ContentCipher, { kind, sequenceNumber }: PieceName, length: number): Bytes {
  const label = labels[kind];
  const end = messageId.length + label.length;
  const aad = new Uint8Array(end + 12);
  aad.set(messageId);
  aad.set(label, messageId.length);
  const view = new DataView(aad.buffer);
  view.setUint32(end, sequenceNumber);
  view.setUint32(end + 4, Math.floor(length / 2 ** 32));
  view.setUint32(end + 8, length % 2 ** 32);
  return aad;
}

async function encrypt(key: CryptoKey, iv: Bytes, additionalData: Bytes, plaintext: Bytes): Promise<Bytes> {
  const webCrypto = subtle();
  try {
    const algorithm = { name: 'AES-GCM', iv, additionalData, tagLength: 8 * tagBytes };
    return new Uint8Array(await webCrypto.encrypt(algorithm, key, plaintext));
  } catch (cause) {
    throw new EnvelopeError('internal-error', 'WebCrypto could not encrypt', { cause });
  }
}

async function decrypt(
  key: CryptoKey,
  iv: Bytes,
  additionalData: Bytes,
  sealed: Bytes,
  details: Readonly<Record<string, string | number>>,
): Promise<Bytes> {
  const webCrypto = subtle();
  try {
    const algorithm = { name: 'AES-GCM', iv, additionalData, tagLength: 8 * tagBytes };
    return new Uint8Array(await webCrypto.decrypt(algorithm, key, sealed));
  } catch (cause) {
    throw new EnvelopeError('tag-mismatch', 'the message is not what was sealed', { cause, details });
  }
}
