/** What the core says where its parts that are fetched when they are needed do not come: the built core without them. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDataKeyKeyring } from '../core/keyrings/data-key-keyring.ts';
import type { Description, UnwrapRequest } from '../core/keyrings/keyring.ts';
import { importLegacyWrappingKey } from '../core/keyrings/legacy-aes.ts';
import type { Metadata } from '../core/object.ts';
import { encryptObject, parseEnvelope } from '../core/s3ec/s3ec.ts';
import { program } from './test-build.ts';

const parts = [
  'esdk/ecdsa.js',
  'keyrings/legacy-aes.js',
  's3ec/cbc.js',
  's3ec/encryptor.js',
  's3ec/unauthenticated.js',
];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(`${dirname(dirname(program))}-without-`);
  await cp(join(dirname(program), 'core'), join(folder, 'core'), { recursive: true });
  await cp(join(dirname(dirname(program)), 'package.json'), join(folder, 'package.json'));
  await Promise.all(parts.map((part) => rm(join(folder, 'core', part))));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const load = (module: string) => import(pathToFileURL(join(folder, 'core', module)).href);
const raw = new Uint8Array(32).fill(7);
const legacy = { unauthenticatedContent: true, weakWrapping: true };
const old: Metadata = {
  'x-amz-key-v2': btoa('k'.repeat(40)),
  'x-amz-iv': btoa('i'.repeat(16)),
  'x-amz-cek-alg': 'AES/CBC/PKCS5Padding',
  'x-amz-wrap-alg': 'AESWrap',
  'x-amz-matdesc': '{}',
};
const wrapped = {
  encryptedDataKey: new Uint8Array(60),
  wrapAlgorithm: 'AES/GCM',
  description: {},
} as const;
const refusal = { name: 'EnvelopeError', code: 'network-failed' };

it.each(['AESWrap', 'AES'] as const)('a key wrapped as %s is not taken for one that fails', async (wrap) => {
  const { createAesKeyring, importWrappingKey } = (await load(
    'keyrings/aes-keyring.js',
  )) as typeof import('../core/keyrings/aes-keyring.ts');
  const materialsDescription: Description = {};
  const keyring = createAesKeyring({
    wrappingKey: await importWrappingKey(raw),
    legacy: await importLegacyWrappingKey(raw),
    materialsDescription,
  });
  const request: UnwrapRequest = {
    wrapAlgorithm: wrap,
    contentAlgorithm: 'AES/GCM/NoPadding',
    encryptedDataKey: new Uint8Array(48),
    description: {},
  };
  await expect(keyring.unwrap(request)).rejects.toMatchObject(refusal);
});

it('nothing is signed and no signature is verified', async () => {
  const signature = (await load('esdk/signature.js')) as typeof import('../core/esdk/signature.ts');
  await expect(signature.createSigner('P-384')).rejects.toMatchObject(refusal);
  await expect(signature.createVerifier('P-384', '')).rejects.toMatchObject(refusal);
  await expect(signature.createRunningHash('P-384')).rejects.toMatchObject(refusal);
});

it('nothing is opened unverified, and nothing sealed again', async () => {
  const { unlockEnvelope } = (await load('s3ec/unlock.js')) as typeof import('../core/s3ec/unlock.ts');
  const keyring = createDataKeyKeyring(raw);
  const commitmentPolicy = 'REQUIRE_ENCRYPT_ALLOW_DECRYPT';
  const cbc = parseEnvelope(old, { legacy });
  await expect(unlockEnvelope(cbc, { keyring, commitmentPolicy, legacy })).rejects.toMatchObject(refusal);

  const wrapping = { ...keyring, wrap: async () => ({ ...wrapped, dataKey: raw.slice() }) };
  const { metadata } = await encryptObject({ keyring: wrapping, plaintextLength: 1 });
  const envelope = parseEnvelope(metadata);
  await expect(unlockEnvelope(envelope, { keyring, legacy })).rejects.toMatchObject(refusal);
  const unlocked = await unlockEnvelope(envelope, { keyring });
  await expect(unlocked.encryptorAgain(1)).rejects.toMatchObject(refusal);
});
