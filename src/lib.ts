/**
 * The library: an S3 client that seals what it writes and opens what it reads, and what it is made of. Runs in
 * pages, workers and Node alike. AWS KMS is in `s3-envelope/kms`, the formats alone, without any SDK, are in
 * `s3-envelope/s3ec` and `s3-envelope/esdk`.
 */

export type { DecryptedBody } from './lib/body.ts';
export {
  createS3EncryptionClient,
  type S3EncryptionClient,
  type S3EncryptionClientOptions,
} from './lib/client.ts';
export type { DeleteObjectInput, DeleteObjectOutput } from './lib/delete.ts';
export type { EnvelopeFacts } from './lib/facts.ts';
export type { ReEncryptInput, ReEncryptOutput } from './lib/re-encrypt.ts';
export type { GetObjectInput, GetObjectOutput } from './lib/read.ts';
export * from './lib/s3ec.ts';
export type { Cancellable, OpenOptions, Target } from './lib/settings.ts';
export type { UploadBody } from './lib/source.ts';
export type {
  ObjectParameters,
  PutObjectInput,
  PutObjectOutput,
  UploadMultipartInput,
  UploadProgress,
} from './lib/write.ts';
