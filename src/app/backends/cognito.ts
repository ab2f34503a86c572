import { EnvelopeError } from '../../core/errors.ts';
import { loadPart } from '../../core/load-part.ts';
import type { CognitoGuest, Config } from '../config.ts';
import type { Backend } from './backend.ts';

/** Temporary credentials of a guest of the identity pool. */
export async function cognitoBackend(config: Config, { identityPoolId }: CognitoGuest): Promise<Backend> {
  const aws = await loadPart(import('../../store/aws/aws.ts'));
  const { bucket, region, s3Endpoint, kmsEndpoint, cognitoEndpoint } = config;
  const pool = { region, identityPoolId, ...(cognitoEndpoint && { endpoint: cognitoEndpoint }) };

  return {
    deployment: identityPoolId,
    identityOf: async (known) => known ?? aws.createGuest(pool),
    open(identityId) {
      if (identityId === undefined) throw new EnvelopeError('internal-error', 'a guest without an identity');
      const credentials = aws.guestCredentials(pool, identityId);
      const s3 = { bucket, region, credentials, ...(s3Endpoint && { endpoint: s3Endpoint }) };
      const kms = { region, credentials, ...(kmsEndpoint && { endpoint: kmsEndpoint }) };
      return {
        prefix: `files/${identityId}/`,
        store: aws.createS3Store({ ...s3, attempts: 4 }),
        transferStore: aws.createS3Store(s3),
        kms: aws.createKmsClient(kms),
      };
    },
  };
}
