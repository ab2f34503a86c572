import {
  CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
} from '@aws-sdk/client-cognito-identity';
import { EnvelopeError } from '../../core/errors.ts';
import { toEnvelopeError } from './errors.ts';
import { explainNetworkFailure } from './network-failure.ts';

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface AwsCredentials {
  /** Current ones, renewed before they expire. */
  get(): Promise<TemporaryCredentials>;
}

/** Renewed while they are still good for this long, so that nothing is signed with credentials about to die. */
const renewBefore = 5 * 60_000;

export interface GuestOptions {
  readonly region: string;
  readonly identityPoolId: string;
  /** For endpoints other than AWS's. */
  readonly endpoint?: string;
}

/** A new guest of the identity pool. Its id works as a bearer secret: whoever knows it is this guest. */
export async function createGuest(options: GuestOptions): Promise<string> {
  const answer = await ask(options, 'GetId', (client) =>
    client.send(new GetIdCommand({ IdentityPoolId: options.identityPoolId })),
  );
  return text(answer.IdentityId);
}

/** Cognito's enhanced flow for a guest: GetCredentialsForIdentity, nothing signed. */
export function guestCredentials(options: GuestOptions, identityId: string): AwsCredentials {
  let current: { credentials: TemporaryCredentials; renewAt: number } | undefined;
  let renewing: Promise<TemporaryCredentials> | undefined;

  async function renew(): Promise<TemporaryCredentials> {
    const answer = await ask(options, 'GetCredentialsForIdentity', (client) =>
      client.send(new GetCredentialsForIdentityCommand({ IdentityId: identityId })),
    );
    const credentials = {
      accessKeyId: text(answer.Credentials?.AccessKeyId),
      secretAccessKey: text(answer.Credentials?.SecretKey),
      sessionToken: text(answer.Credentials?.SessionToken),
      expiration: date(answer.Credentials?.Expiration),
    };
    const life = credentials.expiration.getTime() - Date.now();
    // Half of a very short life, so that such credentials are used at all.
    current = { credentials, renewAt: Date.now() + Math.max(life - renewBefore, life / 2) };
    return credentials;
  }

  return {
    async get() {
      if (current && Date.now() < current.renewAt) return current.credentials;
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
  };
}

async function ask<T>(
  { region, endpoint }: GuestOptions,
  action: string,
  send: (client: CognitoIdentityClient) => Promise<T>,
): Promise<T> {
  const client = new CognitoIdentityClient({ region, ...(endpoint ? { endpoint } : {}) });
  try {
    return await send(client);
  } catch (error) {
    const failure = toEnvelopeError(error, { service: 'cognito', action });
    throw await explainNetworkFailure(
      failure,
      endpoint ?? `https://cognito-identity.${region}.amazonaws.com`,
    );
  }
}

/** The SDK hands on what the answer says, whatever the type. */
function text(value: string | undefined): string {
  if (typeof value === 'string' && value !== '') return value;
  throw incomplete();
}

function date(value: Date | undefined): Date {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value;
  throw incomplete();
}

function incomplete(): EnvelopeError {
  return new EnvelopeError('service-failed', 'the answer of Cognito is incomplete');
}
