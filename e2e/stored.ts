import { S3Client } from '@aws-sdk/client-s3';
import type { Cloud } from '../local/cloud.ts';
import { createHoldersKeyring } from '../src/app/holders-keyring.ts';
import { createShare } from '../src/share/create-share.ts';
import { formatLink } from '../src/share/link.ts';
import { createS3StoreOver } from '../src/store/aws/s3-store-over.ts';
import { createPathReader } from '../src/store/path-reader.ts';
import { lockFile } from '../src/transfer/lock-file.ts';
import type { ObjectFormat } from '../src/transfer/objects.ts';
import { readKeyFile } from '../src/vault/key-file.ts';
import { administratorOf } from './administrator.ts';
import type { Backup, MadeFile } from './steps.ts';

/** Stores a file as the app of that person does, in one piece and without a browser; its key. */
export async function storeFor(
  cloud: Cloud,
  { text, identityId }: Backup,
  { name, buffer }: MadeFile,
  format: ObjectFormat,
): Promise<string> {
  const { key: personal } = await readKeyFile(new Blob([text]));
  const keyring = createHoldersKeyring({ personal });
  const locked = await lockFile({ keyring, plaintextLength: buffer.length, name, format });
  const body = Buffer.from(await locked.encryptor.seal(0, new Uint8Array(buffer)));
  const key = `files/${identityId}/${crypto.randomUUID()}`;
  await administratorOf(cloud).put({ key, body, metadata: locked.metadata });
  return key;
}

/** A link to several stored files of that person, which the app itself makes for one at a time. */
export async function shareFor(
  { info }: Cloud,
  { text }: Backup,
  files: readonly { readonly key: string; readonly name: string }[],
): Promise<string> {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey, appUrl } = info;
  const { key: personal } = await readKeyFile(new Blob([text]));
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const secret = await createShare({
    store: createS3StoreOver(client, bucket),
    reader: createPathReader(new URL('/shared/', appUrl)),
    keyring: createHoldersKeyring({ personal }),
    files,
    prefix: 'shared/',
  });
  return formatLink(appUrl, secret);
}
