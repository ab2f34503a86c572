import type { CompleteMultipartUploadCommandInput } from '@aws-sdk/client-s3';
import { EnvelopeError } from '../core/errors.ts';
import type { Description } from '../core/keyrings/keyring.ts';
import type { ByteRange } from '../core/object.ts';
import { defaultInstructionSuffix, encryptObject, parseEnvelope } from '../core/s3ec/s3ec.ts';
import { createSlots } from '../core/slots.ts';
import type { CreationParameters } from '../store/aws/s3-store-over.ts';
import { planParts } from '../transfer/plan.ts';
import { sendObject } from '../transfer/send.ts';
import { checkMetadata, type EnvelopeFacts, factsOf } from './facts.ts';
import { replaceInstructionFile } from './instruction-file.ts';
import { listener } from './listener.ts';
import { type Cancellable, connect, type Settings, type Target } from './settings.ts';
import { createSource, type UploadBody } from './source.ts';

/** S3's own parameters of a new object, as its client has them; those that describe the body's bytes are ours. */
export type ObjectParameters = Omit<
  CreationParameters,
  | keyof Target
  | 'ChecksumAlgorithm'
  | 'Metadata'
  | 'SSECustomerAlgorithm'
  | 'SSECustomerKey'
  | 'SSECustomerKeyMD5'
>;

interface WriteInput extends ObjectParameters, Target, Cancellable {
  /** Stored as it is, readable by anyone who may read the object. */
  readonly Metadata?: Readonly<Record<string, string>> | undefined;
  readonly IfMatch?: CompleteMultipartUploadCommandInput['IfMatch'];
  readonly IfNoneMatch?: CompleteMultipartUploadCommandInput['IfNoneMatch'];
  /** For KMS keyrings alone. Stored with the object, readable by anyone; reading it takes the same. */
  readonly encryptionContext?: Description | undefined;
  /** Whether the wrapped data key goes into an instruction file; as the client was told unless given. */
  readonly instructionFile?: boolean | undefined;
}

export interface PutObjectInput extends WriteInput {
  readonly Body: Blob | Uint8Array | ArrayBuffer | string;
}

/** Bytes of the stored object: the plaintext and a tag of 16. */
export interface UploadProgress {
  readonly loaded: number;
  readonly total: number;
}

export interface UploadMultipartInput extends WriteInput {
  readonly Body: UploadBody;
  /** Bytes; streams need it. */
  readonly ContentLength?: number | undefined;
  /** Bytes, 5 MiB to 5 GiB; 8 MiB unless given. Larger where 10,000 parts would not suffice. */
  readonly partSize?: number | undefined;
  /** Parts on their way at once, 4 unless given. Each holds about three times `partSize` of memory. */
  readonly concurrency?: number | undefined;
  /** Called whenever a part has arrived. What it throws ends the upload: `cancelled`, with that as the cause. */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
}

export interface PutObjectOutput {
  /** Of the stored ciphertext. Undefined where the bucket's CORS rule hides it. */
  readonly ETag: string | undefined;
  readonly VersionId: string | undefined;
  readonly envelope: EnvelopeFacts;
}

const MiB = 1024 ** 2;
const maxPut = 5 * 1024 ** 3 - 16;
const smallestPart = 5 * MiB;
const largestPart = 5 * 1024 ** 3 - 16;
const defaultConcurrency = 4;

/** See `S3EncryptionClient.putObject`. */
export async function putObject(settings: Settings, input: PutObjectInput): Promise<PutObjectOutput> {
  return write(settings, input, {
    plan(length) {
      if (length <= maxPut) return [{ start: 0, end: length }];
      throw new EnvelopeError('too-large', 'one PUT takes up to 5 GiB; uploadMultipart takes more', {
        details: { plaintextLength: length, maxPlaintextBytes: maxPut },
      });
    },
    lanes: 1,
  });
}

/** See `S3EncryptionClient.uploadMultipart`. */
export async function uploadMultipart(
  settings: Settings,
  { partSize = 8 * MiB, concurrency = defaultConcurrency, onProgress, ...input }: UploadMultipartInput,
): Promise<PutObjectOutput> {
  if (!(Number.isSafeInteger(partSize) && smallestPart <= partSize && partSize <= largestPart)) {
    throw new EnvelopeError('bad-argument', 'S3 takes parts of 5 MiB to 5 GiB', { details: { partSize } });
  }
  checkConcurrency(concurrency);
  return write(settings, input, {
    plan: (length, granularity) => planParts(length, granularity, { partBytes: partSize }),
    lanes: concurrency,
    ...(onProgress && { onProgress }),
  });
}

/** Throws `bad-argument`. */
export function checkConcurrency(concurrency: number): void {
  if (Number.isSafeInteger(concurrency) && concurrency >= 1) return;
  throw new EnvelopeError('bad-argument', 'concurrency is a whole number from 1', {
    details: { concurrency },
  });
}

interface Way {
  readonly plan: (plaintextLength: number, granularity: number) => readonly ByteRange[];
  readonly lanes: number;
  readonly onProgress?: (progress: UploadProgress) => void;
}

async function write(
  settings: Settings,
  input: PutObjectInput | UploadMultipartInput,
  way: Way,
): Promise<PutObjectOutput> {
  const {
    Bucket,
    Key,
    Body,
    ContentLength,
    Metadata = {},
    IfMatch,
    IfNoneMatch,
    ExpectedBucketOwner,
    RequestPayer,
    abortSignal,
    encryptionContext,
    instructionFile = settings.instructionFile,
    ...create
  } = input as UploadMultipartInput;
  const connection = connect(settings, { Bucket, Key, ExpectedBucketOwner, RequestPayer }, { abortSignal });
  checkMetadata(Metadata);
  const source = createSource(Body, ContentLength);
  try {
    const encryptor = await encryptObject({
      keyring: settings.keyring,
      commitmentPolicy: settings.commitmentPolicy,
      plaintextLength: source.length,
      encryptionContext,
      instructionSuffix: instructionFile ? defaultInstructionSuffix : undefined,
    });
    const { objectLength: total, granularity, instructionFile: file } = encryptor;
    const instructionFileKey = file && Key + file.suffix;
    const store = connection.store({ create, condition: { IfMatch, IfNoneMatch } });
    const isStored = async () => {
      const { size, metadata } = await store.head(Key);
      return size === total && Object.entries(encryptor.metadata).every(([k, v]) => metadata[k] === v);
    };
    const { tell, signal, reasonOf } = listener(way.onProgress, connection.signal);
    let undo: (() => Promise<void>) | undefined;
    try {
      const stored = await sendObject({
        read: source.read,
        key: Key,
        encryptor,
        metadata: { ...Metadata, ...encryptor.metadata },
        store,
        parts: way.plan(source.length, granularity),
        lanes: way.lanes,
        slots: createSlots(way.lanes),
        signal,
        onSent: (loaded) => tell({ loaded, total }),
        async beforeCommit() {
          if (!file || !instructionFileKey) return;
          undo = await replaceInstructionFile(connection, Bucket, instructionFileKey, file, create);
        },
      });
      return {
        ETag: stored.etag,
        VersionId: stored.versionId,
        envelope: factsOf(
          parseEnvelope(encryptor.metadata, { instructionFile: file?.body }),
          instructionFileKey,
        ),
      };
    } catch (error) {
      // A request that was given up may have been carried out: the commitment on V3's objects tells.
      const canTell = Object.keys(encryptor.metadata).length > 0;
      if (undo && !(canTell && (await isStored().catch(() => false)))) await undo();
      throw reasonOf(error);
    }
  } finally {
    await source.close();
  }
}
