/** KMS through the SDK and over HTTP, as the keyrings of both formats ask it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../../../local/test-cloud.ts';
import { utf8 } from '../../core/bytes.ts';
import { createKmsMessageKeyring, decrypt, encrypt } from '../../core/esdk/esdk.ts';
import type { KmsMessageClient } from '../../core/keyrings/keyring.ts';
import { createKmsKeyring } from '../../core/keyrings/kms-keyring.ts';
import type { TemporaryCredentials } from './credentials.ts';
import { createKmsClient } from './kms.ts';

let cloud: TestCloud;
let client: KmsMessageClient;
let keyId: string;
const encryptionContext = { file: 'a', ü: 'ö' };

beforeAll(async () => {
  cloud = await startTestCloud();
  const { endpoint, region, kmsKeyArn } = cloud.info;
  keyId = kmsKeyArn;
  client = createKmsClient({
    region,
    endpoint,
    credentials: { get: async () => cloud.administrator as TemporaryCredentials },
  });
});
afterAll(() => cloud.close());

it('makes data keys of the length that was asked for, and opens them', async () => {
  for (const numberOfBytes of [undefined, 16, 24, 32]) {
    const made = await client.generateDataKey({ keyId: 'alias/documents', encryptionContext, numberOfBytes });
    expect(made.plaintext.length).toBe(numberOfBytes ?? 32);
    expect(made.keyId).toBe(keyId);
    const { ciphertextBlob } = made;
    const opened = await client.decrypt({ keyId, ciphertextBlob, encryptionContext });
    expect(opened).toEqual({ plaintext: made.plaintext, keyId });
  }
});

it('wraps a data key that is there already', async () => {
  const plaintext = crypto.getRandomValues(new Uint8Array(32));
  const wrapped = await client.encrypt({ keyId, plaintext: plaintext.slice(), encryptionContext });
  expect(wrapped.keyId).toBe(keyId);
  const { ciphertextBlob } = wrapped;
  expect((await client.decrypt({ keyId, ciphertextBlob, encryptionContext })).plaintext).toEqual(plaintext);
});

it('opens nothing under another encryption context', async () => {
  const { ciphertextBlob } = await client.generateDataKey({ keyId, encryptionContext });
  const opened = client.decrypt({ keyId, ciphertextBlob, encryptionContext: { file: 'b' } });
  await expect(opened).rejects.toMatchObject({ code: 'unwrap-failed' });
});

it('says which key is not there', async () => {
  const made = client.generateDataKey({ keyId: 'alias/nothing', encryptionContext });
  await expect(made).rejects.toMatchObject({ code: 'kms-key-not-found', details: { key: 'alias/nothing' } });
});

it('re-wraps for the S3 Encryption Client, and writes messages of the Encryption SDK', async () => {
  const keyring = createKmsKeyring({ client, keyId });
  const dataKey = crypto.getRandomValues(new Uint8Array(32));
  const wrapped = await keyring.wrapDataKey(dataKey, { contentAlgorithm: '115', encryptionContext });
  expect(await keyring.unwrap({ ...wrapped, contentAlgorithm: '115', encryptionContext })).toEqual(dataKey);

  const messages = createKmsMessageKeyring({ client, keyId });
  const message = await encrypt(utf8('Hello'), { keyring: messages, encryptionContext });
  expect((await decrypt(message, { keyring: messages })).plaintext).toEqual(utf8('Hello'));
});
