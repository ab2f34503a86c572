import { concatBytes, fromBase64, fromUtf8, randomBytes, toBase64, utf8 } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import type { Metadata } from '../core/object.ts';

/**
 * A file's name is nobody's business but the key holder's, so the object has a random key and carries the
 * name sealed, in metadata of its own: base64 of a 12-byte IV and the AES-256-GCM ciphertext of the UTF-8
 * name. The key is derived from the data key and the message id, so a name moved to another object does not
 * open there. Clients that know nothing of it ignore it.
 */
export const nameField = 's3-envelope-name';

/** What `deriveKey` of an envelope is asked for. */
export const nameLabel = 'name';

const ivLength = 12;
const tagLength = 16;
/** Characters of base64; S3 takes half of it. */
const longestField = 4096;

/** The metadata entry that holds the name. */
export async function sealName(key: CryptoKey, name: string): Promise<Metadata> {
  const iv = randomBytes(ivLength);
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, utf8(name)));
  return { [nameField]: toBase64(concatBytes(iv, sealed)) };
}

/** Bytes of all names and values of an object's metadata that S3 keeps. */
const mostMetadata = 2048;

/** Throws `metadata-too-large` for a name that has no room beside what else is stored with the object. */
export function checkName(name: string, others: Metadata): void {
  const used = Object.entries(others).reduce((sum, [key, value]) => sum + utf8(key + value).length, 0);
  const room = mostMetadata - used - utf8(nameField).length;
  const maxNameBytes = Math.floor(room / 4) * 3 - ivLength - tagLength;
  const nameBytes = utf8(name).length;
  if (nameBytes <= maxNameBytes) return;
  throw new EnvelopeError('metadata-too-large', 'S3 has no room for the sealed name', {
    details: { nameBytes, maxNameBytes },
  });
}

/** The name; undefined where the object carries none, as another client's does. */
export async function openName(key: CryptoKey, metadata: Metadata): Promise<string | undefined> {
  const field = metadata[nameField];
  if (!field) return undefined;
  const bytes = field.length > longestField ? undefined : fromBase64(field);
  if (!bytes) throw new EnvelopeError('metadata-invalid', 'the sealed name is not base64, or far too long');
  const iv = bytes.slice(0, ivLength);
  const plaintext = await crypto.subtle
    .decrypt({ name: 'AES-GCM', iv }, key, bytes.slice(ivLength))
    .catch((error: unknown) => {
      throw new EnvelopeError('tag-mismatch', 'the sealed name is not what was written', { cause: error });
    });
  return fromUtf8(new Uint8Array(plaintext));
}

/** The name as a property, absent where the object carries none. */
export async function nameIn(
  metadata: Metadata,
  deriveKey: (label: string) => Promise<CryptoKey>,
): Promise<{ readonly name?: string }> {
  if (!metadata[nameField]) return {};
  const name = await openName(await deriveKey(nameLabel), metadata);
  return name === undefined ? {} : { name };
}
