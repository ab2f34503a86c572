/**
 * Serves the built app as CloudFront will: the files of `dist/`, the headers of `deploy/`, and `/shared/*`
 * out of the bucket in CloudFront's own name, so that the bucket policy decides what a link can reach.
 */
import { createReadStream, readdirSync } from 'node:fs';
import {
  request as ask,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AccessKey } from './auth/credentials.ts';
import { signS3 } from './auth/sign.ts';
import type { Handler } from './contract.ts';

export interface HostOptions {
  /** The built app. */
  readonly directory: string;
  /** What `/config.json` says. */
  readonly config: object;
  readonly siteHeaders: ResponseHeadersPolicy;
  readonly sharedHeaders: ResponseHeadersPolicy;
  readonly bucket: string;
  /** Host and port of S3. */
  readonly s3Host: string;
  /** CloudFront's key. */
  readonly key: AccessKey;
}

/** A CloudFront ResponseHeadersPolicyConfig, as far as the documents in `deploy/` use it. */
export interface ResponseHeadersPolicy {
  readonly SecurityHeadersConfig: {
    readonly ContentSecurityPolicy: { readonly ContentSecurityPolicy: string };
    readonly FrameOptions: { readonly FrameOption: string };
    readonly ReferrerPolicy: { readonly ReferrerPolicy: string };
  };
  readonly CustomHeadersConfig: {
    readonly Items: readonly { readonly Header: string; readonly Value: string }[];
  };
}

export function createHost(options: HostOptions): Handler {
  const { directory, config } = options;
  const siteHeaders = headersOf(options.siteHeaders);
  const sharedHeaders = headersOf(options.sharedHeaders);
  return async (request, response) => {
    const path = decodePath(request.url ?? '/');
    const shared = path?.startsWith('/shared/') === true;
    for (const [name, value] of shared ? sharedHeaders : siteHeaders) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      end(response, 405, 'GET and HEAD only');
    } else if (path !== undefined && shared) {
      await serveShared(path, request, response, options, new Set(sharedHeaders.keys()));
    } else if (path === '/config.json') {
      response.setHeader('Cache-Control', cacheControl('config.json'));
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(config));
    } else {
      const file = path === '/' ? 'index.html' : path?.slice(1);
      // Only what the folder was found to hold is served, so no path leads out of it.
      const files = filesIn(directory);
      if (file !== undefined && files.has(file)) return serveFile(directory, file, request, response);
      // As the distribution's error page: a link whose # became %23 arrives here, and the app says so.
      response.statusCode = 404;
      if (files.has('index.html')) await serveFile(directory, 'index.html', request, response);
      else end(response, 404, 'The app has not been built');
    }
  };
}

/** How long a file of the site may be kept; docs/deploy.md uploads them with the same words. */
export function cacheControl(file: string): string {
  if (file === 'index.html' || file === 'config.json' || file === 'sw.js') return 'no-store';
  return file.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}

/** The headers that such a policy adds. HSTS is left to CloudFront: a browser ignores it over http. */
export function headersOf({ SecurityHeadersConfig, CustomHeadersConfig }: ResponseHeadersPolicy) {
  const { ContentSecurityPolicy, FrameOptions, ReferrerPolicy } = SecurityHeadersConfig;
  return new Map([
    ['content-security-policy', ContentSecurityPolicy.ContentSecurityPolicy],
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', FrameOptions.FrameOption],
    ['referrer-policy', ReferrerPolicy.ReferrerPolicy],
    ...CustomHeadersConfig.Items.map(({ Header, Value }) => [Header.toLowerCase(), Value] as const),
  ]);
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** File names below a folder, `/` between; none if there is no folder. */
function filesIn(directory: string): ReadonlySet<string> {
  try {
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return new Set(
      files.map((file) => relative(directory, join(file.parentPath, file.name)).split(sep).join('/')),
    );
  } catch {
    return new Set();
  }
}

async function serveFile(
  directory: string,
  file: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('Cache-Control', cacheControl(file));
  response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(join(directory, file)), response);
}

const forwarded = [
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
];
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date']);

/** A signed GET or HEAD of the object of that name, as CloudFront's origin access control makes it. */
function serveShared(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  { bucket, s3Host, key }: HostOptions,
  overridden: ReadonlySet<string>,
): Promise<void> {
  const method = request.method ?? 'GET';
  const headers = Object.fromEntries(
    forwarded.flatMap((name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
  const signed = signS3(key, { method, host: s3Host, path: `/${bucket}${path}`, headers });
  const [hostname, port] = s3Host.split(':');
  return new Promise((resolve, reject) => {
    const upstream = ask(
      { hostname, port, method, path: signed.target, headers: signed.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers, overridden));
        pipeline(answer, response).then(resolve, reject);
      },
    );
    upstream.on('error', reject);
    response.on('close', () => upstream.destroy());
    upstream.end();
  });
}

function passedOn(headers: IncomingHttpHeaders, overridden: ReadonlySet<string>): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.has(name) && !overridden.has(name)),
  );
}

/** The path of a request target, percent-decoding undone, query left off; undefined if it cannot be decoded. */
function decodePath(target: string): string | undefined {
  try {
    return decodeURIComponent(target.split('?', 1)[0] ?? '');
  } catch {
    return undefined;
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}
