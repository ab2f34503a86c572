/** What the keeper of the cloud sees and does there, with AWS's own clients. */
import { DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  AbortMultipartUploadCommand,
  type CORSRule,
  DeleteObjectCommand,
  GetBucketCorsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Cloud } from '../local/cloud.ts';

export interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Administrator {
  /** Keys below a prefix. */
  keys(prefix?: string): Promise<readonly string[]>;
  /** Keys of the multipart uploads that have not ended. */
  openUploads(): Promise<readonly string[]>;
  /** Those that hold parts. Without any are the ones whose id was lost on the way, which nobody can end. */
  uploadsWithParts(): Promise<readonly string[]>;
  /** Bytes of each part that uploads hold, by number. */
  partSizes(): Promise<ReadonlyMap<number, number>>;
  /** As the lifecycle rule does in the end. */
  endUploads(): Promise<void>;
  get(key: string): Promise<StoredObject>;
  /** In place of what may be there. */
  put(object: StoredObject): Promise<void>;
  remove(key: string): Promise<void>;
  changeCors(change: (rule: CORSRule) => CORSRule): Promise<void>;
  disableKmsKey(): Promise<void>;
}

export function administratorOf({ info }: Cloud): Administrator {
  const { endpoint, region, bucket: Bucket, accessKeyId, secretAccessKey } = info;
  const common = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  const s3 = new S3Client({ ...common, forcePathStyle: true });
  const kms = new KMSClient(common);

  async function remove(Key: string): Promise<void> {
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  }

  async function unfinished() {
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    return Uploads.map(({ Key = '', UploadId = '' }) => ({ Key, UploadId }));
  }

  return {
    async keys(Prefix = '') {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
      return Contents.map(({ Key = '' }) => Key);
    },
    openUploads: async () => (await unfinished()).map(({ Key }) => Key),
    async uploadsWithParts() {
      const held: string[] = [];
      for (const upload of await unfinished()) {
        // One may end meanwhile.
        const list = await s3.send(new ListPartsCommand({ Bucket, ...upload })).catch(() => undefined);
        if (list?.Parts?.length) held.push(upload.Key);
      }
      return held;
    },
    async partSizes() {
      const sizes = new Map<number, number>();
      for (const upload of await unfinished()) {
        const { Parts = [] } = await s3.send(new ListPartsCommand({ Bucket, ...upload }));
        for (const { PartNumber = 0, Size = 0 } of Parts) sizes.set(PartNumber, Size);
      }
      return sizes;
    },
    async endUploads() {
      for (const upload of await unfinished())
        await s3.send(new AbortMultipartUploadCommand({ Bucket, ...upload }));
    },
    async get(Key) {
      const { Body, Metadata = {} } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return { key: Key, body: Buffer.from((await Body?.transformToByteArray()) ?? []), metadata: Metadata };
    },
    async put({ key, body, metadata }) {
      await remove(key);
      // What links lead to is never written over, by nobody: the bucket's policy asks for the condition.
      const object = { Bucket, Key: key, Body: body, Metadata: metadata, IfNoneMatch: '*' };
      await s3.send(new PutObjectCommand(object));
    },
    remove,
    async changeCors(change) {
      const { CORSRules = [] } = await s3.send(new GetBucketCorsCommand({ Bucket }));
      const CORSConfiguration = { CORSRules: CORSRules.map(change) };
      await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration }));
    },
    async disableKmsKey() {
      await kms.send(new DisableKeyCommand({ KeyId: info.kmsKeyId }));
    },
  };
}

/** The same object with one bit of its body changed. */
export function withOneBitChanged({ body, ...object }: StoredObject, at = body.length >> 1): StoredObject {
  const changed = Buffer.from(body);
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  return { ...object, body: changed };
}
