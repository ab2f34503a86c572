import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { fetchInstructionFile } from '../../lib/instruction-file.ts';
import { type Connection, connect } from '../../lib/settings.ts';
import { aborting, required } from '../../store/asking.ts';
import type { ObjectHead } from '../../store/store.ts';
import type { Arguments } from '../arguments.ts';
import { type AwsSettings, awsSettings, clientSettings, requireSettled } from '../aws-settings.ts';
import type { SealedSource } from '../sealed-source.ts';
import { guestSettings } from './guest.ts';

/** A bucket, through the AWS SDK and the credentials that it finds. */
export interface Bucket {
  readonly name: string;
  readonly client: S3Client;
  /** Also for KMS. */
  readonly aws: AwsSettings;
  /** Throws `bad-argument` without a key. */
  connection(key: string): Connection;
  /** Looks at an object with HEAD. */
  source(key: string, versionId?: string): Promise<SealedSource>;
}

/** Rejects with `bad-argument` without a region, `credentials-refused` without credentials. */
export async function openBucket({ values }: Arguments, name: string, signal: AbortSignal): Promise<Bucket> {
  const asked = awsSettings(values);
  const aws = values.guest === undefined ? asked : { ...(await guestSettings(values.guest)), ...asked };
  const client = new S3Client({
    ...clientSettings(aws),
    ...(aws.pathStyle && { forcePathStyle: true }),
    // Nothing else repeats what the client has repeated; the usual three tries are over within a second.
    ...(process.env['AWS_MAX_ATTEMPTS'] === undefined && { maxAttempts: 8 }),
    // The bucket's own region is found where it is another.
    followRegionRedirects: true,
    // Every request that changes something carries a SHA-256 of its own; many look-alikes know no other checksum.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  await requireSettled(client.config);
  const connection = (key: string) =>
    connect({ client }, { Bucket: name, Key: key }, { abortSignal: signal });

  return {
    name,
    client,
    aws,
    connection,
    async source(key, versionId) {
      const connected = connection(key);
      const answer = await connected.ask('HeadObject', signal, () =>
        client.send(
          new HeadObjectCommand({ Bucket: name, Key: key, VersionId: versionId }),
          aborting(signal),
        ),
      );
      const head: ObjectHead = {
        key,
        size: required(answer.ContentLength, 'Content-Length'),
        etag: required(answer.ETag, 'ETag'),
        lastModified: answer.LastModified ?? new Date(0),
        metadata: answer.Metadata ?? {},
      };
      return {
        name: `s3://${name}/${key}`,
        head,
        store: connected.store(versionId === undefined ? {} : { versionId }),
        async instructionFile(suffix) {
          const found = await fetchInstructionFile(connected, name, key + suffix);
          return found && { name: `s3://${name}/${key}${suffix}`, body: found.body };
        },
        storage: {
          contentType: answer.ContentType,
          storageClass: answer.StorageClass,
          serverSideEncryption: answer.ServerSideEncryption,
          versionId: answer.VersionId,
        },
        async close() {},
      };
    },
  };
}
