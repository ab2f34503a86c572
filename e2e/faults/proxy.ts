/**
 * A bad network before the local cloud. It leaves the Host header as it is, so signatures hold, unless it stands
 * before a site, which serves its own name alone; and it writes down which fault hit which request.
 */
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
  request as send,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { presignPath } from '../../local/presign/service.ts';
import { type Asked, describeFault, type Fault, type Operation, type Plan } from './plan.ts';

export interface FaultProxy {
  /** Where the app is to send its requests. */
  readonly endpoint: string;
  /** From now on; without one, everything is passed on as it is. */
  follow(plan: Plan | undefined): void;
  /** How many faults have hit a request so far, of each description. */
  readonly hits: ReadonlyMap<string, number>;
  /** One line for each. */
  readonly log: readonly string[];
  close(): void;
}

/** What was to be passed on, whole. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** @param target what it stands before, as `http://127.0.0.1:4600` */
export async function startFaultProxy(
  target: string,
  { site = false, onArrived }: { readonly site?: boolean; readonly onArrived?: (what: Arrived) => void } = {},
): Promise<FaultProxy> {
  const { hostname, port, host } = new URL(target);
  const counts = new Map<Operation, number>();
  const hits = new Map<string, number>();
  const log: string[] = [];
  let plan: Plan | undefined;
  let passed = 0;

  function pass(request: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { method, url } = request;
      const headers = site ? { ...request.headers, host } : request.headers;
      const outgoing = send({ hostname, port, method, path: url, headers }, (incoming) => {
        gather(incoming).then(
          (all) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: all }),
          reject,
        );
      });
      outgoing.once('error', reject);
      outgoing.end(body);
      passed++;
    });
  }

  /** Half of it, and then the line is dead. */
  async function passHalf(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url, headers } = request;
    const outgoing = send({ hostname, port, method, path: url, headers });
    outgoing.on('error', () => {});
    const half = Number(headers['content-length'] ?? 0) / 2;
    let length = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length >= half) break;
      outgoing.write(chunk);
    }
    outgoing.destroy();
    response.destroy();
  }

  async function serve(request: IncomingMessage, response: ServerResponse, fault: Fault | undefined) {
    if (fault?.kind === 'cut' && fault.when === 'before') return response.destroy();
    if (fault?.kind === 'cut' && fault.when === 'request') return passHalf(request, response);
    let body = await gather(request);
    const { method = '', url = '', headers } = request;
    onArrived?.({ method, path: url, headers, body });
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'answer') return reply(response, refusal(request, fault));
    if (fault?.kind === 'delay') await sleep(fault.milliseconds);
    // Not for long: where it is the last one, nothing comes that could overtake it.
    if (fault?.kind === 'hold') {
      const until = passed + 2;
      for (let waits = 0; passed < until && waits < 15; waits++) await sleep(10);
    }
    if (fault?.kind === 'flip' && fault.where === 'request body') body = withOneBitFlipped(body);
    const answer = await pass(request, body);
    if (fault?.kind === 'duplicate') await pass(request, body);
    if (fault?.kind === 'drop') return response.destroy();
    if (fault?.kind === 'cut') {
      response.writeHead(answer.status, answer.headers);
      response.flushHeaders();
      if (answer.body.length > 1) response.write(answer.body.subarray(0, answer.body.length >> 1));
      // So that it has left before the line is dead.
      await sleep(20);
      return response.destroy();
    }
    reply(response, fault ? damaged(answer, fault) : answer);
  }

  const server = createServer((request, response) => {
    const operation = operationOf(request);
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    const asked: Asked = { operation, count, path: request.url ?? '' };
    const fault = plan?.(asked);
    if (fault) {
      const what = describeFault(fault);
      hits.set(what, (hits.get(what) ?? 0) + 1);
      log.push(`${operation} ${count} ${asked.path}: ${what}`);
    }
    // Whoever asked may have hung up, which is no fault of ours.
    serve(request, response, fault).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    follow: (next) => {
      plan = next;
    },
    hits,
    log,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function gather(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function reply(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers);
  response.end(body);
}

/** As S3 refuses, for scripts to read. */
function refusal(
  { method, headers }: IncomingMessage,
  { status, code }: { status: number; code: string },
): Answer {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>injected</Message></Error>`;
  const body = Buffer.from(method === 'HEAD' ? '' : xml);
  return {
    status,
    headers: {
      'access-control-allow-origin': headers.origin ?? '*',
      'content-type': 'application/xml',
      'content-length': String(body.length),
    },
    body,
  };
}

function damaged(answer: Answer, fault: Fault): Answer {
  const { headers, body } = answer;
  if (fault.kind === 'truncate') {
    const half = body.subarray(0, body.length >> 1);
    return { ...answer, headers: { ...headers, 'content-length': String(half.length) }, body: half };
  }
  if (fault.kind !== 'flip') return answer;
  if (fault.where === 'response body') return { ...answer, body: withOneBitFlipped(body) };
  if (fault.where !== 'response header') return answer;
  const name = Object.keys(headers).find((each) => each.startsWith('x-amz-meta-')) ?? 'etag';
  const value = headers[name];
  if (typeof value !== 'string') return answer;
  // Of a letter or digit, so that it is still a header.
  const flipped = value.replace(/[0-9A-Za-z](?=[^0-9A-Za-z]*$)/, (c) =>
    String.fromCharCode(c.charCodeAt(0) ^ 1),
  );
  return { ...answer, headers: { ...headers, [name]: flipped } };
}

function withOneBitFlipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const at = copy.length >> 1;
  if (at < copy.length) copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

function operationOf({ method, url = '', headers }: IncomingMessage): Operation {
  const { pathname, searchParams: query } = new URL(url, 'http://localhost');
  const target = String(headers['x-amz-target'] ?? '');
  if (method === 'OPTIONS') return 'Preflight';
  if (pathname.startsWith(`${presignPath}/`)) return 'Presign';
  if (target.startsWith('AWSCognito')) return 'Cognito';
  if (target.startsWith('Trent')) return 'KMS';
  const isObject = Boolean(pathname.split('/')[2]);
  if (method === 'GET') {
    if (query.has('uploadId')) return 'ListParts';
    return isObject ? 'GetObject' : 'ListObjects';
  }
  if (method === 'HEAD') return isObject ? 'HeadObject' : 'Other';
  if (method === 'PUT') return query.has('partNumber') ? 'UploadPart' : 'PutObject';
  if (method === 'DELETE') return query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
  if (method === 'POST' && query.has('uploads')) return 'CreateMultipartUpload';
  return method === 'POST' && query.has('uploadId') ? 'CompleteMultipartUpload' : 'Other';
}
