import { type Bytes, utf8 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { type GcmKey, importGcmKey } from '../gcm/gcm.ts';
import { deriveLabelledKey } from '../labelled-key.ts';
import { subtle } from '../subtle.ts';

/** What one data key and one message id yield: HKDF (RFC 5869) with HMAC-SHA-512, the message id as salt. */
export interface Derivation {
  /** 28 bytes, stored in the open. */
  commitment(): Promise<Bytes>;
  contentKey(): Promise<GcmKey>;
  /** Our own, for what belongs to the object and is not its content: AES-256-GCM, non-extractable. */
  deriveKey(label: string): Promise<CryptoKey>;
}

// The suite's id before the purpose, also where content is read by CTR (s3-encryption/key-derivation.md).
const commitmentInfo = utf8('\x00\x73COMMITKEY');
const contentKeyInfo = utf8('\x00\x73DERIVEKEY');

/** Takes the key over into WebCrypto: the caller's bytes are not kept and can be wiped afterwards. */
export async function createDerivation(dataKey: Bytes, messageId: Bytes): Promise<Derivation> {
  const webCrypto = subtle();
  const salt = messageId.slice();
  const key = await webCrypto.importKey('raw', dataKey, 'HKDF', false, ['deriveBits', 'deriveKey']);
  const hkdf = (info: Bytes): HkdfParams => ({ name: 'HKDF', hash: 'SHA-512', salt, info });
  const bytes = async (info: Bytes, length: number) =>
    new Uint8Array(await webCrypto.deriveBits(hkdf(info), key, 8 * length));

  return {
    commitment: () => bytes(commitmentInfo, 28),

    async contentKey() {
      const raw = await bytes(contentKeyInfo, 32);
      try {
        return await importGcmKey(raw);
      } finally {
        raw.fill(0);
      }
    },

    deriveKey: (label) => deriveLabelledKey(key, salt, label),
  };
}

/** `deriveKey` of the formats before V3. */
export async function derivesNothing(): Promise<never> {
  throw new EnvelopeError('algorithm-unsupported', 'only format V3 derives keys from its data key');
}
