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

function sign(region: string, Bucket: string, forcePathStyle = false): Promise<string> {
  const client = new S3Client({ region, credentials, forcePathStyle });
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
