import { readFile } from 'node:fs/promises';
import { EnvelopeError } from '../../core/errors.ts';
import { awsOrigin } from '../../store/aws-host.ts';
import { readKeyFile } from '../../vault/key-file.ts';
import type { AwsSettings, Credentials } from '../aws-settings.ts';
import { fileFailure } from '../file-io.ts';

/**
 * Credentials of the guest whose files the app's key opens, as the app itself gets them: no other AWS account is
 * needed to get at one's own files. Rejects with `key-file-invalid`, or as access fails.
 */
export async function guestSettings(keyFile: string): Promise<Pick<AwsSettings, 'region' | 'credentials'>> {
  const content = await readFile(keyFile).catch((error: unknown) => {
    throw fileFailure('file-unreadable', keyFile, error);
  });
  const { identityId } = await readKeyFile(new Blob([content]));
  content.fill(0);
  if (identityId === undefined) {
    throw new EnvelopeError(
      'key-file-invalid',
      `${keyFile}: it is of somebody whom an organisation knows, no guest's`,
    );
  }
  const region = identityId.slice(0, identityId.indexOf(':'));
  return { region, credentials: () => credentialsOf(identityId, region) };
}

async function credentialsOf(identityId: string, region: string): Promise<Credentials> {
  const { AWS_ENDPOINT_URL_COGNITO_IDENTITY: own, AWS_ENDPOINT_URL: any } = process.env;
  const endpoint = own ?? any ?? awsOrigin('cognito-identity', region);
  let response: Response;
  try {
    response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': 'AWSCognitoIdentityService.GetCredentialsForIdentity',
      },
      body: JSON.stringify({ IdentityId: identityId }),
      redirect: 'error',
    });
  } catch (cause) {
    throw new EnvelopeError('network-failed', 'Amazon Cognito got no answer', { cause });
  }
  const answer = (await response.json().catch(() => undefined)) as Answer | undefined;
  const { AccessKeyId, SecretKey, SessionToken, Expiration } = answer?.Credentials ?? {};
  if (!response.ok || !AccessKeyId || !SecretKey || !SessionToken) {
    const unknown = String(answer?.__type).endsWith('ResourceNotFoundException');
    throw new EnvelopeError(
      unknown ? 'identity-unknown' : 'identity-pool-refused',
      `Amazon Cognito answered ${response.status}`,
    );
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretKey,
    sessionToken: SessionToken,
    ...(Expiration !== undefined && { expiration: new Date(1000 * Expiration) }),
  };
}

interface Answer {
  readonly __type?: unknown;
  readonly Credentials?: {
    readonly AccessKeyId?: string;
    readonly SecretKey?: string;
    readonly SessionToken?: string;
    /** Seconds since the epoch. */
    readonly Expiration?: number;
  };
}
