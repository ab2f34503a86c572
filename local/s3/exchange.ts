/** One request to S3 and what is known of it; and who may do what. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Payload } from '../auth/sigv4.ts';
import {
  type AccessRequest,
  accountId,
  type CredentialLookup,
  type Decision,
  type Principal,
  type ServerSideKms,
} from '../contract.ts';
import type { Lines } from '../line.ts';
import { S3Error } from './errors.ts';
import type { Bucket, ObjectVersion, Store, Tag } from './store.ts';

export interface Services {
  readonly store: Store;
  readonly credentials: CredentialLookup;
  readonly kms: ServerSideKms;
  readonly access: (request: AccessRequest) => Decision;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What bodies come and go through; the loopback interface alone unless given. */
  readonly lines: Lines | undefined;
  /** See `S3Options`. */
  readonly isLookAlike: boolean;
}

export interface Exchange extends Services {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** Path decoded: `/bucket/key`. */
  readonly resource: string;
  readonly bucketName: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  /** Headers by lower-case name, and what a presigned URL carries in their stead. */
  readonly header: (name: string) => string | undefined;
  readonly headerNames: readonly string[];
  readonly principal: Principal;
  readonly payload: Payload;
  readonly form: 'anonymous' | 'header' | 'query' | 'post';
  /** Milliseconds since the epoch; 0 for anonymous requests. */
  readonly signedAt: number;
}

export interface Target {
  readonly bucket: Bucket;
  readonly key?: string;
  /** Condition keys of this action, lower case. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

export function bucketArn(bucket: Bucket): string {
  return `arn:aws:s3:::${bucket.name}`;
}

export function objectArn(bucket: Bucket, key: string): string {
  return `arn:aws:s3:::${bucket.name}/${key}`;
}

/** The bucket a request names. Throws `NoSuchBucket`. */
export function bucketOf(x: Pick<Exchange, 'store'>, name: string): Bucket {
  const bucket = x.store.buckets.get(name);
  if (!bucket) throw new S3Error('NoSuchBucket');
  return bucket;
}

/** Throws `AccessDenied` unless the one who asks may do this. */
export function authorize(x: Exchange, action: string, target: Target): void {
  const decision = decide(x, action, target);
  if (decision === 'allow') return;
  const resource = target.key === undefined ? bucketArn(target.bucket) : objectArn(target.bucket, target.key);
  throw new S3Error(
    'AccessDenied',
    x.principal.kind === 'anonymous'
      ? undefined
      : `User: ${x.principal.arn} is not authorized to perform: ${action} on resource: "${resource}" ${
          decision === 'deny' ? 'with an explicit deny' : `because no policy allows the ${action} action`
        }`,
  );
}

export function may(x: Exchange, action: string, target: Target): boolean {
  return decide(x, action, target) === 'allow';
}

/** What an owner can always do, so that a policy cannot lock everybody out for good. */
const neverLocked = new Set(['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']);

function decide(x: Exchange, action: string, { bucket, key, context }: Target): Decision {
  const administrator = x.principal.kind === 'administrator';
  if (administrator && neverLocked.has(action)) return 'allow';
  const decision = x.access({
    principal: x.principal,
    action,
    resource: key === undefined ? bucketArn(bucket) : objectArn(bucket, key),
    context: { ...requestContext(x), ...context },
    ...(bucket.settings.policy ? { resourcePolicy: bucket.settings.policy } : {}),
    resourceAccount: accountId,
  });
  return administrator && decision === 'implicit' ? 'allow' : decision;
}

/** Headers that are condition keys by the same name. */
const headerKeys = [
  'x-amz-acl',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-metadata-directive',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-storage-class',
  'if-match',
  'if-none-match',
];

function requestContext(x: Exchange): Record<string, string> {
  const context: Record<string, string> = {
    // Loopback stands in for S3's TLS endpoint, so that "only over TLS" policies can be run here.
    'aws:securetransport': 'true',
    's3:tlsversion': '1.3',
    'aws:sourceip': (x.request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    'aws:currenttime': new Date(x.now()).toISOString(),
    'aws:epochtime': String(Math.floor(x.now() / 1000)),
    's3:resourceaccount': accountId,
  };
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) context[name] = value;
  };
  add('aws:useragent', x.header('user-agent'));
  add('aws:referer', x.header('referer'));
  for (const name of headerKeys) add(`s3:${name}`, x.header(name));
  add('s3:versionid', x.query.get('versionId'));
  if (x.form !== 'anonymous') {
    add('s3:signatureversion', 'AWS4-HMAC-SHA256');
    add('s3:authtype', { header: 'REST-HEADER', query: 'REST-QUERY-STRING', post: 'POST' }[x.form]);
    if (x.form === 'query') add('s3:signatureage', String(x.now() - x.signedAt));
  }
  return context;
}

/** Condition keys for the tags a request brings. */
export function requestTagContext(tags: readonly Tag[]): Record<string, string | readonly string[]> {
  if (tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(([key, value]) => [`s3:requestobjecttag/${key.toLowerCase()}`, value])),
    's3:requestobjecttagkeys': tags.map(([key]) => key),
  };
}

/** Condition keys for the tags an object has. */
export function existingTagContext(version: ObjectVersion | undefined): Record<string, string> {
  const tags = version?.tags ?? [];
  return Object.fromEntries(tags.map(([key, value]) => [`s3:existingobjecttag/${key.toLowerCase()}`, value]));
}

/** Answers with headers and a whole body. */
export function reply(
  x: Pick<Exchange, 'response'>,
  status: number,
  headers: Readonly<Record<string, string | number>> = {},
  body = '',
): void {
  const bytes = Buffer.from(body);
  for (const [name, value] of Object.entries(headers)) x.response.setHeader(name, value);
  if (bytes.length > 0 && !x.response.hasHeader('content-type'))
    x.response.setHeader('Content-Type', 'application/xml');
  // 204 and 304 have no body, and so no length.
  if (status !== 204 && status !== 304) x.response.setHeader('Content-Length', bytes.length);
  x.response.writeHead(status);
  x.response.end(bytes);
}

/** Every operation is one of these: it answers, or throws an `S3Error`. */
export type Operation = (x: Exchange) => void | Promise<void>;
