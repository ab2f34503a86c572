/** Both sides: ours in this process, theirs asked through an oracle, and one bucket between them. */

import { KMSClient } from '@aws-sdk/client-kms';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { CloudInfo } from '../../../local/cloud.ts';
import { fromKmsClient } from '../../../src/lib/kms.ts';
import {
  type CommitmentPolicy,
  createS3EncryptionClient,
  type EnvelopeFacts,
  type S3EncryptionClient,
  type S3EncryptionClientOptions,
} from '../../../src/lib.ts';
import type { Oracle } from '../oracle.ts';
import { type Digest, digestOf, plaintextOf } from '../plaintext.ts';
import { type Key, type KeyKind, kmsKey, newAesKey, newRsaKey } from './keys.ts';
import { encryptionContext, type Format, type Size, type Way } from './objects.ts';

/** A client's options, as every oracle of S3EC takes them. */
export interface TheirOptions {
  readonly keyring: Key['theirs'];
  readonly commitmentPolicy: CommitmentPolicy;
  readonly instructionFile?: boolean;
  /** Ranges, which nothing verifies. */
  readonly legacy?: boolean;
}

export interface Rig {
  readonly bucket: string;
  readonly keys: Readonly<Record<KeyKind, Key>>;
  ours(options: Omit<S3EncryptionClientOptions, 'client'>): S3EncryptionClient;
  /** Seals, and makes sure that it is stored in the way that was asked for. Gives the object's key. */
  weWrite(way: Way, size: Size): Promise<string>;
  theyWrite(oracle: Oracle, way: Way, size: Size): Promise<string>;
  weRead(key: string, way: Way): Promise<Digest>;
  theyRead(oracle: Oracle, key: string, way: Way): Promise<Digest>;
  /** An object as it is stored. */
  stored(key: string): Promise<Stored>;
  store(key: string, object: Stored): Promise<void>;
  remove(key: string): Promise<void>;
  newKey(): string;
}

export interface Stored {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly metadata: Readonly<Record<string, string>>;
}

const wrapAlgorithms = { AES: 'AES/GCM', RSA: 'RSA-OAEP-SHA1', KMS: 'kms+context' } as const;

export async function openRig(info: CloudInfo): Promise<Rig> {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = info;
  const credentials = { accessKeyId, secretAccessKey };
  const plain = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const kmsClient = new KMSClient({ endpoint, region, credentials });
  const keys = {
    AES: await newAesKey('first'),
    RSA: await newRsaKey('pair'),
    KMS: kmsKey(fromKmsClient(kmsClient), info.kmsKeyArn),
  };
  let made = 0;
  const newKey = () => `object ${++made}`;
  const ours = (options: Omit<S3EncryptionClientOptions, 'client'>) =>
    createS3EncryptionClient({ client: plain, ...options });
  const theirOptions = ({ key, format, envelope }: Way, forReading: boolean): TheirOptions => ({
    keyring: keys[key].theirs,
    commitmentPolicy: forReading ? readingPolicy(format) : writingPolicy(format),
    instructionFile: envelope === 'instruction file',
  });

  async function checkStored(key: string, way: Way, size: Size): Promise<void> {
    const answer = await plain.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    const parts = Number(/-(\d+)"$/.exec(answer.ETag ?? '')?.[1] ?? 0);
    const wanted = way.upload === 'multipart' ? (size.parts?.length ?? 0) : 0;
    if (parts !== wanted) throw new Error(`stored in ${parts} parts instead of ${wanted}`);
    if (answer.ContentLength !== size.bytes + 16) throw new Error(`stored in ${answer.ContentLength} bytes`);
  }

  function checkEnvelope(facts: EnvelopeFacts, key: string, { format, envelope, key: kind }: Way): void {
    const where = envelope === 'metadata' ? undefined : `${key}.instruction`;
    const found = `V${facts.version} ${facts.wrapAlgorithm} ${facts.instructionFileKey}`;
    const wanted = `${format} ${wrapAlgorithms[kind]} ${where}`;
    if (found !== wanted) throw new Error(`written as ${found} instead of ${wanted}`);
  }

  return {
    bucket,
    keys,
    ours,
    newKey,

    async weWrite(way, size) {
      const Key = newKey();
      const client = ours({ keyring: keys[way.key].ours, commitmentPolicy: writingPolicy(way.format) });
      const input = {
        ...{ Bucket: bucket, Key, Body: plaintextOf(size.bytes) },
        ...contextFor(way, 'encryptionContext'),
        instructionFile: way.envelope === 'instruction file',
      };
      const [partSize] = size.parts ?? [];
      const { envelope } =
        way.upload === 'multipart' && partSize
          ? await client.uploadMultipart({ ...input, partSize })
          : await client.putObject(input);
      checkEnvelope(envelope, Key, way);
      await checkStored(Key, way, size);
      return Key;
    },

    async theyWrite(oracle, way, size) {
      const key = newKey();
      await oracle.ask('write', {
        ...{ bucket, key, length: size.bytes, client: theirOptions(way, false) },
        ...(way.upload === 'multipart' && { parts: size.parts }),
        ...contextFor(way, 'encryptionContext'),
      });
      await checkStored(key, way, size);
      return key;
    },

    async weRead(Key, way) {
      const client = ours({ keyring: keys[way.key].ours, commitmentPolicy: readingPolicy(way.format) });
      const { Body, envelope, verified } = await client.getObject({
        ...{ Bucket: bucket, Key },
        ...contextFor(way, 'encryptionContext'),
      });
      checkEnvelope(envelope, Key, way);
      if (!verified) throw new Error('opened, but not verified');
      return digestOf(await Body.transformToByteArray());
    },

    async theyRead(oracle, key, way) {
      return (await oracle.ask('read', {
        ...{ bucket, key, client: theirOptions(way, true) },
        ...contextFor(way, 'encryptionContext'),
      })) as Digest;
    },

    async stored(Key) {
      const { Body, Metadata } = await plain.send(new GetObjectCommand({ Bucket: bucket, Key }));
      const body = new Uint8Array((await Body?.transformToByteArray()) ?? []);
      return { body, metadata: Metadata ?? {} };
    },

    async store(Key, { body, metadata }) {
      await plain.send(new PutObjectCommand({ Bucket: bucket, Key, Body: body, Metadata: { ...metadata } }));
    },

    async remove(key) {
      const Objects = [{ Key: key }, { Key: `${key}.instruction` }];
      await plain.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    },
  };
}

export function writingPolicy(format: Format): CommitmentPolicy {
  return format === 'V3' ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' : 'FORBID_ENCRYPT_ALLOW_DECRYPT';
}

/** Read as strictly as each format can be. */
export function readingPolicy(format: Format): CommitmentPolicy {
  return format === 'V3' ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' : 'REQUIRE_ENCRYPT_ALLOW_DECRYPT';
}

function contextFor<Name extends string>({ key }: Way, name: Name) {
  return (key === 'KMS' ? { [name]: encryptionContext } : {}) as Partial<
    Record<Name, typeof encryptionContext>
  >;
}
