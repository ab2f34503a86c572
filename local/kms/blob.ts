/**
 * The ciphertext blobs of the local KMS. AWS's are opaque and so are these; what counts is that each names
 * its key and version, and that the encryption context is authenticated with it.
 *
 *     1 byte   version, 1
 *     16 bytes key id (UUID)
 *     2 bytes  which material of the key, since a rotated key keeps its old ones
 *     12 bytes IV
 *     n bytes  AES-256-GCM ciphertext, then 16 bytes tag
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export type EncryptionContext = Readonly<Record<string, string>>;

const headerLength = 19;
const ivLength = 12;
const tagLength = 16;

export interface BlobParts {
  readonly keyId: string;
  readonly material: number;
}

export function seal(
  parts: BlobParts,
  secret: Uint8Array,
  plaintext: Uint8Array,
  context: EncryptionContext,
): Buffer {
  const header = Buffer.alloc(headerLength);
  header[0] = 1;
  Buffer.from(parts.keyId.replaceAll('-', ''), 'hex').copy(header, 1);
  header.writeUInt16BE(parts.material, 17);
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv('aes-256-gcm', secret, iv);
  cipher.setAAD(Buffer.concat([header, encodeContext(context)]));
  return Buffer.concat([header, iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Which key a blob names; undefined if it is none of ours. */
export function readBlob(blob: Uint8Array): BlobParts | undefined {
  const buffer = Buffer.from(blob);
  if (buffer.length < headerLength + ivLength + tagLength || buffer[0] !== 1) return undefined;
  const hex = buffer.toString('hex', 1, 17);
  const keyId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { keyId, material: buffer.readUInt16BE(17) };
}

/** The plaintext; undefined if blob, key or context are not those it was sealed with. */
export function open(blob: Uint8Array, secret: Uint8Array, context: EncryptionContext): Buffer | undefined {
  const buffer = Buffer.from(blob);
  const bodyStart = headerLength + ivLength;
  const decipher = createDecipheriv('aes-256-gcm', secret, buffer.subarray(headerLength, bodyStart));
  decipher.setAAD(Buffer.concat([buffer.subarray(0, headerLength), encodeContext(context)]));
  decipher.setAuthTag(buffer.subarray(-tagLength));
  try {
    return Buffer.concat([decipher.update(buffer.subarray(bodyStart, -tagLength)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Pairs sorted by name, each text after its length, so that no two contexts look alike. */
function encodeContext(context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).map((pair) => pair.map((item) => Buffer.from(item, 'utf8')));
  pairs.sort(([a = Buffer.of()], [b = Buffer.of()]) => Buffer.compare(a, b));
  return Buffer.concat(
    pairs.flat().flatMap((item) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(item.length);
      return [length, item];
    }),
  );
}
