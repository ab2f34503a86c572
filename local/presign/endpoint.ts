/**
 * A presign endpoint as docs/presign.md has it: the reference to write one's own by. It keeps S3's keys, and gives
 * browsers URLs that are good for one request each, within the prefix of the person who asks.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { maxSignRequests } from '../../src/store/presigned/contract.ts';
import type { Handler } from '../contract.ts';
import { type Caller, callerOf, isShared, type KnownCaller, ownKey, writableKey } from './callers.ts';
import { condition, digest, type Fields, fields, list, metadata, text, whole } from './input.ts';
import { asRefused, forbidden, invalid, Refused } from './refusal.ts';
import type { CommitCondition, Presigner, Wanted } from './s3.ts';

export interface EndpointOptions {
  /** What stands before `/me` and the others in a request's path. */
  readonly path: string;
  readonly presigner: Presigner;
  readonly callers: readonly KnownCaller[];
  /** Where the app is served from. Asked at every request. */
  readonly origins: () => readonly string[];
}

/** 10,000 parts with their checksums, and some room. */
const maxBody = 4 * 1024 ** 2;
const maxPartSize = 5 * 1024 ** 3;

export function createPresignEndpoint({ path, presigner, callers, origins }: EndpointOptions): Handler {
  return async (request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    try {
      allowOrigin(request, response, origins());
      if (request.method === 'OPTIONS') return answer(response, 204);
      const caller = callerOf(request, callers);
      const url = new URL((request.url ?? '').slice(path.length), 'http://presign.invalid');
      const call = routeOf(request.method ?? '', url);
      const body = request.method === 'POST' ? await readJson(request) : {};
      const result = await call({ presigner, caller, query: url.searchParams, body });
      answer(response, result === undefined ? 204 : 200, result);
    } catch (error) {
      const { status, code, message } = asRefused(error);
      if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
      answer(response, status, { error: { code, message } });
    }
  };
}

interface Exchange {
  readonly presigner: Presigner;
  readonly caller: Caller;
  readonly query: URLSearchParams;
  readonly body: Fields;
}

type Call = (exchange: Exchange) => unknown;

function routeOf(method: string, { pathname }: URL): Call {
  const [, uploadId, complete] = /^\/multipart\/([^/]+)(\/complete)?$/.exec(pathname) ?? [];
  if (uploadId !== undefined) {
    const call = ofUpload[`${method}${complete ?? ''}`];
    if (call) return (exchange) => call(exchange, decodeURIComponent(uploadId));
  }
  const call = calls[`${method} ${pathname}`];
  if (!call) throw new Refused(404, 'NotFound', 'There is no such request.');
  return call;
}

const calls: Readonly<Record<string, Call>> = {
  'GET /me': ({ caller: { prefix, name } }) => ({ prefix, name }),

  'GET /objects': ({ presigner, caller, query }) => {
    const prefix = query.get('prefix') ?? caller.prefix;
    if (!prefix.startsWith(caller.prefix)) throw forbidden('This is not below your prefix.');
    return presigner.list(prefix, query.get('next') ?? undefined);
  },

  'GET /object': ({ presigner, caller, query }) => presigner.head(ownKey(caller, keyOf(query))),

  'DELETE /object': ({ presigner, caller, query }) => presigner.remove(ownKey(caller, keyOf(query))),

  'POST /sign': async ({ presigner, caller, body }) => {
    const wanted = list(body['requests'], 'requests', maxSignRequests).map((one) => wantedOf(caller, one));
    const signed = await Promise.all(wanted.map((one) => presigner.sign(one)));
    return { signed, expires: presigner.seconds };
  },

  'POST /multipart': ({ presigner, caller, body }) => {
    const { key, checksum } = body;
    if (checksum !== undefined && checksum !== 'SHA256') throw invalid('checksum is not "SHA256"');
    const kept = metadata(body['metadata'] ?? {}, 'metadata');
    return presigner.create(writableKey(caller, text(key, 'key')), kept, checksum);
  },
};

