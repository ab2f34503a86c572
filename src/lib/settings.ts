import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { EnvelopeError } from '../core/errors.ts';
import type { Description, Keyring } from '../core/keyrings/keyring.ts';
import type { CommitmentPolicy, Legacy } from '../core/s3ec/s3ec.ts';
import { type Ask, createAsk } from '../store/asking.ts';
import { createS3StoreOver, type S3StoreOverOptions } from '../store/aws/s3-store-over.ts';
import { bucketOrigin } from '../store/aws-host.ts';
import { explainNetworkFailure } from '../store/network-failure.ts';
import type { ObjectStore } from '../store/store.ts';

/** What a client was made with. */
export interface Settings {
  readonly client: S3Client;
  readonly keyring: Keyring;
  readonly commitmentPolicy: CommitmentPolicy | undefined;
  readonly instructionFile: boolean;
  readonly legacy: Legacy | undefined;
}

/** What every request of one call carries, by S3's own names. */
export type Everywhere = Pick<PutObjectCommandInput, 'ExpectedBucketOwner' | 'RequestPayer'>;

/** Which object. */
export interface Target extends Everywhere {
  readonly Bucket: string;
  readonly Key: string;
}

/** What opening takes beside the keyring, where one read differs from the client's own settings. */
export interface OpenOptions {
  /** For KMS keyrings alone: must equal what the object was encrypted under. */
  readonly encryptionContext?: Description | undefined;
  /** Of the instruction file, for objects that have their envelope in one: `.instruction` unless given. */
  readonly instructionFileSuffix?: string | undefined;
  readonly commitmentPolicy?: CommitmentPolicy | undefined;
  readonly legacy?: Legacy | undefined;
}

export interface Cancellable {
  readonly abortSignal?: AbortSignal | undefined;
}

/** The bucket of one call, for the engine that moves objects and for single requests. */
export interface Connection {
  readonly client: S3Client;
  readonly ask: Ask;
  readonly always: Everywhere;
  readonly signal: AbortSignal;
  store(options?: Omit<S3StoreOverOptions, 'always' | 'reportProgress' | 'explain'>): ObjectStore;
}

/** Throws `bad-argument` without a bucket or a key: the SDK would say so much later. */
export function connect(
  { client }: Pick<Settings, 'client'>,
  target: Target,
  { abortSignal }: Cancellable,
): Connection {
  const { Bucket, Key, ExpectedBucketOwner, RequestPayer } = target;
  if (!Bucket || !Key) throw new EnvelopeError('bad-argument', 'an object has a Bucket and a Key');
  const always = { ExpectedBucketOwner, RequestPayer };
  const explain = async (failure: EnvelopeError) =>
    explainNetworkFailure(failure, await endpointOf(client, Bucket));
  return {
    client,
    always,
    signal: abortSignal ?? new AbortController().signal,
    ask: createAsk({ service: 's3', details: { bucket: Bucket }, explain }),
    store: (options) => createS3StoreOver(client, Bucket, { ...options, always, explain }),
  };
}

async function endpointOf({ config }: S3Client, bucket: string): Promise<string> {
  const custom = await config.endpoint?.();
  if (!custom) return bucketOrigin(bucket, await config.region());
  const { protocol, hostname, port } = custom;
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
}
