import { describe, expect, it } from 'vitest';
import type { KmsMessageClient } from '../../keyrings/keyring.ts';
import { codeOf } from '../../s3ec/test-objects.ts';
import { createKmsMessageKeyring, decrypt, encrypt } from '../esdk.ts';
import { sample } from '../test-messages.ts';
import { createKmsOpener } from './kms-opener.ts';
import { createTestKms } from './test-kms.ts';

const west = 'us-west-2';
const east = 'us-east-1';
const arnOf = (region: string, id: string) => `arn:aws:kms:${region}:111122223333:key/${id}`;
const key = arnOf(west, '1234abcd');
const [mrkWest, mrkEast] = [arnOf(west, 'mrk-1'), arnOf(east, 'mrk-1')];
const aliases = { 'alias/mine': key, 'alias/replica': mrkEast, 'mrk-1': mrkEast };
const plaintext = sample(20);

function rig() {
  const kms = createTestKms([key, mrkWest, mrkEast], aliases);
  const seal = (keyId: string) =>
    encrypt(plaintext, { keyring: createKmsMessageKeyring({ client: kms.client(west), keyId }) });
  return { ...kms, seal };
}

describe('a key under any of its names', () => {
  it.each([
    ['its ARN', key, key, west],
    ['an alias', key, 'alias/mine', west],
    ['the ARN of a replica', mrkWest, mrkEast, east],
    ['the alias of a replica', mrkWest, 'alias/replica', east],
    ['the id of a replica', mrkWest, 'mrk-1', east],
  ])('opens under %s', async (_, wrappedBy, name, region) => {
    const { seal, client, calls } = rig();
    const message = await seal(wrappedBy);
    const keyring = createKmsOpener(name, client(region));
    expect((await decrypt(message, { keyring })).plaintext).toEqual(plaintext);
    expect(calls.at(-1)).toBe(`decrypt ${region} ${name}`);
  });

  it('does not open under the alias of another key', async () => {
    const { seal, client } = rig();
    const message = await seal(key);
    const keyring = createKmsOpener('alias/replica', client(east));
    expect(await codeOf(() => decrypt(message, { keyring }))).toBe('unwrap-failed');
  });

  it.each([
    ['of another region, which is no replica', key, arnOf(east, '1234abcd')],
    ['of another multi-Region key', mrkWest, arnOf(east, 'mrk-2')],
    ['of another account', mrkWest, 'arn:aws:kms:us-east-1:999988887777:key/mrk-1'],
    ['that is no ARN', mrkWest, 'mrk-1'],
  ])('refuses an answer by a key %s', async (_, wrappedBy, keyId) => {
    const { seal, client } = rig();
    const message = await seal(wrappedBy);
    const honest = client(west);
    const lying: KmsMessageClient = {
      ...honest,
      decrypt: async (request) => ({ ...(await honest.decrypt({ ...request, keyId: wrappedBy })), keyId }),
    };
    const keyring = createKmsOpener('alias/mine', lying);
    expect(await codeOf(() => decrypt(message, { keyring }))).toBe('service-failed');
  });
});
