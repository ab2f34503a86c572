import { EnvelopeError } from '../../core/errors.ts';
import { awsOrigin, bucketOrigin } from '../aws-host.ts';

export interface BucketAddress {
  /** As `explainNetworkFailure` takes it. */
  readonly origin: string;
  /** Throws `config-invalid` unless the URL leads to that key of this bucket. */
  readonly check: (url: string, key: string) => void;
}

/**
 * Where the bucket is. What is signed must lead there and nowhere else, whoever signed it: ciphertext is for the
 * bucket that `config.json` names.
 */
export function bucketAddress({
  bucket,
  region,
  s3Endpoint,
}: {
  readonly bucket: string;
  readonly region: string;
  readonly s3Endpoint?: string;
}): BucketAddress {
  // As URLs have it: in small letters, and without the port that everybody takes.
  const own = s3Endpoint && (parsed(s3Endpoint)?.origin ?? s3Endpoint);
  const inHost = own?.replace('//', `//${bucket}.`) ?? bucketOrigin(bucket, region);
  const inPath = own ?? awsOrigin('s3', region);
  return {
    origin: own ?? inHost,
    check(text, key) {
      const url = parsed(text);
      const path = url && decoded(url.pathname);
      const leads =
        (url?.origin === inHost && path === `/${key}`) ||
        (url?.origin === inPath && path === `/${bucket}/${key}`);
      if (leads) return;
      throw new EnvelopeError('config-invalid', 'the presign endpoint signed for another place', {
        details: {
          field: 'credentials.endpoint',
          expected: 'the address of an endpoint that signs for the bucket and the region named here',
        },
      });
    },
  };
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
