/**
 * AWS Signature Version 4, the verifying side, for every service of the local cloud.
 *
 * Source: "AWS Signature Version 4 for API requests" (IAM User Guide) and, for S3's peculiarities,
 * "Authenticating Requests (AWS Signature Version 4)" (Amazon S3 API Reference).
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type CredentialLookup, region as homeRegion, type Principal } from '../contract.ts';

/** What is looked at of a request; `IncomingMessage` is one. */
export interface SignedRequest {
  readonly method?: string | undefined;
  /** The request target as sent: path and query, nothing decoded or normalised. */
  readonly url?: string | undefined;
  /** Names and values in turn, as sent. */
  readonly rawHeaders: readonly string[];
}

export interface VerifyOptions {
  /** As in the credential scope: `s3`, `kms`, `sts`. */
  readonly service: string;
  readonly credentials: CredentialLookup;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly region?: string;
  /**
   * SHA-256 of the body in lower-case hex: what every service but S3 signs, so read the body first.
   * Default: of no body. S3 ignores it: there the request declares a hash, returned as `payload`.
   */
  readonly bodySha256?: string;
}

/** What has to be true of the body of a verified S3 request; whoever reads the body checks it. */
export type Payload =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'sha256'; readonly hex: string }
  /** aws-chunked framing; without `signing` the chunks bear no signatures. */
  | { readonly kind: 'aws-chunked'; readonly trailer: boolean; readonly signing?: ChunkSigning };

/** What chunk signatures are made with. */
export interface ChunkSigning {
  readonly key: Buffer;
  /** `20130524T000000Z` */
  readonly date: string;
  /** `20130524/us-east-1/s3/aws4_request` */
  readonly scope: string;
  /** The request's own signature, which the first chunk's continues. */
  readonly seed: string;
}

export type RefusalCode =
  /** There is no signature at all: the request is anonymous. */
  | 'MissingAuthenticationToken'
  | 'AccessDenied'
  | 'AuthorizationHeaderMalformed'
  | 'AuthorizationQueryParametersError'
  | 'ExpiredToken'
  | 'InvalidAccessKeyId'
  | 'InvalidArgument'
  | 'InvalidRequest'
  | 'InvalidToken'
  | 'InvalidURI'
  | 'RequestTimeTooSkewed'
  | 'SignatureDoesNotMatch';

/** A refusal in S3's words. Other services name the same things differently; map `code`. */
export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  readonly status: 400 | 403;
  readonly message: string;
}

export interface Verified {
  readonly ok: true;
  readonly principal: Principal;
  readonly accessKeyId: string;
  readonly form: 'header' | 'query';
  /** Milliseconds since the epoch. */
  readonly signedAt: number;
  readonly payload: Payload;
}

const algorithm = 'AWS4-HMAC-SHA256';
const maxSkew = 15 * 60_000;
const maxExpires = 7 * 24 * 3600;
const emptySha256 = createHash('sha256').digest('hex');

class Refused extends Error {
  readonly refusal: Refusal;
  constructor(code: RefusalCode, status: 400 | 403, message: string) {
    super(message);
    this.refusal = { ok: false, code, status, message };
  }
}

/**
 * Who signed this request, or why nobody did. Verifies the Authorization header or the presigned query,
 * the session token (which must be the one issued, no more and no less), expiry, clock skew (15 minutes),
 * the credential scope, and that `host` and every `x-amz-*` header are signed.
 */
