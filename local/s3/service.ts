/**
 * Amazon S3 for development and tests: path-style requests (`/bucket/key`), signatures verified, policies
 * evaluated, everything on disk and encrypted there.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeQuery, splitTarget, verifySignature } from '../auth/sigv4.ts';
import {
  type AccessRequest,
  accountId,
  type CredentialLookup,
  type Decision,
  type Handler,
  type Principal,
  type ServerSideKms,
} from '../contract.ts';
import type { Lines } from '../line.ts';
import * as buckets from './buckets.ts';
import { corsHeaders } from './cors.ts';
import { S3Error } from './errors.ts';
import { type Exchange, type Operation, reply, type Services } from './exchange.ts';
import { listObjects, listObjectVersions } from './listing.ts';
import * as multipart from './multipart.ts';
import { postObject } from './post.ts';
import { getObject, getObjectAttributes } from './reads.ts';
import { openStore } from './store.ts';
import * as writes from './writes.ts';
import { escapeXml } from './xml.ts';

export interface S3Options {
  /** Made if it is not there; all that S3 keeps is in it. */
  readonly dataDir: string;
  readonly credentials: CredentialLookup;
  readonly access: (request: AccessRequest) => Decision;
  readonly kms: ServerSideKms;
  /** Milliseconds since the epoch. Default: the clock. */
  readonly now?: () => number;
  /** What bodies come and go through. */
  readonly lines?: Lines | undefined;
  /** A store like S3 that knows no checksums and completes uploads without an ETag, as Ceph's gateway before Squid. */
  readonly isLookAlike?: boolean | undefined;
}

/**
 * S3 as a handler of requests. It verifies signatures itself, since a refusal bears the bucket's CORS headers.
 */
export function createS3(options: S3Options): Handler {
  const store = openStore(options.dataDir);
  const now = options.now ?? Date.now;
  const { credentials, kms, access, lines, isLookAlike = false } = options;
  const services: Services = { store, credentials, kms, access, now, lines, isLookAlike };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomBytes(8).toString('hex').toUpperCase();
    response.setHeader('x-amz-request-id', requestId);
    response.setHeader('x-amz-id-2', requestId);
    let resource = '/';
    try {
      const place = locate(request);
      resource = place.resource;
      if (addCors(request, response, place.bucketName)) return;
      const exchange = identify(request, response, place);
      await operationOf(exchange)(exchange);
    } catch (error) {
      refuse(request, response, error, resource, requestId);
    } finally {
      // What is left of a body nobody wanted must not stand in the way of the next request.
      request.resume();
    }
  }

  function identify(
    request: IncomingMessage,
    response: ServerResponse,
    place: Pick<Exchange, 'resource' | 'bucketName' | 'key' | 'query'>,
  ): Exchange {
    const method = request.method ?? 'GET';
    const verified = verifySignature(request, {
      service: 's3',
      credentials,
      now: now(),
    });
    const common = { ...services, ...place, request, response, method };
    if (!verified.ok) {
      if (verified.code !== 'MissingAuthenticationToken') throw new S3Error(verified.code, verified.message);
      const unsigned = { form: 'anonymous', principal: nobody, signedAt: 0 } as const;
      const chunked = request.headers['x-amz-content-sha256'] === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
      const payload = chunked
        ? ({ kind: 'aws-chunked', trailer: true } as const)
        : ({ kind: 'unsigned' } as const);
      return { ...common, ...unsigned, payload, ...headersOf(request, new Map(), isLookAlike) };
    }
    const { principal, payload, form, signedAt } = verified;
    const owner = request.headers['x-amz-expected-bucket-owner'];
    if (owner !== undefined && owner !== accountId) throw new S3Error('AccessDenied');
    return {
      ...common,
      principal,
      payload,
      form,
      signedAt,
      ...headersOf(request, form === 'query' ? place.query : new Map(), isLookAlike),
    };
  }

  /** Adds what the bucket's CORS rules say; answers preflights, and then returns true. */
  function addCors(request: IncomingMessage, response: ServerResponse, bucketName: string): boolean {
    const { origin } = request.headers;
    const preflight = request.method === 'OPTIONS';
    if (origin === undefined) {
      if (preflight)
        throw new S3Error('InvalidRequest', 'Insufficient information. Origin request header needed.');
      return false;
    }
    const asked = one(request.headers['access-control-request-method']);
    if (preflight && asked === undefined)
      throw new S3Error('InvalidRequest', 'Invalid Access-Control-Request-Method: null');
    const bucket = store.buckets.get(bucketName);
    const names = (one(request.headers['access-control-request-headers']) ?? '').split(',');
    const headers = corsHeaders(bucket?.settings.cors ?? [], {
      origin,
      method: (preflight ? asked : request.method) ?? 'GET',
      headers: preflight ? names.map((name) => name.trim()).filter((name) => name !== '') : [],
    });
    for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
    if (!preflight) return false;
    if (!headers)
      throw new S3Error(
        'AccessForbidden',
        bucket && !bucket.settings.cors ? 'CORSResponse: CORS is not enabled for this bucket.' : undefined,
      );
    reply({ response }, 200);
    return true;
  }

  return handle;
}

