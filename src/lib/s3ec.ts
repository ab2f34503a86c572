/** `s3-envelope/s3ec`: the S3 Encryption Client's formats and their keyrings, without S3 and without any SDK. */
export type { Bytes } from '../core/bytes.ts';
export {
  EnvelopeError,
  type ErrorCode,
  type ErrorDetails,
  type ErrorFamily,
  errorCodes,
} from '../core/errors.ts';
export {
  type AesKeyringOptions,
  type AesWrappingKey,
  createAesKeyring,
  importWrappingKey,
} from '../core/keyrings/aes-keyring.ts';
export { createChoosingKeyring } from '../core/keyrings/choosing-keyring.ts';
export { createDataKeyKeyring } from '../core/keyrings/data-key-keyring.ts';
export type {
  ContentAlgorithm,
  Description,
  Fit,
  Keyring,
  KmsClient,
  LegacyWrapAlgorithm,
  UnwrapRequest,
  WrapAlgorithm,
  WrapFacts,
  WrappedDataKey,
  WrappedKey,
  WrapRequest,
} from '../core/keyrings/keyring.ts';
export { createKmsKeyring, type KmsKeyringOptions } from '../core/keyrings/kms-keyring.ts';
export { importLegacyWrappingKey, type LegacyWrappingKey } from '../core/keyrings/legacy-aes.ts';
export { createRsaKeyring, type RsaKeyringOptions } from '../core/keyrings/rsa-keyring.ts';
export type { ByteRange, Metadata, ObjectDecryptor, ObjectEncryptor } from '../core/object.ts';
export * from '../core/s3ec/s3ec.ts';