export function verifySignature(request: SignedRequest, options: VerifyOptions): Verified | Refusal {
  try {
    return verify(request, options);
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

/** The key that signs for one day, region and service. `date` is `YYYYMMDD`. */
export function signingKey(secret: string, date: string, region: string, service: string): Buffer {
  return [date, region, service, 'aws4_request'].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${secret}`),
  );
}

export function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** Equality that takes the same time wherever two texts of one length differ. */
export function equalInConstantTime(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Credentials by access key, with the token a request carries for them.
 * Shared with S3's POST policies, which carry both in form fields.
 */
export function findCredentials(
  credentials: CredentialLookup,
  accessKeyId: string,
  token: string | undefined,
  now: number,
): { ok: true; secretAccessKey: string; principal: Principal } | Refusal {
  const found = credentials.find(accessKeyId);
  if (!found) return unknownKey;
  if (found.sessionToken === undefined && token !== undefined) return badToken;
  if (found.sessionToken !== undefined) {
    // S3 does not know a temporary key that comes without its token.
    if (token === undefined) return unknownKey;
    if (!equalInConstantTime(found.sessionToken, token)) return badToken;
  }
  if (found.expiresAt !== undefined && now >= found.expiresAt)
    return { ok: false, code: 'ExpiredToken', status: 400, message: 'The provided token has expired.' };
  return { ok: true, secretAccessKey: found.secretAccessKey, principal: found.principal };
}

const unknownKey: Refusal = {
  ok: false,
  code: 'InvalidAccessKeyId',
  status: 403,
  message: 'The AWS Access Key Id you provided does not exist in our records.',
};
const badToken: Refusal = {
  ok: false,
  code: 'InvalidToken',
  status: 400,
  message: 'The provided token is malformed or otherwise invalid.',
};

interface Claim {
  readonly form: 'header' | 'query';
  readonly accessKeyId: string;
  readonly scopeDate: string;
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: string;
  readonly token: string | undefined;
  /** Seconds; presigned only. */
  readonly expires?: number;
}

function verify(request: SignedRequest, options: VerifyOptions): Verified {
  const headers = collectHeaders(request.rawHeaders);
  const [rawPath, rawQuery] = splitTarget(request.url ?? '/');
  const query = parseQuery(rawQuery);
  const authorization = headers.get('authorization');
  const presigned = query.some(([name]) => name === 'X-Amz-Algorithm' || name === 'X-Amz-Signature');
  if (authorization !== undefined && presigned)
    throw new Refused('InvalidArgument', 400, 'Only one auth mechanism allowed');
  if (authorization === undefined && !presigned)
    throw new Refused('MissingAuthenticationToken', 403, 'The request is not signed.');

  const claim =
    authorization === undefined
      ? claimOfQuery(query, options)
      : claimOfHeader(authorization, headers, query, options);
  const signedAt = parseDate(claim.date);
  checkSignedHeaders(claim, headers);
  const found = findCredentials(options.credentials, claim.accessKeyId, claim.token, options.now);
  if (!found.ok) throw new Refused(found.code, found.status, found.message);

  const declared = declaredPayload(claim, headers, query, options);
  const canonical = [
    request.method ?? 'GET',
    canonicalPath(rawPath, options.service),
    canonicalQuery(query, claim.form === 'query'),
    ...claim.signedHeaders.map((name) => `${name}:${canonicalValue(headers.get(name) ?? '')}`),
    '',
    claim.signedHeaders.join(';'),
    declared,
  ].join('\n');
  // Header bytes reach us as latin1 and everything else is ASCII: hash the bytes that were sent.
  const hash = createHash('sha256').update(canonical, 'latin1').digest('hex');
  const key = signingKey(
    found.secretAccessKey,
    claim.scopeDate,
    options.region ?? homeRegion,
    options.service,
  );
  const expected = hmac(key, [algorithm, claim.date, claim.scope, hash].join('\n')).toString('hex');
  checkTime(claim, signedAt, options.now);
  if (!equalInConstantTime(expected, claim.signature))
    throw new Refused(
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  const signing: ChunkSigning = { key, date: claim.date, scope: claim.scope, seed: claim.signature };
  return {
    ok: true,
    principal: found.principal,
    accessKeyId: claim.accessKeyId,
    form: claim.form,
    signedAt,
    payload: payloadOf(declared, signing),
  };
}

function claimOfHeader(
  authorization: string,
  headers: ReadonlyMap<string, string>,
  query: Query,
  options: VerifyOptions,
): Claim {
  const malformed = (message: string) =>
    new Refused('AuthorizationHeaderMalformed', 400, `The authorization header is malformed; ${message}`);
  if (!authorization.startsWith(`${algorithm} `) && !authorization.startsWith(`${algorithm},`))
    throw new Refused(
      'InvalidRequest',
      400,
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    );
  const fields = new Map<string, string>();
  for (const part of authorization.slice(algorithm.length).split(',')) {
    const [, name, value] = /^\s*([A-Za-z]+)=(\S*)\s*$/.exec(part) ?? [];
    if (name === undefined || value === undefined || fields.has(name)) throw malformed('a field is broken.');
    fields.set(name, value);
  }
  const [credential, signedHeaders, signature] = ['Credential', 'SignedHeaders', 'Signature'].map((name) => {
    const value = fields.get(name);
    if (!value) throw malformed(`${name} is missing.`);
    return value;
  }) as [string, string, string];
  const date = headers.get('x-amz-date') ?? headers.get('date');
  if (date === undefined)
    throw new Refused('AccessDenied', 403, 'AWS authentication requires a valid Date or x-amz-date header');
  // S3 signs the token as a header; a token in the query of a header-signed request is nobody's.
  if (one(query, 'X-Amz-Security-Token') !== undefined)
    throw new Refused('InvalidArgument', 400, 'A session token goes where the signature is.');
  const basic = toBasicDate(date);
  return {
    form: 'header',
    ...parseCredential(credential, basic, options, malformed),
    signedHeaders: signedHeaders.split(';'),
    signature,
    date: basic,
    token: headers.get('x-amz-security-token'),
  };
}

function claimOfQuery(query: Query, options: VerifyOptions): Claim {
  const wrong = (message: string) => new Refused('AuthorizationQueryParametersError', 400, message);
  const need = (name: string) => {
    const value = one(query, name);
    if (!value)
      throw wrong(
        'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
      );
    return value;
  };
  if (need('X-Amz-Algorithm') !== algorithm) throw wrong(`X-Amz-Algorithm only supports "${algorithm}".`);
  const date = need('X-Amz-Date');
  const expires = need('X-Amz-Expires');
  if (!/^-?\d+$/.test(expires)) throw wrong('X-Amz-Expires should be a number');
  if (Number(expires) < 0) throw wrong('X-Amz-Expires must be non-negative');
  if (Number(expires) > maxExpires)
    throw wrong('X-Amz-Expires must be less than a week (in seconds) that is 604800');
  return {
    form: 'query',
    ...parseCredential(need('X-Amz-Credential'), date, options, wrong),
    signedHeaders: need('X-Amz-SignedHeaders').split(';'),
    signature: need('X-Amz-Signature'),
    date,
    token: one(query, 'X-Amz-Security-Token'),
    expires: Number(expires),
  };
}

function parseCredential(
  credential: string,
  date: string,
  options: VerifyOptions,
  wrong: (message: string) => Refused,
): { accessKeyId: string; scopeDate: string; scope: string } {
  const parts = credential.split('/');
  const [accessKeyId, scopeDate, region, service, last] = parts;
  if (parts.length !== 5 || !accessKeyId || !scopeDate)
    throw wrong(
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  if (scopeDate !== date.slice(0, 8))
    throw wrong(`Invalid credential date "${scopeDate}". This date is not the same as X-Amz-Date.`);
  const home = options.region ?? homeRegion;
  if (region !== home) throw wrong(`the region '${region}' is wrong; expecting '${home}'`);
  if (service !== options.service)
    throw wrong(`incorrect service "${service}". This endpoint belongs to "${options.service}".`);
  if (last !== 'aws4_request') throw wrong('incorrect terminal; expecting "aws4_request".');
  return { accessKeyId, scopeDate, scope: parts.slice(1).join('/') };
}

function checkSignedHeaders(claim: Claim, headers: ReadonlyMap<string, string>): void {
  const signed = new Set(claim.signedHeaders);
  const unsigned = [...headers.keys()].filter(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.has(name),
  );
  if (unsigned.length > 0 || !signed.has('host'))
    throw new Refused(
      'AccessDenied',
      403,
      `There were headers present in the request which were not signed: ${unsigned.join(', ') || 'host'}`,
    );
}

function checkTime(claim: Claim, signedAt: number, now: number): void {
  if (claim.expires !== undefined) {
    if (signedAt - maxSkew > now) throw new Refused('AccessDenied', 403, 'Request is not yet valid');
    if (signedAt + claim.expires * 1000 < now) throw new Refused('AccessDenied', 403, 'Request has expired');
  } else if (Math.abs(now - signedAt) > maxSkew) {
    throw new Refused(
      'RequestTimeTooSkewed',
      403,
      'The difference between the request time and the current time is too large.',
    );
  }
}

/** The last line of the canonical request. */
function declaredPayload(
  claim: Claim,
  headers: ReadonlyMap<string, string>,
  query: Query,
  options: VerifyOptions,
): string {
  if (options.service !== 's3') return options.bodySha256 ?? emptySha256;
  const declared =
    headers.get('x-amz-content-sha256') ??
    (claim.form === 'query' ? (one(query, 'X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD') : undefined);
  if (declared === undefined)
    throw new Refused(
      'InvalidRequest',
      400,
      'Missing required header for this request: x-amz-content-sha256',
    );
  return declared;
}

function payloadOf(declared: string, signing: ChunkSigning): Payload {
  switch (declared) {
    case 'UNSIGNED-PAYLOAD':
      return { kind: 'unsigned' };
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { kind: 'aws-chunked', trailer: true };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
      return { kind: 'aws-chunked', trailer: false, signing };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { kind: 'aws-chunked', trailer: true, signing };
    default:
      if (!/^[0-9a-f]{64}$/.test(declared))
        throw new Refused(
          'InvalidArgument',
          400,
          'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING value, or a valid sha256 value.',
        );
      return { kind: 'sha256', hex: declared };
  }
}

type Query = readonly (readonly [name: string, value: string])[];

function one(query: Query, name: string): string | undefined {
  return query.find(([candidate]) => candidate === name)?.[1];
}

/** Lower-case names; values of one name joined by a comma, as the signature takes them. */
function collectHeaders(raw: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    const value = (raw[i + 1] ?? '').trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

/** Path and query of a request target, the question mark dropped, nothing decoded. */
export function splitTarget(target: string): [path: string, query: string] {
  const mark = target.indexOf('?');
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

/** Query parameters in order, decoded once, `+` being a space. Throws `URIError` on a broken escape. */
export function decodeQuery(raw: string): [name: string, value: string][] {
  const decode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));
  return raw
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals < 0
        ? [decode(part), '']
        : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
    });
}

function parseQuery(raw: string): Query {
  try {
    return decodeQuery(raw);
  } catch {
    throw new Refused('InvalidURI', 400, "Couldn't parse the specified URI.");
  }
}

/** RFC 3986 percent-encoding of all but unreserved characters, as AWS signs it. */
export function awsEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalPath(raw: string, service: string): string {
  if (service === 's3') {
    // S3 signs the key encoded once and takes `.` and `..` as they are.
    try {
      return decodeURIComponent(raw).split('/').map(awsEncode).join('/');
    } catch {
      throw new Refused('InvalidURI', 400, "Couldn't parse the specified URI.");
    }
  }
  const segments: string[] = [];
  for (const segment of raw.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(awsEncode(segment));
  }
  return `/${segments.join('/')}${segments.length > 0 && raw.endsWith('/') ? '/' : ''}`;
}

function canonicalQuery(query: Query, presigned: boolean): string {
  return query
    .filter(([name]) => !(presigned && name === 'X-Amz-Signature'))
    .map(([name, value]) => [awsEncode(name), awsEncode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function canonicalValue(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}

/** `x-amz-date` is ISO 8601 basic already; a `Date` header is an HTTP date. */
function toBasicDate(date: string): string {
  if (/^\d{8}T\d{6}Z$/.test(date)) return date;
  const time = Date.parse(date);
  return Number.isNaN(time) ? date : `${new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

function parseDate(basic: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(basic);
  const time = match
    ? Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}Z`)
    : Number.NaN;
  if (Number.isNaN(time))
    throw new Refused('AccessDenied', 403, 'AWS authentication requires a valid Date or x-amz-date header');
  return time;
}