const ofUpload: Readonly<Record<string, (exchange: Exchange, uploadId: string) => unknown>> = {
  GET: ({ presigner, caller, query }, uploadId) =>
    presigner.listParts(ownKey(caller, keyOf(query)), uploadId),

  DELETE: ({ presigner, caller, query }, uploadId) =>
    presigner.abort(writableKey(caller, keyOf(query)), uploadId),

  'POST/complete': ({ presigner, caller, query, body }, uploadId) => {
    const key = writableKey(caller, keyOf(query));
    const parts = list(body['parts'], 'parts', 10_000).map((one) => {
      const { PartNumber, ETag, ChecksumSHA256 } = fields(one, 'parts');
      return {
        PartNumber: whole(PartNumber, 'PartNumber', 1, 10_000),
        ETag: text(ETag, 'ETag'),
        ...(ChecksumSHA256 !== undefined && { ChecksumSHA256: digest(ChecksumSHA256, 'ChecksumSHA256') }),
      };
    });
    return presigner.complete(key, uploadId, parts, commitCondition(key, body['condition']));
  },
};

/** A request worth a URL. @throws Refused */
function wantedOf(caller: Caller, value: unknown): Wanted {
  const one = fields(value, 'requests');
  const key = text(one['key'], 'key');
  const size = () => whole(one['size'], 'size', 0, maxPartSize);
  const sha256 = () => digest(one['sha256'], 'sha256');
  const slot = () => ({
    uploadId: text(one['uploadId'], 'uploadId'),
    partNumber: whole(one['partNumber'], 'partNumber', 1, 10_000),
  });
  switch (one['kind']) {
    case 'get':
      return { kind: 'get', key: ownKey(caller, key) };
    case 'put':
      return {
        ...{ kind: 'put', key: writableKey(caller, key), size: size(), sha256: sha256() },
        metadata: metadata(one['metadata'] ?? {}, 'metadata'),
        ...commitCondition(key, one['condition']),
      };
    case 'part':
      return { kind: 'part', key: writableKey(caller, key), ...slot(), size: size(), sha256: sha256() };
    case 'copy': {
      const [from, to] = list(one['range'], 'range', 2);
      const start = whole(from, 'range', 0, Number.MAX_SAFE_INTEGER);
      const end = whole(to, 'range', start + 1, start + maxPartSize);
      const source = ownKey(caller, text(one['source'], 'source'));
      const etag = text(one['etag'], 'etag');
      return { kind: 'copy', key: writableKey(caller, key), ...slot(), source, etag, start, end };
    }
    default:
      throw invalid('kind is none of "get", "put", "part", "copy"');
  }
}

/** What a link leads to is never written over. */
function commitCondition(key: string, value: unknown): CommitCondition {
  const checked = condition(value);
  if (isShared(key) && checked.IfNoneMatch === undefined)
    throw forbidden('Below shared/ only new objects are made: condition "absent".');
  return checked;
}

function keyOf(query: URLSearchParams): string {
  return text(query.get('key'), 'key');
}

/**
 * Pages of the app alone may ask: CORS for those that read the answer, and a refusal for those that only want
 * something done in the name of a cookie.
 */
function allowOrigin(request: IncomingMessage, response: ServerResponse, origins: readonly string[]): void {
  response.setHeader('Vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined) return;
  if (!origins.includes(origin)) throw forbidden('This site may not ask.');
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Credentials', 'true');
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST, DELETE');
  response.setHeader('Access-Control-Allow-Headers', 'authorization, content-type');
  response.setHeader('Access-Control-Max-Age', '3000');
}

async function readJson(request: IncomingMessage): Promise<Fields> {
  // No form can send this type, so no page elsewhere gets by without asking first.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new Refused(415, 'InvalidRequest', 'The body is not application/json.');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBody) throw new Refused(413, 'EntityTooLarge', 'The body is too long.');
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw invalid('The body is no JSON.');
  }
  return fields(value, 'the body');
}

function answer(response: ServerResponse, status: number, body?: unknown): void {
  response.statusCode = status;
  if (body === undefined) return void response.end();
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(body));
}
