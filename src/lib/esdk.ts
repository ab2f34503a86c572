/** `s3-envelope/esdk`: messages of the AWS Encryption SDK, for bytes, Blobs and streams, without any SDK. */
export type { Bytes } from '../core/bytes.ts';
export {
  EnvelopeError,
  type ErrorCode,
  type ErrorDetails,
  type ErrorFamily,
  errorCodes,
} from '../core/errors.ts';
export * from '../core/esdk/esdk.ts';
export { importWrappingKey } from '../core/keyrings/aes-keyring.ts';
export type { Description, KmsClient, KmsMessageClient } from '../core/keyrings/keyring.ts';
export type { ByteRange, Metadata, ObjectDecryptor, ObjectEncryptor } from '../core/object.ts';