const nobody: Principal = {
  kind: 'anonymous',
  accountId: '',
  arn: '*',
  policies: [],
  sessionPolicies: [],
  contextKeys: {},
};

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}

function locate(request: IncomingMessage): Pick<Exchange, 'resource' | 'bucketName' | 'key' | 'query'> {
  const [rawPath, rawQuery] = splitTarget(request.url ?? '/');
  try {
    const resource = decodeURIComponent(rawPath);
    const slash = resource.indexOf('/', 1);
    const query = new Map<string, string>();
    for (const [name, value] of decodeQuery(rawQuery)) if (!query.has(name)) query.set(name, value);
    if (!resource.startsWith('/')) throw new URIError();
    return {
      resource,
      bucketName: slash < 0 ? resource.slice(1) : resource.slice(1, slash),
      key: slash < 0 ? '' : resource.slice(slash + 1),
      query,
    };
  } catch {
    throw new S3Error('InvalidURI');
  }
}

/**
 * Headers by name; a presigned URL may carry `x-amz-*` ones as parameters. Not the checksums, though: S3
 * does not take them from there, and SDKs presign that of an empty body.
 */
function headersOf(
  request: IncomingMessage,
  query: ReadonlyMap<string, string>,
  isLookAlike: boolean,
): Pick<Exchange, 'header' | 'headerNames'> {
  const headers = new Map<string, string>();
  for (const [name, value] of query) {
    const lower = name.toLowerCase();
    if (lower.startsWith('x-amz-') && !/^x-amz-(checksum-|sdk-checksum-|content-sha256$)/.test(lower))
      headers.set(lower, value);
  }
  for (const [name, value] of Object.entries(request.headers)) {
    const joined = one(value);
    if (isLookAlike && name.startsWith('x-amz-checksum-')) continue;
    if (joined !== undefined) headers.set(name, joined);
  }
  return { header: (name) => headers.get(name), headerNames: [...headers.keys()] };
}

type Operations = Readonly<Record<string, Operation>>;

const lifecycle = buckets.keptDocument('lifecycle');
const publicAccessBlock = buckets.keptDocument('publicAccessBlock');

/** By method and sub-resource; the empty one is the bucket or the object itself. */
const bucketOperations: Operations = {
  'PUT ': buckets.createBucket,
  'HEAD ': buckets.headBucket,
  'DELETE ': buckets.deleteBucket,
  'GET ': listObjects,
  'POST ': postObject,
  'GET versions': listObjectVersions,
  'GET uploads': multipart.listMultipartUploads,
  'POST delete': writes.deleteObjects,
  'GET location': buckets.getBucketLocation,
  'GET versioning': buckets.getBucketVersioning,
  'PUT versioning': buckets.putBucketVersioning,
  'GET cors': buckets.getBucketCors,
  'PUT cors': buckets.putBucketCors,
  'DELETE cors': buckets.deleteBucketCors,
  'GET policy': buckets.getBucketPolicy,
  'PUT policy': buckets.putBucketPolicy,
  'DELETE policy': buckets.deleteBucketPolicy,
  'GET encryption': buckets.getBucketEncryption,
  'PUT encryption': buckets.putBucketEncryption,
  'DELETE encryption': buckets.deleteBucketEncryption,
  'GET tagging': buckets.getBucketTagging,
  'PUT tagging': buckets.putBucketTagging,
  'DELETE tagging': buckets.deleteBucketTagging,
  'GET lifecycle': lifecycle.get,
  'PUT lifecycle': lifecycle.put,
  'DELETE lifecycle': lifecycle.remove,
  'GET publicAccessBlock': publicAccessBlock.get,
  'PUT publicAccessBlock': publicAccessBlock.put,
  'DELETE publicAccessBlock': publicAccessBlock.remove,
};

