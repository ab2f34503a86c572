import { EnvelopeError } from '../core/errors.ts';
import type { Values } from './options.ts';
import { usageError } from './usage-error.ts';

/** What the AWS SDK is told; for the rest it looks around as it always does. */
export interface AwsSettings {
  readonly region?: string;
  readonly profile?: string;
  readonly pathStyle?: boolean;
  /** In place of what the SDK would find. */
  readonly credentials?: () => Promise<Credentials>;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export function awsSettings(values: Values): AwsSettings {
  const { region, profile } = values;
  return {
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(values['path-style'] && { pathStyle: true }),
  };
}

/** For the constructor of any client. */
export function clientSettings({ region, profile, credentials }: AwsSettings) {
  return {
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(credentials && { credentials }),
  };
}

interface Config {
  readonly region: () => Promise<string>;
  readonly credentials: () => Promise<unknown>;
}

/**
 * Region and credentials, before anything is asked with them: what the SDK says where they are missing looks like a
 * broken network. Rejects with `bad-argument` or `credentials-refused`.
 */
export async function requireSettled(config: Config): Promise<void> {
  await config.region().catch(() => {
    throw usageError('no AWS region is set: give --region, AWS_REGION or a profile that has one');
  });
  await config.credentials().catch((cause: unknown) => {
    if (cause instanceof EnvelopeError) throw cause;
    const reason = cause instanceof Error ? cause.message : 'none were found';
    throw new EnvelopeError('credentials-refused', reason, { cause });
  });
}
