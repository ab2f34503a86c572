/**
 * The local cloud: S3, KMS, Cognito Identity and STS behind one port of the loopback interface, and the app
 * on another. A tool for development, tests and trying out; not a place to keep files.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCredentials } from './auth/credentials.ts';
import { decide } from './auth/policy.ts';
import { guestPrincipal, openIdentityPool } from './cognito/pool.ts';
import { createCognito } from './cognito/service.ts';
import { accountId, type Handler, type PolicyDocument, type Principal, region } from './contract.ts';
import { deployDocument, type Variables } from './documents.ts';
import { createHost, type ResponseHeadersPolicy } from './host.ts';
import { installBucket } from './install.ts';
import { answerPreflight } from './json-protocol.ts';
import { serverSideKms } from './kms/crypto.ts';
import { aliasArn, type Key, type Keys, keyArn, openKeys } from './kms/keys.ts';
import { createKms } from './kms/service.ts';
import { createLine } from './line.ts';
import { createPresignService, openCallers, presignerPrincipal, presignPath } from './presign/service.ts';
import { createS3 } from './s3/service.ts';
import { createSts } from './sts/service.ts';

export interface CloudOptions {
  /** Where everything is kept; made if absent. */
  readonly dataDir: string;
  /** Port of the services. Default 4600; 0 for any that is free. */
  readonly port?: number;
  /** Port of the app. Default 4601, or any if `port` is 0. */
  readonly appPort?: number;
  /** The built app. Default: `dist/` of the project. */
  readonly appDirectory?: string;
  /** Further origins that CORS lets at the bucket, such as that of Vite's own server. */
  readonly appOrigins?: readonly string[];
  /** Lifetime of a guest's credentials. Default 3600, as on AWS. */
  readonly credentialLifetimeSeconds?: number;
  /** What S3's bodies come and go at, all together. Default: as fast as it goes. */
  readonly bytesPerSecond?: number;
  /** How `config.json` lets the app at the bucket. Default: as guests of the identity pool. */
  readonly signIn?: 'guest' | 'token' | 'cookie';
  /** Life of a presigned URL. Default 900, a quarter of an hour. */
  readonly presignedSeconds?: number;
  /** Whether S3 is a store like it that keeps no checksums. */
  readonly isLookAlike?: boolean;
  /** Puts something before the services: is given their endpoint and resolves with the one that the app is told. */
  readonly standBefore?: (endpoint: string) => Promise<string>;
}

/** What `npm run cloud` prints. */
export interface CloudInfo {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly identityPoolId: string;
  readonly kmsKeyId: string;
  readonly kmsKeyArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly otherAccessKeyId: string;
  readonly otherSecretAccessKey: string;
  readonly presignEndpoint: string;
  /** The bearer tokens of the two people whom the presign endpoint knows: their access codes. */
  readonly presignToken: string;
  readonly otherPresignToken: string;
  readonly appUrl: string;
}

export interface Cloud {
  readonly info: CloudInfo;
  /** Gives the first of the presign endpoint's people another token; `presignToken` is refused from now on. */
  renewToken(): string;
  close(): Promise<void>;
}

const bucket = 's3-envelope';
const kmsAlias = 'alias/documents';
const roleName = 's3-envelope-guest';
const distributionArn = `arn:aws:cloudfront::${accountId}:distribution/LOCAL`;
const builtApp = fileURLToPath(new URL('../dist', import.meta.url));

