import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guest, type Keys, refused, startTestCloud, sts, type TestCloud } from '../test-cloud.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.close());

const whoAmI = (keys: Keys) => sts(cloud.info, keys).send(new GetCallerIdentityCommand({}));

test('each learns who they are', async () => {
  const account = '000000000000';
  const administrator = await whoAmI(cloud.administrator);
  expect(administrator).toMatchObject({
    Account: account,
    Arn: `arn:aws:iam::${account}:user/administrator`,
  });
  expect((await whoAmI(cloud.other)).Arn).toBe(`arn:aws:iam::${account}:user/other`);
  expect((await whoAmI(await guest(cloud.info))).Arn).toBe(
    `arn:aws:sts::${account}:assumed-role/s3-envelope-guest/CognitoIdentityCredentials`,
  );
});

test('a user gets temporary keys that speak for them', async () => {
  const { Credentials } = await sts(cloud.info, cloud.other).send(
    new GetSessionTokenCommand({ DurationSeconds: 900 }),
  );
  expect(Math.round(((Credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 10_000)).toBe(90);
  const keys = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  expect((await whoAmI(keys)).Arn).toMatch(/user\/other$/);
  const { sessionToken: _, ...without } = keys;
  await refused(whoAmI(without), 'InvalidClientTokenId', 403);
});

test('refusals', async () => {
  await refused(whoAmI({ ...cloud.other, secretAccessKey: 'x' }), 'SignatureDoesNotMatch', 403);
  await refused(whoAmI({ ...cloud.other, accessKeyId: 'AKIAX' }), 'InvalidClientTokenId', 403);
  const short = new GetSessionTokenCommand({ DurationSeconds: 1 });
  await refused(sts(cloud.info, cloud.other).send(short), 'ValidationError', 400);
  const visitor = sts(cloud.info, await guest(cloud.info));
  await refused(visitor.send(new GetSessionTokenCommand({})), 'AccessDenied', 403);
  const unsigned = await fetch(cloud.info.endpoint, {
    method: 'POST',
    body: new URLSearchParams({ Action: 'GetCallerIdentity' }),
  });
  expect(unsigned.status).toBe(403);
  expect(await unsigned.text()).toContain('<Code>MissingAuthenticationToken</Code>');
});
