import type { KMSClientConfig } from '@aws-sdk/client-kms';
import type { EnvelopeError } from '../../core/errors.ts';
import { toEnvelopeError } from '../errors.ts';
import { delayAfter, isPassing } from '../passing.ts';
import type { AwsCredentials } from './credentials.ts';

// Taken from a client's: the package that declares these types is not a dependency of ours.
type RetryStrategy = Extract<
  NonNullable<KMSClientConfig['retryStrategy']>,
  { refreshRetryTokenForRetry: unknown }
>;
type Token = Awaited<ReturnType<RetryStrategy['acquireInitialRetryToken']>>;

export interface Signing {
  /** For the constructor of a client. */
  readonly config: Pick<KMSClientConfig, 'credentials'> & { readonly retryStrategy: RetryStrategy };
  /** To be called with the client that was made so. */
  serve(client: { readonly config: { systemClockOffset: number } }): void;
}

/**
 * How a client signs, and what it sends again: once, signed anew, what was refused for its credentials or its time;
 * and what fails in passing until it was sent `attempts` times. With one attempt, which is the default, waiting and
 * repeating are left to whoever asks.
 *
 * AWS refuses what was signed more than 15 minutes off its own time. It shows scripts that time in Cognito's
 * answers and in the refusals themselves, so a device's clock need not be right.
 */
export function createSigning(credentials: AwsCredentials, attempts = 1): Signing {
  const { renewal } = credentials;
  const clients: { readonly config: { systemClockOffset: number } }[] = [];
  let timedAt = 0;

  async function current() {
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials.get();
    const offset = renewal?.clockOffset();
    if (offset !== undefined && renewal?.count() !== timedAt) {
      timedAt = renewal?.count() ?? 0;
      for (const { config } of clients) config.systemClockOffset = offset;
    }
    // So that it is asked for every time: the SDK would look at an expiry by this device's clock.
    return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(0) };
  }

  const token = (tries: number, state: State): Token & { readonly state: State } => ({
    state,
    getRetryCount: () => tries - 1,
    getRetryDelay: () => 0,
  });

  const retryStrategy: RetryStrategy = {
    async acquireInitialRetryToken() {
      return token(1, { seen: renewal?.count() ?? 0, signedAgain: false });
    },
    async refreshRetryTokenForRetry(last, { error }) {
      const { state } = last as ReturnType<typeof token>;
      const tries = last.getRetryCount() + 1;
      const failure = toEnvelopeError(error, { service: 's3', action: 'a request' });
      if (!state.signedAgain && (await canSignAnew(failure, error, state))) {
        return token(tries, { seen: renewal?.count() ?? 0, signedAgain: true });
      }
      if (tries >= attempts || !isPassing(failure)) throw failure;
      await new Promise((resolve) => setTimeout(resolve, delayAfter(tries, failure)));
      return token(tries + 1, { seen: renewal?.count() ?? 0, signedAgain: false });
    },
    recordSuccess() {},
  };

  async function canSignAnew(failure: EnvelopeError, error: unknown, { seen }: State): Promise<boolean> {
    const { $metadata } = error as { $metadata?: { clockSkewCorrected?: boolean } };
    // The refusal told the time, and the SDK has taken it.
    if ($metadata?.clockSkewCorrected) return true;
    const refused = ['credentials-expired', 'credentials-refused', 'clock-skew'].includes(failure.code);
    if (!renewal || !refused) return false;
    renewal.refuse(seen);
    // Where this fails, sending again says why.
    await current().catch(() => {});
    return true;
  }

  return {
    config: { credentials: current, retryStrategy },
    serve: (client) => void clients.push(client),
  };
}

interface State {
  /** How often the credentials had been renewed when the request began. */
  readonly seen: number;
  readonly signedAgain: boolean;
}
