import type { LegacyWrapAlgorithm, WrapAlgorithm } from '../keyrings/keyring.ts';

/** Format V3: ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, 0x0073. */
export const v3Algorithm = '115';

/** Format V2: ALG_AES_256_GCM_IV12_TAG16_NO_KDF, 0x0072. */
export const v2Algorithm = 'AES/GCM/NoPadding';

/** Content that nothing authenticates, of the oldest writers: ALG_AES_256_CBC_IV16_NO_KDF, 0x0070. */
export const cbcAlgorithm = 'AES/CBC/PKCS5Padding';

/** Its names; Ruby's is the second. */
export const cbcAlgorithms: readonly string[] = [cbcAlgorithm, 'AES/CBC/PKCS7Padding'];

export const tagBytes = 16;
export const blockBytes = 16;

/** SP 800-38D: 2^32 - 2 blocks, 2^36 - 32 bytes. */
export const maxPlaintextBytes = 2 ** 36 - 32;

/** V3 codes of the wrap algorithms; V2 stores the names themselves. */
export const wrapCodes: Readonly<Record<WrapAlgorithm, string>> = {
  'AES/GCM': '02',
  'kms+context': '12',
  'RSA-OAEP-SHA1': '22',
};

/** Wraps of format V2 that do not bind the content algorithm, by the names that it stores. */
export const legacyWraps = ['kms', 'AESWrap', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding'] as const;

export function isLegacyWrap(
  wrapAlgorithm: WrapAlgorithm | LegacyWrapAlgorithm,
): wrapAlgorithm is LegacyWrapAlgorithm {
  return !Object.hasOwn(wrapCodes, wrapAlgorithm);
}
