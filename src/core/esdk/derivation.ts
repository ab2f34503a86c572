import { type Bytes, concatBytes, utf8 } from '../bytes.ts';
import { EnvelopeError } from '../errors.ts';
import { deriveLabelledKey } from '../labelled-key.ts';
import { subtle } from '../subtle.ts';
import { uint16 } from './numbers.ts';
import type { Suite } from './suite.ts';

export interface MessageKeys {
  /** AES-GCM, non-extractable. */
  readonly contentKey: CryptoKey;
  /** What the header of a suite that commits must say: 32 bytes. */
  readonly commitment?: Bytes;
  deriveKey: DeriveKey;
}

/**
 * A key of this message's own for what is stored beside it, such as a name: AES-256-GCM, non-extractable, derived
 * as S3EC's are. Whoever opens the message derives it again. One label, one key: never seal two things under it with
 * the same IV. Only suites that commit have one: `algorithm-unsupported`.
 */
export type DeriveKey = (label: string) => Promise<CryptoKey>;

const usages: KeyUsage[] = ['encrypt', 'decrypt'];
const commitmentInfo = utf8('COMMITKEY');
const hashBytes = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 } as const;

/**
 * What a data key yields for one message (framework/algorithm-suites.md; HKDF is RFC 5869). Takes the key over
 * into WebCrypto: the caller's bytes are not kept and can be wiped afterwards.
 */
export async function deriveMessageKeys(
  suite: Suite,
  dataKey: Bytes,
  messageId: Bytes,
): Promise<MessageKeys> {
  const webCrypto = subtle();
  const { hash, keyBytes } = suite;
  if (!hash) {
    return {
      contentKey: await webCrypto.importKey('raw', dataKey, 'AES-GCM', false, usages),
      deriveKey: derivesNothing,
    };
  }

  // Zeros of the hash's length are what HKDF takes for no salt.
  const salt = suite.commits ? messageId.slice() : new Uint8Array(hashBytes[hash]);
  const key = await webCrypto.importKey('raw', dataKey, 'HKDF', false, ['deriveBits', 'deriveKey']);
  const hkdf = (info: Bytes): HkdfParams => ({ name: 'HKDF', hash, salt, info });
  const contentInfo = concatBytes(uint16(suite.code), suite.commits ? utf8('DERIVEKEY') : messageId);
  const contentAlgorithm = { name: 'AES-GCM', length: 8 * keyBytes };
  const contentKey = await webCrypto.deriveKey(hkdf(contentInfo), key, contentAlgorithm, false, usages);
  if (!suite.commits) return { contentKey, deriveKey: derivesNothing };
  const commitment = await webCrypto.deriveBits(hkdf(commitmentInfo), key, 256);
  return {
    contentKey,
    commitment: new Uint8Array(commitment),
    deriveKey: (label) => deriveLabelledKey(key, salt, label),
  };
}

async function derivesNothing(): Promise<never> {
  throw new EnvelopeError('algorithm-unsupported', 'only suites that commit derive keys for what is beside');
}

/** Rejects with `algorithm-unsupported` where the platform has no AES of the suite's key length (Chromium: 192). */
export async function checkPlatformHas({ id, keyBytes }: Suite): Promise<void> {
  try {
    await subtle().importKey('raw', new Uint8Array(keyBytes), 'AES-GCM', false, usages);
  } catch (cause) {
    if (cause instanceof EnvelopeError) throw cause;
    throw new EnvelopeError('algorithm-unsupported', `this platform has no AES-${8 * keyBytes}`, {
      cause,
      details: { suite: id },
    });
  }
}