const objectOperations: Operations = {
  'GET ': getObject,
  'HEAD ': getObject,
  'PUT ': (x) => (x.header('x-amz-copy-source') === undefined ? writes.putObject(x) : writes.copyObject(x)),
  'DELETE ': writes.deleteObject,
  'GET attributes': getObjectAttributes,
  'GET tagging': writes.getObjectTagging,
  'PUT tagging': writes.putObjectTagging,
  'DELETE tagging': writes.deleteObjectTagging,
  'POST uploads': multipart.createMultipartUpload,
  'PUT uploadId': (x) =>
    x.header('x-amz-copy-source') === undefined ? multipart.uploadPart(x) : multipart.uploadPartCopy(x),
  'POST uploadId': multipart.completeMultipartUpload,
  'DELETE uploadId': multipart.abortMultipartUpload,
  'GET uploadId': multipart.listParts,
};

/** Sub-resources of S3: those above, and those to be refused rather than overlooked. */
const subresources = new Set([
  ...Object.keys({ ...bucketOperations, ...objectOperations }).map((name) =>
    name.slice(name.indexOf(' ') + 1),
  ),
  ...'accelerate acl analytics annotation annotations encryption intelligent-tiering inventory legal-hold logging'.split(
    ' ',
  ),
  ...'metadataConfiguration metadataTable metrics notification object-lock ownershipControls policyStatus'.split(
    ' ',
  ),
  ...'renameObject replication requestPayment restore retention select session torrent website'.split(' '),
]);
subresources.delete('');

function operationOf(x: Exchange): Operation {
  if (x.bucketName === '') {
    if (x.resource === '/' && x.method === 'GET') return buckets.listBuckets;
    throw new S3Error('MethodNotAllowed');
  }
  if (Buffer.byteLength(x.key) > 1024) throw new S3Error('KeyTooLongError');
  const subresource = [...x.query.keys()].find((name) => subresources.has(name)) ?? '';
  const operations = x.key === '' ? bucketOperations : objectOperations;
  const operation = operations[`${x.method} ${subresource}`];
  if (!operation) throw new S3Error(subresource === '' ? 'MethodNotAllowed' : 'NotImplemented');
  return operation;
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  resource: string,
  requestId: string,
): void {
  // Gone, or already answering: an error cannot be told any more, only that the answer is not whole.
  if (response.headersSent || request.socket.destroyed) {
    response.destroy();
    return;
  }
  if (!(error instanceof S3Error) && !request.errored) console.error('S3 failed', error);
  const refusal =
    error instanceof S3Error ? error : new S3Error(request.errored ? 'IncompleteBody' : 'InternalError');
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${refusal.code}</Code><Message>${escapeXml(refusal.message)}</Message><Resource>${escapeXml(resource)}</Resource><RequestId>${requestId}</RequestId>${timeOf(refusal)}</Error>`;
  reply(
    { response },
    refusal.status,
    { ...refusal.headers, 'Content-Type': 'application/xml' },
    request.method === 'HEAD' ? '' : body,
  );
}

/** By which a client finds out how wrong its clock is. */
function timeOf({ code }: S3Error): string {
  if (code !== 'RequestTimeTooSkewed') return '';
  const time = new Date().toISOString().replace(/\.\d+/, '');
  return `<ServerTime>${time}</ServerTime><MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>`;
}
