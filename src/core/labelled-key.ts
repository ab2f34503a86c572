import { type Bytes, utf8 } from './bytes.ts';
import { EnvelopeError } from './errors.ts';
import { subtle } from './subtle.ts';

// Begins unlike what either format derives of its own, so no label can meet it.
const prefix = 's3-envelope ';

/**
 * Our own, in both formats: a key for what belongs to an object and is not its content, such as its name. AES-256-
 * GCM, non-extractable, by HKDF-SHA-512 (RFC 5869) under `s3-envelope ` and the label. Rejects with `bad-argument`
 * without a label.
 * @param key the data key, imported for HKDF
 * @param messageId the salt
 */
export async function deriveLabelledKey(key: CryptoKey, messageId: Bytes, label: string): Promise<CryptoKey> {
  if (label === '') throw new EnvelopeError('bad-argument', 'a derived key needs a label');
  return subtle().deriveKey(
    { name: 'HKDF', hash: 'SHA-512', salt: messageId, info: utf8(prefix + label) },
    key,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}
