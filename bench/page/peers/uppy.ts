/** Uppy with its plugin for S3: plaintext, the parts of one file one after the other, no checksums. */
import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';
import { connection } from '../cloud.ts';

/** @param partSize bytes; Uppy's own unless given */
export async function uploadFile(file: File, key: string, partSize?: number): Promise<void> {
  const { info, credentials } = connection();
  const uppy = new Uppy().use(AwsS3, {
    s3Endpoint: `${info.endpoint}/${info.bucket}`,
    region: info.region,
    getCredentials: async () => ({ credentials: await credentials.get(), region: info.region }),
    generateObjectKey: () => key,
    shouldUseMultipart: true,
    ...(partSize && { getChunkSize: () => partSize }),
  });
  try {
    uppy.addFile({ name: file.name, data: file });
    const result = await uppy.upload();
    const failed = result?.failed?.[0];
    if (failed) throw new Error(`Uppy: ${failed.error}`);
    if (result?.successful?.length !== 1) throw new Error('Uppy has not stored the file');
  } finally {
    uppy.destroy();
  }
}
