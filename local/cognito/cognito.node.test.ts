import * as C from '@aws-sdk/client-cognito-identity';
import { ListKeysCommand } from '@aws-sdk/client-kms';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PolicyDocument } from '../contract.ts';
import { deployDocument } from '../documents.ts';
import { cognito, guest, kms, refused, s3, startTestCloud, type TestCloud } from '../test-cloud.ts';
import { isTrusted } from './pool.ts';

const lifetime = 1;
let cloud: TestCloud;
let client: C.CognitoIdentityClient;

beforeAll(async () => {
  cloud = await startTestCloud({ credentialLifetimeSeconds: lifetime });
  client = cognito(cloud.info);
});
afterAll(() => cloud.close());

test('a guest gets an identity of the pool and credentials for a while', async () => {
  const before = Date.now();
  const visitor = await guest(cloud.info);
  expect(visitor.identityId).toMatch(/^us-east-1:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(visitor.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  const life = visitor.expiration.getTime() - before;
  expect(life).toBeGreaterThan(lifetime * 1000 - 1000);
  expect(life).toBeLessThan(lifetime * 1000 + 3000);
});

test('each guest is another, and stays the same', async () => {
  const [one, two] = [await guest(cloud.info), await guest(cloud.info)];
  expect(two.identityId).not.toBe(one.identityId);
  const again = await guest(cloud.info, one.identityId);
  expect(again.identityId).toBe(one.identityId);
  expect(again.accessKeyId).not.toBe(one.accessKeyId);
});

test('credentials end, and new ones go on', async () => {
  const visitor = await guest(cloud.info);
  const list = (keys: typeof visitor) =>
    s3(cloud.info, keys).send(
      new ListObjectsV2Command({ Bucket: cloud.info.bucket, Prefix: `files/${visitor.identityId}/` }),
    );
  await list(visitor);
  await new Promise((resolve) => setTimeout(resolve, visitor.expiration.getTime() - Date.now() + 50));
  await refused(list(visitor), 'ExpiredToken', 400);
  await refused(kms(cloud.info, visitor).send(new ListKeysCommand({})), 'ExpiredTokenException', 400);
  await list(await guest(cloud.info, visitor.identityId));
});

describe('refusals', () => {
  const unknown = 'us-east-1:00000000-0000-0000-0000-000000000000';

  test('a pool that does not exist', async () => {
    await refused(
      client.send(new C.GetIdCommand({ IdentityPoolId: unknown })),
      'ResourceNotFoundException',
      400,
    );
  });
  test('an identity that nobody was given', async () => {
    const ask = new C.GetCredentialsForIdentityCommand({ IdentityId: unknown });
    await refused(client.send(ask), 'ResourceNotFoundException', 400);
  });
  test('what is no identifier', async () => {
    await refused(client.send(new C.GetIdCommand({ IdentityPoolId: '../x' })), 'ValidationException', 400);
    await refused(client.send(new C.GetIdCommand({ IdentityPoolId: undefined })), 'ValidationException', 400);
  });
  test('logins, which the pool does not know', async () => {
    const Logins = { 'accounts.example.com': 'token' };
    const ask = new C.GetIdCommand({ IdentityPoolId: cloud.info.identityPoolId, Logins });
    await refused(client.send(ask), 'NotAuthorizedException', 400);
  });
  test('the classic flow, which the pool does not allow', async () => {
    const { identityId } = await guest(cloud.info);
    const ask = new C.GetOpenIdTokenCommand({ IdentityId: identityId });
    await refused(client.send(ask), 'InvalidParameterException', 400);
  });
  test('calls that are not there', async () => {
    const ask = new C.ListIdentityPoolsCommand({ MaxResults: 1 });
    const signing = new C.CognitoIdentityClient({
      endpoint: cloud.info.endpoint,
      region: cloud.info.region,
      credentials: cloud.administrator,
      maxAttempts: 1,
    });
    await refused(signing.send(ask), 'UnknownOperationException', 400);
  });
  test('a body that is not JSON', async () => {
    const response = await fetch(cloud.info.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSCognitoIdentityService.GetId' },
      body: '[',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'SerializationException' });
  });
});

test('the trust policy lets guests of its own pool in, and nobody else', () => {
  const policy: PolicyDocument = { Statement: [] };
  const trust = deployDocument<PolicyDocument>('guest-role-trust.json', {
    IDENTITY_POOL_ID: 'us-east-1:mine',
  });
  const role = { name: 'guest', trust, policy };
  expect(isTrusted(role, 'us-east-1:mine', 'us-east-1:someone')).toBe(true);
  expect(isTrusted(role, 'us-east-1:theirs', 'us-east-1:someone')).toBe(false);
});

test('a page of any origin may ask, and read the answer, as on AWS', async () => {
  const preflight = await fetch(cloud.info.endpoint, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-amz-target,x-amz-user-agent',
    },
  });
  expect(preflight.ok).toBe(true);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-methods')).toBe('POST');
  expect(preflight.headers.get('access-control-allow-headers')).toBe(
    'content-type,x-amz-target,x-amz-user-agent',
  );
  expect(preflight.headers.get('access-control-max-age')).toBe('172800');
  const answer = await fetch(cloud.info.endpoint, {
    method: 'POST',
    headers: { origin: 'https://example.com', 'x-amz-target': 'AWSCognitoIdentityService.GetId' },
    body: JSON.stringify({ IdentityPoolId: cloud.info.identityPoolId }),
  });
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(answer.headers.get('access-control-expose-headers')).toContain('x-amzn-ErrorType');
});
