import type { GetObjectCommandInput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { parseRange } from '../core/s3ec/s3ec.ts';
import { createUnverifiedBody, createVerifiedBody, type DecryptedBody } from './body.ts';
import { callersMetadata, type EnvelopeFacts } from './facts.ts';
import { listener } from './listener.ts';
import { type LookedAt, lookAt, unlock } from './open.ts';
import { lengthOfCbc, within } from './plaintext-range.ts';
import { type Cancellable, connect, type OpenOptions, type Settings, type Target } from './settings.ts';
import { checkConcurrency, type UploadProgress } from './write.ts';

export interface GetObjectInput extends Target, OpenOptions, Cancellable {
  readonly VersionId?: GetObjectCommandInput['VersionId'];
  readonly IfMatch?: GetObjectCommandInput['IfMatch'];
  /**
   * `bytes=first-last` or `bytes=first-`, of the plaintext. What a range gives is never verified: the tag covers
   * the whole object. It takes `legacy: { unauthenticatedContent: true }`.
   */
  readonly Range?: string | undefined;
  /** Ranges of 8 MiB on their way at once, 4 unless given. */
  readonly concurrency?: number | undefined;
  /** Bytes that a stream may hold back until they are verified, 64 MiB unless given; what is longer is fetched twice. */
  readonly bufferSize?: number | undefined;
  /** Called as bytes of the stored object arrive. What it throws ends the reading: `cancelled`, with that as the cause. */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** What HEAD says of the ciphertext and would be wrong of the plaintext. */
type OfTheCiphertext =
  | '$metadata'
  | 'AcceptRanges'
  | 'ContentLength'
  | 'ContentRange'
  | 'Metadata'
  | 'PartsCount'
  | Extract<keyof HeadObjectCommandOutput, `Checksum${string}`>;

export interface GetObjectOutput extends Omit<HeadObjectCommandOutput, OfTheCiphertext> {
  readonly Body: DecryptedBody;
  /** Bytes of plaintext that `Body` gives. */
  readonly ContentLength: number;
  /** `bytes first-last/length` of the plaintext, where a range was asked for. */
  readonly ContentRange?: string;
  /** The caller's own, without the envelope. Nothing authenticates it. */
  readonly Metadata: Record<string, string>;
  readonly envelope: EnvelopeFacts;
  /** Whether `Body` gives verified bytes alone. False for ranges and for CBC content. */
  readonly verified: boolean;
}

const defaultConcurrency = 4;
const defaultBufferSize = 64 * 1024 ** 2;

/** See `S3EncryptionClient.getObject`. */
export async function getObject(settings: Settings, input: GetObjectInput): Promise<GetObjectOutput> {
  const { Bucket, Key, VersionId, IfMatch, Range, onProgress } = input;
  const { concurrency = defaultConcurrency, bufferSize = defaultBufferSize } = input;
  checkConcurrency(concurrency);
  const range = Range === undefined ? undefined : parseRange(Range);
  const connection = connect(settings, input, input);
  const looked = await lookAt(connection, { Bucket, Key, VersionId, IfMatch }, input.instructionFileSuffix);
  const { head } = looked;
  const { unlocked, envelope, facts } = await unlock(settings, looked, input);
  const store = connection.store(VersionId === undefined ? {} : { versionId: VersionId });
  const { tell, signal, reasonOf } = listener(onProgress, connection.signal);
  const request = {
    ...{ store, head, concurrency, bufferSize, signal },
    onReceived: (loaded: number) => tell({ loaded, total: head.size }),
  };
  const output = (Body: DecryptedBody, verified: boolean, ContentLength: number) => ({
    ...ofThePlaintext(looked),
    Metadata: callersMetadata(head.metadata),
    ContentLength,
    Body: failing(Body, reasonOf),
    envelope: facts,
    verified,
  });

  if (range === undefined && envelope.contentAlgorithm !== 'AES/CBC/PKCS5Padding') {
    const newDecryptor = () => unlocked.decryptor(head.size);
    return output(createVerifiedBody(request, newDecryptor), true, newDecryptor().plaintextLength);
  }
  const decryptor = unlocked.unauthenticated(head.size);
  const isCbc = envelope.contentAlgorithm === 'AES/CBC/PKCS5Padding';
  const length = isCbc
    ? await lengthOfCbc(decryptor, store, looked, connection.signal)
    : decryptor.longestPlaintext;
  const wanted = within(range ?? { start: 0, end: length }, length);
  const result = output(createUnverifiedBody(request, decryptor, wanted), false, wanted.end - wanted.start);
  if (!range) return result;
  return { ...result, ContentRange: `bytes ${wanted.start}-${wanted.end - 1}/${length}` };
}

function ofThePlaintext({ answer }: LookedAt): Omit<HeadObjectCommandOutput, OfTheCiphertext> {
  const { $metadata, AcceptRanges, ContentLength, ContentRange, Metadata, PartsCount, ...rest } = answer;
  const kept = Object.entries(rest).filter(([name]) => !name.startsWith('Checksum'));
  return Object.fromEntries(kept) as Omit<HeadObjectCommandOutput, OfTheCiphertext>;
}

/** Of a stream, the failure has the reason among its causes. */
function failing(body: DecryptedBody, reasonOf: (failure: unknown) => unknown): DecryptedBody {
  const told =
    <T>(read: () => Promise<T>) =>
    () =>
      read().catch((failure: unknown) => Promise.reject(reasonOf(failure)));
  return {
    transformToByteArray: told(body.transformToByteArray),
    transformToString: told(body.transformToString),
    transformToBlob: told(body.transformToBlob),
    transformToWebStream: body.transformToWebStream,
  };
}
