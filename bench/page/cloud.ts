/** The local cloud as this page talks to it: as a guest, through the store of the app. */
import { S3Client } from '@aws-sdk/client-s3';
import type { CloudInfo } from '../../local/cloud.ts';
import {
  type AwsCredentials,
  createGuest,
  createS3Store,
  guestCredentials,
} from '../../src/store/aws/aws.ts';
import { UploadingRequestHandler } from '../../src/store/aws/request-handler.ts';
import type { ObjectStore } from '../../src/store/store.ts';

interface Connection {
  readonly info: CloudInfo;
  readonly credentials: AwsCredentials;
  /** Of what this guest may write. */
  readonly prefix: string;
  readonly store: ObjectStore;
}

let current: Connection | undefined;

/** @param known a guest that was made before; a new one unless given */
export async function connect(info: CloudInfo, known?: string): Promise<string> {
  const { region, identityPoolId, endpoint, bucket } = info;
  const guest = { region, identityPoolId, endpoint };
  const identityId = known ?? (await createGuest(guest));
  const credentials = guestCredentials(guest, identityId);
  const store = createS3Store({ bucket, region, credentials, endpoint });
  current = { info, credentials, prefix: `files/${identityId}/`, store };
  return identityId;
}

export function connection(): Connection {
  if (!current) throw new Error('not connected');
  return current;
}

/** An SDK client with the SDK's own request handler, but no checksums: the bucket's CORS rule hides the CRC32. */
export function defaultClient(): S3Client {
  const { info, credentials } = connection();
  return new S3Client({
    region: info.region,
    endpoint: info.endpoint,
    forcePathStyle: true,
    credentials: () => credentials.get(),
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
}

/** An SDK client with the settings and the request handler of our own store. */
export function ownClient(): S3Client {
  const { info, credentials } = connection();
  return new S3Client({
    region: info.region,
    endpoint: info.endpoint,
    forcePathStyle: true,
    credentials: () => credentials.get(),
    requestHandler: new UploadingRequestHandler({ cache: 'no-store' }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
}

/** The files that were picked in the page's input. */
export function pickedFiles(): readonly File[] {
  return [...(document.querySelector('input')?.files ?? [])];
}

/** The first of them. */
export function pickedFile(): File {
  const [file] = pickedFiles();
  if (!file) throw new Error('no file was picked');
  return file;
}