/**
 * Starts everything; at the first start of a data directory it makes users, key, pool and bucket.
 * @throws Error if a port is taken
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const {
    dataDir,
    port = 4600,
    bytesPerSecond,
    isLookAlike,
    signIn = 'guest',
    presignedSeconds = 900,
  } = options;
  const { credentialLifetimeSeconds: lifetimeSeconds = 3600 } = options;
  const appPort = options.appPort ?? (port === 0 ? 0 : 4601);

  const keys = openKeys(dataDir);
  const key = documentsKey(keys);
  const pool = openIdentityPool(dataDir);
  const known: Variables = {
    ACCOUNT_ID: accountId,
    REGION: region,
    BUCKET: bucket,
    DISTRIBUTION_ARN: distributionArn,
    IDENTITY_POOL_ID: pool.id,
    KMS_KEY_ARN: keyArn(key),
  };
  const role = {
    name: roleName,
    trust: deployDocument<PolicyDocument>('guest-role-trust.json', known),
    policy: deployDocument<PolicyDocument>('guest-role-policy.json', known),
  };
  const credentials = openCredentials(dataDir, (identityId) => guestPrincipal(role, pool.id, identityId));
  const services: Omit<Services, 'presign'> = {
    kms: createKms(keys, credentials),
    cognito: createCognito({ pool, role, credentials, lifetimeSeconds }),
    sts: createSts(credentials),
    s3: createS3({
      dataDir: join(dataDir, 's3'),
      credentials,
      kms: serverSideKms(keys),
      access: decide,
      isLookAlike,
      lines: bytesPerSecond
        ? { up: createLine(bytesPerSecond), down: createLine(bytesPerSecond) }
        : undefined,
    }),
  };
  const appOrigins: string[] = [];
  let presign: Handler = services.s3;
  const toPresign: Handler = (request, response) => presign(request, response);
  let before: string | undefined;
  const front = await listen(
    port,
    dispatcher({ ...services, presign: toPresign }),
    (host) => `http://${host}` === before,
  );
  const endpoint = `http://127.0.0.1:${front.port}`;
  const s3Host = `127.0.0.1:${front.port}`;
  before = await options.standBefore?.(endpoint);
  const appEndpoint = before ?? endpoint;
  const callers = openCallers(dataDir);
  const signer = presignerPrincipal(deployDocument<PolicyDocument>('presigner-policy.json', known));
  presign = createPresignService({
    ...{ endpoint: appEndpoint, bucket, callers, origins: () => appOrigins, seconds: presignedSeconds },
    credentials: credentials.addService(signer),
  });

  try {
    const variables: Variables = { ...known, ENDPOINTS: appEndpoint };
    const host = await listen(
      appPort,
      createHost({
        directory: options.appDirectory ?? builtApp,
        config: {
          version: 1,
          region,
          bucket,
          s3Endpoint: appEndpoint,
          ...(signIn === 'guest'
            ? {
                kmsEndpoint: appEndpoint,
                cognitoEndpoint: appEndpoint,
                credentials: { kind: 'cognito-guest', identityPoolId: pool.id },
                kms: { keyId: keyArn(key), label: kmsAlias },
              }
            : { credentials: { kind: 'presigned', endpoint: `${appEndpoint}${presignPath}`, signIn } }),
          links: { kind: 'path', path: '/shared/', days: 30 },
        },
        siteHeaders: deployDocument<ResponseHeadersPolicy>('response-headers.json', variables),
        sharedHeaders: deployDocument<ResponseHeadersPolicy>('shared-response-headers.json', variables),
        bucket,
        s3Host,
        key: credentials.addService(cloudFront),
      }),
    );
    const close = async () => {
      await Promise.all([host.close(), front.close()]);
    };
    try {
      appOrigins.push(`http://localhost:${host.port}`, `http://127.0.0.1:${host.port}`);
      appOrigins.push(...(options.appOrigins ?? []));
      const { administrator, other } = credentials.users;
      await installBucket({
        administrator,
        s3Host,
        bucket,
        appOrigins,
        variables: { ...variables, APP_ORIGIN: '*' },
      });
      const info: CloudInfo = {
        endpoint,
        region,
        bucket,
        identityPoolId: pool.id,
        kmsKeyId: key.id,
        kmsKeyArn: keyArn(key),
        accessKeyId: administrator.accessKeyId,
        secretAccessKey: administrator.secretAccessKey,
        otherAccessKeyId: other.accessKeyId,
        otherSecretAccessKey: other.secretAccessKey,
        presignEndpoint: `${endpoint}${presignPath}`,
        presignToken: callers.first.token,
        otherPresignToken: callers.other.token,
        appUrl: `http://localhost:${host.port}/`,
      };
      return { info, renewToken: callers.renew, close };
    } catch (error) {
      await host.close();
      throw error;
    }
  } catch (error) {
    await front.close();
    throw error;
  }
}

/** CloudFront with an origin access control: a service that signs, for one distribution. */
const cloudFront: Principal = {
  kind: 'service',
  accountId: '',
  arn: 'cloudfront.amazonaws.com',
  policies: [],
  sessionPolicies: [],
  contextKeys: { 'aws:SourceArn': distributionArn, 'aws:SourceAccount': accountId },
};

