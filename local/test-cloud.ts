/** A cloud of a test's own, in a folder that goes with it, and AWS's clients for it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
} from '@aws-sdk/client-cognito-identity';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { expect } from 'vitest';
import { type Cloud, type CloudInfo, type CloudOptions, startCloud } from './cloud.ts';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Guest extends Keys {
  readonly identityId: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface TestCloud extends Cloud {
  readonly dataDir: string;
  readonly administrator: Keys;
  readonly other: Keys;
  /** Leaves the data. */
  stop(): Promise<void>;
}

/** On ports that are free. `close` removes the data as well. */
export async function startTestCloud(options: Partial<CloudOptions> = {}): Promise<TestCloud> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 's3-envelope-cloud-')));
  const { info, renewToken, close } = await startCloud({ port: 0, ...options, dataDir });
  return {
    info,
    renewToken,
    dataDir,
    administrator: { accessKeyId: info.accessKeyId, secretAccessKey: info.secretAccessKey },
    other: { accessKeyId: info.otherAccessKeyId, secretAccessKey: info.otherSecretAccessKey },
    stop: close,
    async close() {
      await close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export function s3(info: CloudInfo, credentials: Keys): S3Client {
  return new S3Client({ ...common(info), credentials, forcePathStyle: true });
}

export function kms(info: CloudInfo, credentials: Keys): KMSClient {
  return new KMSClient({ ...common(info), credentials });
}

export function sts(info: CloudInfo, credentials: Keys): STSClient {
  return new STSClient({ ...common(info), credentials });
}

export function cognito(info: CloudInfo): CognitoIdentityClient {
  return new CognitoIdentityClient(common(info));
}

/** A new guest, or new credentials for a known one. */
export async function guest(info: CloudInfo, known?: string): Promise<Guest> {
  const client = cognito(info);
  const { IdentityId = '' } =
    known === undefined
      ? await client.send(new GetIdCommand({ IdentityPoolId: info.identityPoolId }))
      : { IdentityId: known };
  const { Credentials = {} } = await client.send(new GetCredentialsForIdentityCommand({ IdentityId }));
  return {
    identityId: IdentityId,
    accessKeyId: Credentials.AccessKeyId ?? '',
    secretAccessKey: Credentials.SecretKey ?? '',
    sessionToken: Credentials.SessionToken ?? '',
    expiration: Credentials.Expiration ?? new Date(0),
  };
}

/** That a call is refused with this code, and this status if one is given. */
export async function refused(call: Promise<unknown>, code: string, status?: number): Promise<Error> {
  const error = await call.then(
    () => expect.fail(`accepted, where ${code} was due`),
    (reason: Error & { Code?: string; $metadata?: { httpStatusCode?: number } }) => reason,
  );
  expect(error.Code ?? error.name, error.message).toBe(code);
  if (status !== undefined) expect(error.$metadata?.httpStatusCode).toBe(status);
  return error;
}

function common({ endpoint, region }: CloudInfo) {
  return { endpoint, region, maxAttempts: 1 };
}
