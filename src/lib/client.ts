import type { S3Client } from '@aws-sdk/client-s3';
import { EnvelopeError } from '../core/errors.ts';
import type { Keyring } from '../core/keyrings/keyring.ts';
import { loadPart } from '../core/load-part.ts';
import { algorithmToWrite, type CommitmentPolicy, type Legacy } from '../core/s3ec/s3ec.ts';
import { type DeleteObjectInput, type DeleteObjectOutput, deleteObject } from './delete.ts';
import type { ReEncryptInput, ReEncryptOutput } from './re-encrypt.ts';
import { type GetObjectInput, type GetObjectOutput, getObject } from './read.ts';
import {
  type PutObjectInput,
  type PutObjectOutput,
  putObject,
  type UploadMultipartInput,
  uploadMultipart,
} from './write.ts';

export interface S3EncryptionClientOptions {
  /** The caller's own: its credentials, region, endpoint, retries and request handler are used as they are. */
  readonly client: S3Client;
  /** Wraps data keys when writing, opens them when reading. */
  readonly keyring: Keyring;
  /**
   * `REQUIRE_ENCRYPT_REQUIRE_DECRYPT` unless given: writes format V3, which commits to its key, and reads no
   * other. `REQUIRE_ENCRYPT_ALLOW_DECRYPT` reads V2 too; `FORBID_ENCRYPT_ALLOW_DECRYPT` also writes it.
   */
  readonly commitmentPolicy?: CommitmentPolicy | undefined;
  /** Writes the wrapped data key to an object of its own, `<Key>.instruction`. Reading finds either by itself. */
  readonly instructionFile?: boolean | undefined;
  /** What is read beside today's formats. Each name says what is risked; nothing unless given. */
  readonly legacy?: Legacy | undefined;
}

/**
 * An S3 client that seals what it writes and opens what it reads, in the formats of the Amazon S3 Encryption
 * Client. Not an `S3Client` itself, so that none is wrapped in another.
 *
 * Whatever it rejects with is an `EnvelopeError`: `code` tells which, `family` what kind of trouble it is, and
 * `cause` is the SDK's own error where there was one.
 */
export interface S3EncryptionClient {
  /**
   * Seals a body in memory and stores it with one PUT, all or nothing. For what fits in memory about four times; at
   * most 5 GiB (`too-large`).
   */
  putObject(input: PutObjectInput): Promise<PutObjectOutput>;
  /**
   * Seals and stores in parts, several at once, up to 64 GiB less 32 bytes, in memory bounded by `partSize` and
   * `concurrency`. When it rejects, no part is left, and what was at `Key` before is as it was. A body of one
   * part is sent with one PUT.
   */
  uploadMultipart(input: UploadMultipartInput): Promise<PutObjectOutput>;
  /**
   * Looks at an object and has its data key opened; its bytes are fetched when `Body` is asked for them. The
   * whole is verified before any of it comes out. `Body`'s calls reject with `tag-mismatch` where the object was
   * changed, with `object-changed` where it was replaced meanwhile.
   */
  getObject(input: GetObjectInput): Promise<GetObjectOutput>;
  /**
   * Wraps the data key with another keyring and leaves the body as it is: with the envelope in the metadata, the
   * object is copied onto itself inside S3; with an instruction file, a new one is stored. A change that came
   * between is not overwritten (`object-changed`). The copy has S3's default access list, and a body's ETag:
   * two re-encryptions at the same time may both succeed, and the later one holds.
   */
  reEncrypt(input: ReEncryptInput): Promise<ReEncryptOutput>;
  /** Deletes an object and its instruction file, if it has one under the default suffix. */
  deleteObject(input: DeleteObjectInput): Promise<DeleteObjectOutput>;
}

/**
 * Wraps an AWS SDK v3 `S3Client`. Throws `bad-argument` for something that is none, or for a commitment policy
 * that does not exist.
 *
 * In a browser the bucket's CORS rule must let scripts read `ETag`, `Content-Range` and the `x-amz-meta-` headers
 * of the envelope by name.
 */
export function createS3EncryptionClient({
  client,
  keyring,
  commitmentPolicy,
  instructionFile = false,
  legacy,
}: S3EncryptionClientOptions): S3EncryptionClient {
  if (typeof (client as Partial<S3Client> | undefined)?.send !== 'function') {
    throw new EnvelopeError('bad-argument', 'the client must be an S3Client of the AWS SDK');
  }
  algorithmToWrite(commitmentPolicy);
  const settings = { client, keyring, commitmentPolicy, instructionFile, legacy };
  return {
    putObject: (input) => putObject(settings, input),
    uploadMultipart: (input) => uploadMultipart(settings, input),
    getObject: (input) => getObject(settings, input),
    async reEncrypt(input) {
      const { reEncrypt } = await loadPart(import('./re-encrypt.ts'));
      return reEncrypt(settings, input);
    },
    deleteObject: (input) => deleteObject(settings, input),
  };
}