/** The key that `alias/documents` names, made at the first start. */
function documentsKey(keys: Keys): Key {
  if (!keys.aliases.some((alias) => alias.name === kmsAlias)) {
    const policy = deployDocument<PolicyDocument>('kms-key-policy.json', { ACCOUNT_ID: accountId });
    const { id } = keys.create({ description: 'Wraps data keys of documents', policy });
    keys.aliases.push({ name: kmsAlias, keyId: id });
    keys.save();
  }
  return keys.find(aliasArn(kmsAlias));
}

interface Services {
  readonly s3: Handler;
  readonly kms: Handler;
  readonly cognito: Handler;
  readonly sts: Handler;
  readonly presign: Handler;
}

/** S3 takes what no other service claims; no bucket lies at `/`, where the others are. */
function dispatcher({ s3, kms, cognito, sts, presign }: Services): Handler {
  return async (request, response) => {
    const target = String(request.headers['x-amz-target'] ?? '');
    const atRoot = request.url === '/';
    if (request.url?.startsWith(`${presignPath}/`)) return presign(request, response);
    if (target.startsWith('TrentService.')) return kms(request, response);
    if (target.startsWith('AWSCognitoIdentityService.')) return cognito(request, response);
    const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    if (atRoot && request.method === 'POST' && form) return sts(request, response);
    if (atRoot && request.method === 'OPTIONS') return answerPreflight(request, response);
    return s3(request, response);
  };
}

interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** One server on 127.0.0.1 that answers to its own name alone, and to names that `isAlso` knows. */
async function listen(
  port: number,
  handler: Handler,
  isAlso: (host: string | undefined) => boolean = () => false,
): Promise<Listening> {
  // Kept, because a server that is closing has no address and may still be asked.
  let actual = port;
  const server = createServer((request, response) => {
    if (isOwnName(request, actual) || isAlso(request.headers.host)) run(handler, request, response);
    else refuseName(response);
  });
  // A large part over a slow line takes longer than Node's five minutes; idle connections outlast the SDK's pauses.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error(`Port ${port} of this machine is taken`) : error),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  actual = (server.address() as AddressInfo).port;
  return { port: actual, close: () => shut(server) };
}

/** A page elsewhere that makes its own name resolve to 127.0.0.1 (DNS rebinding) sends that name here. */
function isOwnName(request: IncomingMessage, port: number): boolean {
  const { host } = request.headers;
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`;
}

function refuseName(response: ServerResponse): void {
  response.writeHead(421, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
  response.end('The local cloud answers to 127.0.0.1 and localhost only.\n');
}

function run(handler: Handler, request: IncomingMessage, response: ServerResponse): void {
  handler(request, response).catch((error: NodeJS.ErrnoException) => {
    const hungUp = error.code === 'ERR_STREAM_PREMATURE_CLOSE' || request.destroyed || response.destroyed;
    if (!hungUp) console.error(error);
    if (!response.headersSent) response.writeHead(500);
    response.destroy();
  });
}

/** Lets running requests finish for two seconds. */
async function shut(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), 2000);
  await closed;
  clearTimeout(timer);
}
