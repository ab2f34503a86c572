/** What the library's tests share: a cloud, AWS's own client beside ours, keys, and a look at what is stored. */
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { kms, s3, startTestCloud, type TestCloud } from '../../local/test-cloud.ts';
import {
  createAesKeyring,
  createKmsKeyring,
  createRsaKeyring,
  createS3EncryptionClient,
  type Description,
  importWrappingKey,
  type Keyring,
  type S3EncryptionClient,
  type S3EncryptionClientOptions,
} from '../lib.ts';
import { fromKmsClient } from './kms.ts';

export interface Rig {
  readonly cloud: TestCloud;
  readonly Bucket: string;
  /** AWS's client, which sees what is stored as it is. */
  readonly plain: S3Client;
  readonly aes: Keyring;
  readonly otherAes: Keyring;
  readonly rsa: Keyring;
  readonly kms: Keyring;
  ours(options?: Partial<S3EncryptionClientOptions>): S3EncryptionClient;
  newKey(): string;
  stored(Key: string): Promise<{ readonly bytes: Uint8Array; readonly metadata: Record<string, string> }>;
  replace(Key: string, bytes: Uint8Array, metadata: Record<string, string>): Promise<void>;
  /** Keys below a prefix, and uploads that are not finished. */
  left(prefix: string): Promise<{ readonly keys: readonly string[]; readonly uploads: number }>;
  close(): Promise<void>;
}

export async function openRig(): Promise<Rig> {
  const cloud = await startTestCloud();
  const { info, administrator } = cloud;
  const Bucket = info.bucket;
  const plain = s3(info, administrator);
  const aes = await aesKeyring({ name: 'first' });
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    { name: 'RSA-OAEP', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-1' },
    false,
    ['encrypt', 'decrypt'],
  );
  let keys = 0;
  return {
    cloud,
    Bucket,
    plain,
    aes,
    otherAes: await aesKeyring({ name: 'second' }),
    rsa: createRsaKeyring({ publicKey, privateKey, materialsDescription: { name: 'pair' } }),
    kms: createKmsKeyring({ client: fromKmsClient(kms(info, administrator)), keyId: info.kmsKeyArn }),
    ours: (options) => createS3EncryptionClient({ client: plain, keyring: aes, ...options }),
    newKey: () => `folder ${++keys}/ä+name`,
    async stored(Key) {
      const answer = await plain.send(new GetObjectCommand({ Bucket, Key }));
      return {
        bytes: (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0),
        metadata: answer.Metadata ?? {},
      };
    },
    async replace(Key, Body, Metadata) {
      await plain.send(new PutObjectCommand({ Bucket, Key, Body, Metadata }));
    },
    async left(Prefix) {
      const { Contents = [] } = await plain.send(new ListObjectsV2Command({ Bucket, Prefix }));
      const { Uploads = [] } = await plain.send(new ListMultipartUploadsCommand({ Bucket }));
      return { keys: Contents.flatMap(({ Key }) => Key ?? []), uploads: Uploads.length };
    },
    close: () => cloud.close(),
  };
}

export async function aesKeyring(materialsDescription: Description): Promise<Keyring> {
  const wrappingKey = await importWrappingKey(crypto.getRandomValues(new Uint8Array(32)));
  return createAesKeyring({ wrappingKey, materialsDescription });
}

export function random(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += 65_536) {
    crypto.getRandomValues(bytes.subarray(start, start + 65_536));
  }
  return bytes;
}

export async function etagOf(client: S3Client, Bucket: string, Key: string): Promise<string> {
  return (await client.send(new HeadObjectCommand({ Bucket, Key }))).ETag ?? '';
}

/** All that a stream gives, and what it failed with. */
export async function drain(
  stream: ReadableStream<Uint8Array>,
): Promise<{ readonly bytes: Uint8Array; readonly error?: unknown }> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of stream) parts.push(part);
    return { bytes: Buffer.concat(parts) };
  } catch (error) {
    return { bytes: Buffer.concat(parts), error };
  }
}
