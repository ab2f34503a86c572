import { CopyObjectCommand, GetObjectTaggingCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { EnvelopeError } from '../core/errors.ts';
import type { Description, Keyring } from '../core/keyrings/keyring.ts';
import type { Metadata } from '../core/object.ts';
import { parseEnvelope, rewrapEnvelope } from '../core/s3ec/s3ec.ts';
import { aborting } from '../store/asking.ts';
import { copyByParts, copySourceOf } from '../store/aws/copy-by-parts.ts';
import type { CreationParameters } from '../store/aws/s3-store-over.ts';
import type { Stored } from '../store/store.ts';
import { type EnvelopeFacts, factsOf } from './facts.ts';
import { fetchInstructionFile, storeInstructionFile } from './instruction-file.ts';
import { type LookedAt, lookAt, openingOptions } from './open.ts';
import {
  type Cancellable,
  type Connection,
  connect,
  type OpenOptions,
  type Settings,
  type Target,
} from './settings.ts';

export interface ReEncryptInput extends Target, OpenOptions, Cancellable {
  /** Wraps the data key from now on. */
  readonly newKeyring: Keyring;
  /** For KMS keyrings alone; the old one is not taken over. */
  readonly newEncryptionContext?: Description | undefined;
  /**
   * Where the object has an instruction file: the suffix of the new one, `.instruction` unless given. With
   * another the old one stays, and both keys open the object.
   */
  readonly newInstructionFileSuffix?: string | undefined;
  /** The object must still be this one. */
  readonly IfMatch?: string | undefined;
  /** Lets a raw key follow a raw key of the same materials description, by which readers choose their key. */
  readonly allowSameDescription?: boolean | undefined;
  /** Makes sure that the old keyring does not open the new wrap. */
  readonly enforceRotation?: boolean | undefined;
}

export interface ReEncryptOutput {
  /** Of the object, or of its new instruction file where it has one. */
  readonly ETag: string | undefined;
  readonly VersionId: string | undefined;
  readonly envelope: EnvelopeFacts;
}

/** CopyObject takes objects of up to 5 GB. */
export interface CopyLimits {
  readonly wholeBytes: number;
  readonly rangeBytes: number;
}

const s3Limits: CopyLimits = { wholeBytes: 5_000_000_000, rangeBytes: 1024 ** 3 };

/** See `S3EncryptionClient.reEncrypt`. */
export async function reEncrypt(
  settings: Settings,
  input: ReEncryptInput,
  limits: CopyLimits = s3Limits,
): Promise<ReEncryptOutput> {
  const { Bucket, Key, IfMatch } = input;
  const connection = connect(settings, input, input);
  const looked = await lookAt(connection, { Bucket, Key, IfMatch }, input.instructionFileSuffix);
  const old = looked.instructionFile === null ? null : looked.instructionFile?.body;
  const { metadata, instructionFile } = await rewrapEnvelope(looked.head.metadata, old, {
    ...openingOptions(settings, input),
    newKeyring: input.newKeyring,
    newEncryptionContext: input.newEncryptionContext,
    newSuffix: input.newInstructionFileSuffix,
    allowSameDescription: input.allowSameDescription,
    enforceRotation: input.enforceRotation,
  });
  const newFileKey = instructionFile && Key + instructionFile.suffix;
  const facts = factsOf(parseEnvelope(metadata, { instructionFile: instructionFile?.body }), newFileKey);
  let stored: Stored;
  if (instructionFile && newFileKey) {
    const condition = await ifUnchanged(connection, Bucket, newFileKey, looked);
    const create = encryptionOf(looked.answer);
    stored = await storeInstructionFile(connection, newFileKey, instructionFile, create, condition);
  } else {
    stored = await replaceMetadata(connection, Bucket, looked, metadata, limits);
  }
  return { ETag: stored.etag, VersionId: stored.versionId, envelope: facts };
}

/** The new instruction file takes the place of the one that is there now, or of none. */
async function ifUnchanged(
  connection: Connection,
  Bucket: string,
  key: string,
  { instructionFileKey, instructionFile }: LookedAt,
): Promise<{ IfMatch: string } | { IfNoneMatch: string }> {
  const there =
    key === instructionFileKey ? instructionFile : await fetchInstructionFile(connection, Bucket, key);
  if (!there) return { IfNoneMatch: '*' };
  if (there.etag !== undefined) return { IfMatch: there.etag };
  throw new EnvelopeError('cors-header-hidden', "the bucket's CORS rule does not expose ETag", {
    details: { header: 'ETag' },
  });
}

/** Copies the object onto itself, body untouched, unless it has changed meanwhile. */
async function replaceMetadata(
  { client, ask, always, signal }: Connection,
  Bucket: string,
  { answer, head }: LookedAt,
  Metadata: Metadata,
  { wholeBytes, rangeBytes }: CopyLimits,
): Promise<Stored> {
  const target = { ...always, ...keptOf(answer), Bucket, Key: head.key, Metadata: { ...Metadata } };
  const condition = { IfMatch: head.etag };
  if (head.size > wholeBytes) {
    // CopyObject takes the tags along; parts do not.
    const Tagging = answer.TagCount ? await tagsOf() : undefined;
    return copyByParts(
      { client, ask, signal, rangeBytes },
      { ...always, Bucket, source: head },
      { ...target, Tagging },
      condition,
    );
  }
  const copied = await ask('CopyObject', signal, () =>
    client.send(
      new CopyObjectCommand({
        ...target,
        ...condition,
        CopySource: copySourceOf(Bucket, head.key),
        CopySourceIfMatch: head.etag,
        MetadataDirective: 'REPLACE',
      }),
      aborting(signal),
    ),
  );
  return { etag: copied.CopyObjectResult?.ETag, versionId: copied.VersionId };

  async function tagsOf(): Promise<string> {
    const { TagSet = [] } = await ask('GetObjectTagging', signal, () =>
      client.send(new GetObjectTaggingCommand({ ...always, Bucket, Key: head.key }), aborting(signal)),
    );
    return new URLSearchParams(TagSet.map(({ Key = '', Value = '' }) => [Key, Value])).toString();
  }
}

/** All that replacing the metadata would otherwise take away. Access lists are not among what HEAD tells. */
function keptOf(answer: HeadObjectCommandOutput): CreationParameters {
  const { ObjectLockMode, ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus } = answer;
  const isRetained = ObjectLockRetainUntilDate && ObjectLockRetainUntilDate.getTime() > Date.now();
  return {
    CacheControl: answer.CacheControl,
    ContentDisposition: answer.ContentDisposition,
    ContentEncoding: answer.ContentEncoding,
    ContentLanguage: answer.ContentLanguage,
    ContentType: answer.ContentType,
    Expires: answer.Expires,
    StorageClass: answer.StorageClass,
    WebsiteRedirectLocation: answer.WebsiteRedirectLocation,
    ...(isRetained ? { ObjectLockMode, ObjectLockRetainUntilDate } : {}),
    ...(ObjectLockLegalHoldStatus === 'ON' ? { ObjectLockLegalHoldStatus } : {}),
    ...encryptionOf(answer),
  };
}

function encryptionOf({
  ServerSideEncryption,
  SSEKMSKeyId,
  BucketKeyEnabled,
}: HeadObjectCommandOutput): CreationParameters {
  return { ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled };
}
