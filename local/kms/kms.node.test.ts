import { randomBytes } from 'node:crypto';
import * as K from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guest, kms, refused, startTestCloud, type TestCloud } from '../test-cloud.ts';

let cloud: TestCloud;
let client: K.KMSClient;
let stranger: K.KMSClient;
const context = { department: 'x', 'aws:x-amz-cek-alg': '115' };

beforeAll(async () => {
  cloud = await startTestCloud();
  client = kms(cloud.info, cloud.administrator);
  stranger = kms(cloud.info, cloud.other);
});
afterAll(() => cloud.close());

async function newKey(policy?: object): Promise<string> {
  const made = await client.send(new K.CreateKeyCommand(policy ? { Policy: JSON.stringify(policy) } : {}));
  return made.KeyMetadata?.Arn ?? '';
}

async function dataKey(KeyId: string, by = client) {
  return by.send(new K.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext: context }));
}

function decrypt(
  CiphertextBlob: Uint8Array | undefined,
  more: Partial<K.DecryptCommandInput> = {},
  by = client,
) {
  return by.send(new K.DecryptCommand({ CiphertextBlob, EncryptionContext: context, ...more }));
}

describe('data keys', () => {
  test('come with their ciphertext, which decrypts to them', async () => {
    const made = await dataKey(cloud.info.kmsKeyArn);
    expect(made.KeyId).toBe(cloud.info.kmsKeyArn);
    expect(made.Plaintext).toHaveLength(32);
    const opened = await decrypt(made.CiphertextBlob);
    expect(opened.Plaintext).toEqual(made.Plaintext);
    expect(opened.KeyId).toBe(cloud.info.kmsKeyArn);
    expect(opened.EncryptionAlgorithm).toBe('SYMMETRIC_DEFAULT');
  });

  test('are named by id, ARN, alias and alias ARN', async () => {
    const { kmsKeyId, kmsKeyArn } = cloud.info;
    const aliasArn = kmsKeyArn.replace(`key/${kmsKeyId}`, 'alias/documents');
    for (const name of [kmsKeyId, kmsKeyArn, 'alias/documents', aliasArn]) {
      expect((await dataKey(name)).KeyId).toBe(kmsKeyArn);
    }
  });

  test('come in other lengths and without plaintext', async () => {
    const KeyId = cloud.info.kmsKeyId;
    const short = await client.send(new K.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_128' }));
    expect(short.Plaintext).toHaveLength(16);
    const odd = await client.send(new K.GenerateDataKeyCommand({ KeyId, NumberOfBytes: 7 }));
    expect(odd.Plaintext).toHaveLength(7);
    const blind = await client.send(
      new K.GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256' }),
    );
    expect(blind).not.toHaveProperty('Plaintext');
    const opened = await decrypt(blind.CiphertextBlob, { EncryptionContext: undefined });
    expect(opened.Plaintext).toHaveLength(32);
  });

  test('of both a length and a kind, or of neither, are refused', async () => {
    const KeyId = cloud.info.kmsKeyId;
    const both = { KeyId, KeySpec: 'AES_256', NumberOfBytes: 32 } as const;
    await refused(client.send(new K.GenerateDataKeyCommand(both)), 'ValidationException', 400);
    await refused(client.send(new K.GenerateDataKeyCommand({ KeyId })), 'ValidationException', 400);
    const long = { KeyId, NumberOfBytes: 1025 };
    await refused(client.send(new K.GenerateDataKeyCommand(long)), 'ValidationException', 400);
  });
});

describe('ciphertext', () => {
  test('encrypts up to 4096 bytes', async () => {
    const Plaintext = randomBytes(4096);
    const KeyId = cloud.info.kmsKeyId;
    const sealed = await client.send(new K.EncryptCommand({ KeyId, Plaintext, EncryptionContext: context }));
    const opened = await decrypt(sealed.CiphertextBlob);
    expect(Buffer.from(opened.Plaintext ?? []).equals(Plaintext)).toBe(true);
    const more = new K.EncryptCommand({ KeyId, Plaintext: randomBytes(4097) });
    await refused(client.send(more), 'ValidationException', 400);
  });

  test('does not depend on the order of the context', async () => {
    const made = await dataKey(cloud.info.kmsKeyId);
    const reordered = Object.fromEntries(Object.entries(context).reverse());
    const opened = await decrypt(made.CiphertextBlob, { EncryptionContext: reordered });
    expect(opened.Plaintext).toEqual(made.Plaintext);
  });

  test('opens under no other context, and says nothing of it', async () => {
    const { CiphertextBlob } = await dataKey(cloud.info.kmsKeyId);
    const others = [
      undefined,
      { ...context, more: '' },
      { ...context, department: 'y' },
      { department: 'x' },
    ];
    for (const EncryptionContext of others) {
      const error = await refused(
        decrypt(CiphertextBlob, { EncryptionContext }),
        'InvalidCiphertextException',
        400,
      );
      expect(error.message).not.toMatch(/context/i);
    }
  });

  test('with any byte changed is refused', async () => {
    const { CiphertextBlob = new Uint8Array() } = await dataKey(cloud.info.kmsKeyId);
    const places = [0, 1, 16, 17, 18, 19, 30, 31, 62, 63, CiphertextBlob.length - 1];
    for (const place of places) {
      const changed = Uint8Array.from(CiphertextBlob);
      changed[place] = (changed[place] ?? 0) ^ 1;
      await refused(decrypt(changed), 'InvalidCiphertextException', 400);
    }
    await refused(decrypt(CiphertextBlob.subarray(0, -1)), 'InvalidCiphertextException', 400);
    await refused(decrypt(new Uint8Array(1)), 'InvalidCiphertextException', 400);
  });

  test('of another key than the one named is refused', async () => {
    const { CiphertextBlob } = await dataKey(cloud.info.kmsKeyId);
    await refused(decrypt(CiphertextBlob, { KeyId: await newKey() }), 'IncorrectKeyException', 400);
    await decrypt(CiphertextBlob, { KeyId: 'alias/documents' });
  });

  test('is wrapped anew under another key', async () => {
    const { CiphertextBlob, Plaintext } = await dataKey(cloud.info.kmsKeyId);
    const DestinationKeyId = await newKey();
    const moved = await client.send(
      new K.ReEncryptCommand({
        CiphertextBlob,
        SourceEncryptionContext: context,
        DestinationKeyId,
        DestinationEncryptionContext: { new: 'context' },
      }),
    );
    expect(moved.SourceKeyId).toBe(cloud.info.kmsKeyArn);
    expect(moved.KeyId).toBe(DestinationKeyId);
    const opened = await decrypt(moved.CiphertextBlob, { EncryptionContext: { new: 'context' } });
    expect(opened.Plaintext).toEqual(Plaintext);
    expect(opened.KeyId).toBe(DestinationKeyId);
  });

  test('made before a rotation still opens', async () => {
    const KeyId = await newKey();
    const before = await dataKey(KeyId);
    await client.send(new K.RotateKeyOnDemandCommand({ KeyId }));
    const after = await dataKey(KeyId);
    expect((await decrypt(before.CiphertextBlob)).Plaintext).toEqual(before.Plaintext);
    expect((await decrypt(after.CiphertextBlob)).Plaintext).toEqual(after.Plaintext);
  });

  test('asked for by another algorithm is refused', async () => {
    const { CiphertextBlob } = await dataKey(cloud.info.kmsKeyId);
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
    await refused(decrypt(CiphertextBlob, { EncryptionAlgorithm }), 'InvalidKeyUsageException', 400);
  });
});

describe('keys', () => {
  test('that do not exist', async () => {
    for (const name of ['12345678-1234-1234-1234-123456789012', 'alias/nothing', 'nothing']) {
      await refused(dataKey(name), 'NotFoundException', 400);
    }
  });

  test('describe themselves', async () => {
    const KeyId = 'alias/documents';
    const { KeyMetadata } = await client.send(new K.DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata).toMatchObject({
      Arn: cloud.info.kmsKeyArn,
      KeyId: cloud.info.kmsKeyId,
      KeyState: 'Enabled',
      KeySpec: 'SYMMETRIC_DEFAULT',
    });
    expect(Math.abs(Date.now() - (KeyMetadata?.CreationDate?.getTime() ?? 0))).toBeLessThan(60_000);
  });

  test('are listed page by page', async () => {
    await newKey();
    const listed: string[] = [];
    for await (const page of K.paginateListKeys({ client, pageSize: 1 }, {})) {
      expect(page.Keys?.length).toBeLessThanOrEqual(1);
      listed.push(...(page.Keys ?? []).map((key) => key.KeyId ?? ''));
    }
    expect(listed).toContain(cloud.info.kmsKeyId);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed.length).toBeGreaterThan(1);
  });

  test('of other kinds are not made', async () => {
    const rsa = new K.CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
    await refused(client.send(rsa), 'UnsupportedOperationException', 400);
  });

  test('when disabled do nothing, and again when enabled', async () => {
    const KeyId = await newKey();
    const { CiphertextBlob } = await dataKey(KeyId);
    await client.send(new K.DisableKeyCommand({ KeyId }));
    await refused(dataKey(KeyId), 'DisabledException', 400);
    await refused(decrypt(CiphertextBlob), 'DisabledException', 400);
    await client.send(new K.EnableKeyCommand({ KeyId }));
    await decrypt(CiphertextBlob);
  });

  test('that wait for deletion do nothing, and are disabled after it was called off', async () => {
    const KeyId = await newKey();
    const { CiphertextBlob } = await dataKey(KeyId);
    await refused(client.send(new K.CancelKeyDeletionCommand({ KeyId })), 'KMSInvalidStateException', 400);
    const answer = await client.send(new K.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    expect(answer.KeyState).toBe('PendingDeletion');
    expect((answer.DeletionDate?.getTime() ?? 0) - Date.now()).toBeGreaterThan(6.9 * 24 * 3600 * 1000);
    await refused(decrypt(CiphertextBlob), 'KMSInvalidStateException', 400);
    await refused(dataKey(KeyId), 'KMSInvalidStateException', 400);
    await refused(client.send(new K.EnableKeyCommand({ KeyId })), 'KMSInvalidStateException', 400);
    await client.send(new K.CancelKeyDeletionCommand({ KeyId }));
    await refused(decrypt(CiphertextBlob), 'DisabledException', 400);
    await client.send(new K.EnableKeyCommand({ KeyId }));
    await decrypt(CiphertextBlob);
  });

  test('do not wait for deletion for a day only', async () => {
    const wait = new K.ScheduleKeyDeletionCommand({ KeyId: await newKey(), PendingWindowInDays: 1 });
    await refused(client.send(wait), 'ValidationException', 400);
  });

  test('tell whether they rotate', async () => {
    const KeyId = await newKey();
    await client.send(new K.EnableKeyRotationCommand({ KeyId }));
    const status = await client.send(new K.GetKeyRotationStatusCommand({ KeyId }));
    expect(status.KeyRotationEnabled).toBe(true);
  });
});

describe('aliases', () => {
  test('are made, moved, listed and removed', async () => {
    const [first, second] = [await newKey(), await newKey()];
    const AliasName = 'alias/moving/one';
    await client.send(new K.CreateAliasCommand({ AliasName, TargetKeyId: first }));
    expect((await dataKey(AliasName)).KeyId).toBe(first);
    await client.send(new K.UpdateAliasCommand({ AliasName, TargetKeyId: second }));
    expect((await dataKey(AliasName)).KeyId).toBe(second);
    const { Aliases } = await client.send(new K.ListAliasesCommand({ KeyId: second }));
    expect(Aliases?.map((alias) => alias.AliasName)).toEqual([AliasName]);
    await client.send(new K.DeleteAliasCommand({ AliasName }));
    await refused(dataKey(AliasName), 'NotFoundException', 400);
  });

  test('exist once', async () => {
    const again = { AliasName: 'alias/documents', TargetKeyId: cloud.info.kmsKeyId };
    await refused(client.send(new K.CreateAliasCommand(again)), 'AlreadyExistsException', 400);
  });

  test('of AWS and without the prefix are refused', async () => {
    const TargetKeyId = cloud.info.kmsKeyId;
    const reserved = new K.CreateAliasCommand({ AliasName: 'alias/aws/mine', TargetKeyId });
    await refused(client.send(reserved), 'InvalidAliasNameException', 400);
    const bare = new K.CreateAliasCommand({ AliasName: 'mine', TargetKeyId });
    await refused(client.send(bare), 'ValidationException', 400);
  });
});

describe('who may', () => {
  const administratorOnly = {
    Sid: 'administrator',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::000000000000:root' },
    Action: 'kms:*',
    Resource: '*',
  };
  const forOther = (statement: object) => ({
    Version: '2012-10-17',
    Statement: [
      administratorOnly,
      { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam:::user/other' }, Resource: '*', ...statement },
    ],
  });

  test('another user without a policy may not', async () => {
    await refused(dataKey(cloud.info.kmsKeyId, stranger), 'AccessDeniedException', 400);
    await refused(stranger.send(new K.ListKeysCommand({})), 'AccessDeniedException', 400);
    await refused(stranger.send(new K.CreateKeyCommand({})), 'AccessDeniedException', 400);
  });

  test('the key policy lets in whom it names, for what it names', async () => {
    const KeyId = await newKey(forOther({ Action: 'kms:GenerateDataKey' }));
    const { CiphertextBlob } = await dataKey(KeyId, stranger);
    await refused(decrypt(CiphertextBlob, {}, stranger), 'AccessDeniedException', 400);
  });

  test('the key policy may ask for an encryption context', async () => {
    const Condition = { StringEquals: { 'kms:EncryptionContext:department': 'x' } };
    const KeyId = await newKey(forOther({ Action: 'kms:*', Condition }));
    const { CiphertextBlob } = await dataKey(KeyId, stranger);
    await decrypt(CiphertextBlob, {}, stranger);
    const other = new K.GenerateDataKeyCommand({
      KeyId,
      KeySpec: 'AES_256',
      EncryptionContext: { department: 'y' },
    });
    await refused(stranger.send(other), 'AccessDeniedException', 400);
  });

  test('a Deny of the key policy binds the administrator too', async () => {
    const KeyId = await newKey();
    const policy = {
      Version: '2012-10-17',
      Statement: [
        administratorOnly,
        { Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*' },
      ],
    };
    await client.send(new K.PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify(policy) }));
    const { Policy = '' } = await client.send(new K.GetKeyPolicyCommand({ KeyId }));
    expect(JSON.parse(Policy)).toEqual(policy);
    const { CiphertextBlob } = await dataKey(KeyId);
    await refused(decrypt(CiphertextBlob), 'AccessDeniedException', 400);
  });

  test('a broken key policy is not taken', async () => {
    const KeyId = await newKey();
    for (const Policy of ['{', '{}', '{"Statement":[{"Effect":"Perhaps","Action":"*","Resource":"*"}]}']) {
      const put = new K.PutKeyPolicyCommand({ KeyId, Policy });
      await refused(client.send(put), 'MalformedPolicyDocumentException', 400);
    }
  });

  test('a guest may make and open data keys with the one key, and nothing more', async () => {
    const visitor = kms(cloud.info, await guest(cloud.info));
    const { CiphertextBlob } = await dataKey(cloud.info.kmsKeyArn, visitor);
    await decrypt(CiphertextBlob, {}, visitor);
    const KeyId = cloud.info.kmsKeyId;
    await refused(visitor.send(new K.DescribeKeyCommand({ KeyId })), 'AccessDeniedException', 400);
    await refused(visitor.send(new K.DisableKeyCommand({ KeyId })), 'AccessDeniedException', 400);
    const encrypt = new K.EncryptCommand({ KeyId, Plaintext: new Uint8Array(1) });
    await refused(visitor.send(encrypt), 'AccessDeniedException', 400);
    await refused(dataKey(await newKey(), visitor), 'AccessDeniedException', 400);
  });
});

describe('who signs', () => {
  const call = (keys: Parameters<typeof kms>[1]) => kms(cloud.info, keys).send(new K.ListKeysCommand({}));

  test('with a wrong secret', async () => {
    await refused(call({ ...cloud.administrator, secretAccessKey: 'x' }), 'InvalidSignatureException', 400);
  });
  test('with a key that nobody has', async () => {
    await refused(call({ ...cloud.administrator, accessKeyId: 'AKIAX' }), 'UnrecognizedClientException', 400);
  });
  test('with a token that nobody issued', async () => {
    const keys = { ...(await guest(cloud.info)), sessionToken: 'x' };
    await refused(call(keys), 'UnrecognizedClientException', 400);
  });
  test('not at all', async () => {
    const response = await fetch(cloud.info.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'TrentService.ListKeys', 'content-type': 'application/x-amz-json-1.1' },
      body: '{}',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
    expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
  });
  test('another body than the one sent', async () => {
    const tampering = kms(cloud.info, cloud.administrator);
    tampering.middlewareStack.add(
      (next) => (args) => {
        (args.request as { body: string }).body = '{"Limit":2}';
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await refused(tampering.send(new K.ListKeysCommand({ Limit: 1 })), 'InvalidSignatureException', 400);
  });
  test('a call that does not exist', async () => {
    const response = await fetch(cloud.info.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'TrentService.constructor' },
    });
    expect(await response.json()).toMatchObject({ __type: 'UnknownOperationException' });
  });
});

test('GenerateRandom', async () => {
  const { Plaintext } = await client.send(new K.GenerateRandomCommand({ NumberOfBytes: 33 }));
  expect(Plaintext).toHaveLength(33);
});

test('everything is there after a restart', async () => {
  const KeyId = await newKey();
  await client.send(new K.CreateAliasCommand({ AliasName: 'alias/kept', TargetKeyId: KeyId }));
  await client.send(new K.DisableKeyCommand({ KeyId: await newKey() }));
  const made = await dataKey('alias/kept');
  const visitor = await guest(cloud.info);
  await cloud.stop();
  const before = cloud.info;
  cloud = await startTestCloud({ dataDir: cloud.dataDir });
  expect(cloud.info).toMatchObject({
    kmsKeyId: before.kmsKeyId,
    identityPoolId: before.identityPoolId,
    accessKeyId: before.accessKeyId,
    secretAccessKey: before.secretAccessKey,
    otherAccessKeyId: before.otherAccessKeyId,
  });
  client = kms(cloud.info, cloud.administrator);
  expect((await decrypt(made.CiphertextBlob, { KeyId: 'alias/kept' })).Plaintext).toEqual(made.Plaintext);
  await dataKey(cloud.info.kmsKeyArn, kms(cloud.info, visitor));
});
