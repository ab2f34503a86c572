import {
  CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
} from '@aws-sdk/client-cognito-identity';
import { EnvelopeError } from '../../core/errors.ts';
import { awsOrigin } from '../aws-host.ts';
import { toEnvelopeError } from '../errors.ts';
import { explainNetworkFailure } from '../network-failure.ts';
import { UploadingRequestHandler } from './request-handler.ts';

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface AwsCredentials {
  /** Current ones, renewed before they expire. */
  get(): Promise<TemporaryCredentials>;
  /** Without it they are fixed. */
  readonly renewal?: Renewal;
}

export interface Renewal {
  /** Changes whenever there are others. */
  count(): number;
  /** Milliseconds that AWS's clock is ahead of this device's; undefined where no answer has told. */
  clockOffset(): number | undefined;
  /** AWS does not take them: `get` gets others, unless it did since the count was `seen`. */
  refuse(seen: number): void;
}

/** Renewed while they are still good for this long, so that nothing is signed with credentials about to die. */
const renewBefore = 5 * 60_000;
/** What Cognito's enhanced flow gives; assumed where its answer does not tell its time, and ours may be wrong. */
const usualLife = 3_600_000;
/** An answer that was this long on its way does not tell the time. */
const slowAnswer = 60_000;

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
  let current: { credentials: TemporaryCredentials; isDue: () => boolean } | undefined;
  let renewing: Promise<TemporaryCredentials> | undefined;
  let offset: number | undefined;
  let count = 0;

  async function renew(): Promise<TemporaryCredentials> {
    const asked = Date.now();
    const answer = await ask(options, 'GetCredentialsForIdentity', (client) => {
      tellDate(client, (date) => {
        if (Math.abs(Date.now() - asked) < slowAnswer) offset = date - Date.now();
      });
      return client.send(new GetCredentialsForIdentityCommand({ IdentityId: identityId }));
    });
    const credentials = {
      accessKeyId: text(answer.Credentials?.AccessKeyId),
      secretAccessKey: text(answer.Credentials?.SecretKey),
      sessionToken: text(answer.Credentials?.SessionToken),
      expiration: date(answer.Credentials?.Expiration),
    };
    const life = offset === undefined ? usualLife : credentials.expiration.getTime() - (Date.now() + offset);
    const age = stopwatch();
    // Half of a very short life, so that such credentials are used at all.
    const usable = Math.max(life - renewBefore, life / 2);
    current = { credentials, isDue: () => age() >= usable };
    count++;
    return credentials;
  }

  return {
    async get() {
      if (current && !current.isDue()) return current.credentials;
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
    renewal: {
      count: () => count,
      clockOffset: () => offset,
      refuse(seen) {
        if (seen === count) current = undefined;
      },
    },
  };
}

/** Milliseconds since now: by the clock that nobody can set, or by the one that goes on in a sleep. */
function stopwatch(): () => number {
  const [steady, wall] = [performance.now(), Date.now()];
  return () => Math.max(performance.now() - steady, Date.now() - wall);
}

/** Milliseconds since the epoch, as the answers say: Cognito lets scripts see `Date`, which S3 hides. */
function tellDate(client: CognitoIdentityClient, onDate: (date: number) => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string> };
      const date = Date.parse(headers?.['date'] ?? '');
      if (!Number.isNaN(date)) onDate(date);
      return result;
    },
    { step: 'deserialize', name: 'dateOfTheAnswer' },
  );
}

async function ask<T>(
  { region, endpoint }: GuestOptions,
  action: string,
  send: (client: CognitoIdentityClient) => Promise<T>,
): Promise<T> {
  const client = new CognitoIdentityClient({
    region,
    requestHandler: new UploadingRequestHandler({ cache: 'no-store' }),
    ...(endpoint ? { endpoint } : {}),
  });
  try {
    return await send(client);
  } catch (error) {
    const { code, message, details } = toEnvelopeError(error, { service: 'cognito', action });
    // The client tries three times within a second. Against a network that is away for a minute, that is one try.
    const { tries: _, ...told } = details;
    const failure = new EnvelopeError(code, message, { cause: error, details: told });
    throw await explainNetworkFailure(failure, endpoint ?? awsOrigin('cognito-identity', region));
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
