import { EnvelopeError } from '../core/errors.ts';

/** Temporary AWS credentials for everybody who opens the app. */
export interface CognitoGuest {
  readonly kind: 'cognito-guest';
  readonly identityPoolId: string;
}

/** No credentials in the browser: an endpoint signs URLs (docs/presign.md). */
export interface Presigned {
  readonly kind: 'presigned';
  /** Absolute, without a slash at the end. */
  readonly endpoint: string;
  /** How it knows people: by an access code that they enter, or by a cookie of its own. */
  readonly signIn: 'token' | 'cookie';
}

/** `config.json`, read at run time so that one build fits every deployment. */
export interface Config {
  readonly version: 1;
  readonly region: string;
  readonly bucket: string;
  /** Only for endpoints other than AWS's. */
  readonly s3Endpoint?: string;
  readonly kmsEndpoint?: string;
  readonly cognitoEndpoint?: string;
  readonly credentials: CognitoGuest | Presigned;
  /** Never beside `presigned`: KMS takes requests with credentials alone. */
  readonly kms?: { readonly keyId: string; readonly label: string };
  /** Where somebody who opens a link reads: a path of this site that answers from the bucket. */
  readonly links: { readonly kind: 'path'; readonly path: string; readonly days: number };
}

let ahead: Promise<string> | undefined;

/** Has the next `loadConfig` find it on its way already. */
export function fetchConfigAhead(): void {
  ahead = fetchConfig();
  ahead.catch(() => {});
}

/** Rejects with `config-unreadable`, or `config-invalid` whose details name the field and what it must be. */
export async function loadConfig(): Promise<Config> {
  const text = ahead ?? fetchConfig();
  ahead = undefined;
  return parseConfig(await text);
}

async function fetchConfig(): Promise<string> {
  let response: Response;
  try {
    response = await fetch('/config.json', { cache: 'no-store', credentials: 'same-origin' });
  } catch (error) {
    throw new EnvelopeError('config-unreadable', 'config.json got no answer', { cause: error });
  }
  if (!response.ok) {
    throw new EnvelopeError('config-unreadable', `config.json answered ${response.status}`, {
      details: { status: response.status },
    });
  }
  return response.text();
}

/** Far above what all fields together can need. */
export const maxConfigCharacters = 64 * 1024;

export function parseConfig(text: string): Config {
  if (text.length > maxConfigCharacters) throw wrong('config.json', 'JSON of at most 64 KiB');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong('config.json', 'JSON');
  }
  const top = section(value, 'config.json');
  if (top['version'] !== 1) throw wrong('version', '1');
  const credentials = credentialsOf(section(top['credentials'], 'credentials'));
  const links = section(top['links'], 'links');
  if (links['kind'] !== 'path') throw wrong('links.kind', '"path"');
  const days = links['days'];
  // Far beyond, no date can be told.
  if (!Number.isInteger(days) || Number(days) < 1 || Number(days) > 1_000_000)
    throw wrong('links.days', 'a whole number of days, 1 to 1000000');
  const kms = top['kms'] === undefined ? undefined : section(top['kms'], 'kms');
  if (kms && credentials.kind === 'presigned') {
    throw wrong('kms', 'left out beside “presigned”: AWS KMS takes requests with credentials alone');
  }
  return {
    version: 1,
    region: matching(
      top['region'],
      'region',
      /^[a-z]{2,4}(-[a-z]+)+-\d$/,
      'an AWS region such as "eu-central-1"',
    ),
    bucket: matching(top['bucket'], 'bucket', /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "a bucket's name"),
    ...endpoint(top, 's3Endpoint'),
    ...endpoint(top, 'kmsEndpoint'),
    ...endpoint(top, 'cognitoEndpoint'),
    credentials,
    ...(kms && {
      kms: {
        keyId: matching(
          kms['keyId'],
          'kms.keyId',
          /^(arn:|alias\/|[0-9a-f]|mrk-)\S+$/,
          'a key id, an alias or an ARN',
        ),
        label: matching(kms['label'], 'kms.label', /\S/, 'what the key is called, such as "alias/documents"'),
      },
    }),
    links: {
      kind: 'path',
      path: matching(
        links['path'],
        'links.path',
        /^\/([\w.-]+\/)+$/,
        'a path of this site such as "/shared/"',
      ),
      days: Number(days),
    },
  };
}

function credentialsOf(fields: Readonly<Record<string, unknown>>): CognitoGuest | Presigned {
  const { kind, identityPoolId, endpoint, signIn } = fields;
  if (kind === 'cognito-guest') {
    return {
      kind,
      identityPoolId: matching(
        identityPoolId,
        'credentials.identityPoolId',
        /^[\w-]+:[0-9a-f-]{36}$/,
        'an identity pool such as "eu-central-1:01234567-…"',
      ),
    };
  }
  if (kind !== 'presigned') throw wrong('credentials.kind', '"cognito-guest" or "presigned"');
  if (signIn !== 'token' && signIn !== 'cookie') throw wrong('credentials.signIn', '"token" or "cookie"');
  return {
    kind,
    endpoint: matching(
      endpoint,
      'credentials.endpoint',
      /^(https:\/\/[^\s/\\?#@]+|http:\/\/(127\.0\.0\.1|localhost)(:\d+)?)(\/[\w.~-]+)*$/,
      'an https address without a slash at the end',
    ),
    signIn,
  };
}

function section(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, 'an object');
  return value as Readonly<Record<string, unknown>>;
}

function matching(value: unknown, field: string, pattern: RegExp, expected: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw wrong(field, expected);
  return value;
}

/** https anywhere, plain http on this machine alone. */
function endpoint<Field extends string>(top: Readonly<Record<string, unknown>>, field: Field) {
  const value = top[field];
  if (value === undefined) return {};
  const pattern = /^(https:\/\/[^\s/\\?#@]+|http:\/\/(127\.0\.0\.1|localhost)(:\d+)?)$/;
  return { [field]: matching(value, field, pattern, 'an https address without a path') } as Record<
    Field,
    string
  >;
}

function wrong(field: string, expected: string): EnvelopeError {
  return new EnvelopeError('config-invalid', `config.json: ${field} must be ${expected}`, {
    details: { field, expected },
  });
}
