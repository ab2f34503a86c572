/** What the AWS SDK signs leads to the bucket, in each partition of AWS. */
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it } from 'vitest';
import { bucketAddress } from './bucket-address.ts';

const regions = [
  ...['us-east-1', 'eu-central-1', 'us-gov-west-1', 'cn-north-1', 'cn-northwest-1', 'eusc-de-east-1'],
  ...['us-iso-east-1', 'us-isob-east-1', 'us-isof-south-1', 'eu-isoe-west-1'],
];
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const key = 'files/a/b';

function sign(region: string, Bucket: string, forcePathStyle = false, endpoint?: string): Promise<string> {
  const client = new S3Client({ region, credentials, forcePathStyle, ...(endpoint && { endpoint }) });
  return getSignedUrl(client, new GetObjectCommand({ Bucket, Key: key }));
}

describe.each(regions)('in %s', (region) => {
  it.each(['documents', 'documents.example.org'])('the bucket %s', async (bucket) => {
    const { check, origin } = bucketAddress({ bucket, region });
    const url = await sign(region, bucket);
    check(url, key);
    check(await sign(region, bucket, true), key);
    // Where it is asked whether the bucket answers at all.
    expect(origin).toBe(new URL(url).origin);
  });

  it('another bucket, and the same in another region, are other places', async () => {
    const { check } = bucketAddress({ bucket: 'documents', region });
    for (const url of [await sign(region, 'others'), await sign('eu-west-1', 'documents')]) {
      expect(() => check(url, key)).toThrow(expect.objectContaining({ code: 'config-invalid' }));
    }
  });
});

describe.each([
  'https://s3.example',
  'https://s3.example:443',
  'https://S3.Example:9000',
  'http://127.0.0.1:9000',
])('at %s', (s3Endpoint) => {
  it.each([false, true])('the bucket, named in the path: %s', async (inPath) => {
    const region = 'eu-central-1';
    const { check } = bucketAddress({ bucket: 'documents', region, s3Endpoint });
    check(await sign(region, 'documents', inPath, s3Endpoint), key);
    const elsewhere = await sign(region, 'others', inPath, s3Endpoint);
    expect(() => check(elsewhere, key)).toThrow(expect.objectContaining({ code: 'config-invalid' }));
  });
});
