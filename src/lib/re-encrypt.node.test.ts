/** An object changes keys: its body stays, all that S3 knows of it stays, and a racing change is not overwritten. */
import {
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Keyring, PutObjectInput } from '../lib.ts';
import { reEncrypt } from './re-encrypt.ts';
import { etagOf, openRig, type Rig, random } from './test-rig.ts';

const MiB = 1024 ** 2;
let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());

async function written(input: Partial<PutObjectInput> = {}, keyring = rig.aes) {
  const target = { Bucket: rig.Bucket, Key: rig.newKey() };
  await rig.ours({ keyring }).putObject({ Body: 'kept', ...input, ...target });
  return target;
}

async function read(target: { Bucket: string; Key: string }, keyring: Keyring, input = {}) {
  const { Body } = await rig.ours({ keyring }).getObject({ ...target, ...input });
  return Body.transformToString();
}

/** A keyring during whose work something else happens. */
function meanwhile(keyring: Keyring, happens: () => Promise<unknown>): Keyring {
  return {
    ...keyring,
    async wrapDataKey(dataKey, request) {
      await happens();
      return keyring.wrapDataKey(dataKey, request);
    },
  };
}

describe.each(['aes', 'rsa', 'kms'] as const)('from a key of %s', (from) => {
  it.each([
    ['aes', false],
    ['rsa', true],
    ['kms', false],
    ['kms', true],
  ] as const)('to one of %s, instruction file: %s', async (to, instructionFile) => {
    const newKeyring = to === 'aes' ? rig.otherAes : rig[to];
    const old = from === 'kms' ? { encryptionContext: { tenant: 'a' } } : {};
    const next = to === 'kms' ? { newEncryptionContext: { tenant: 'b' } } : {};
    const target = await written({ instructionFile, ...old }, rig[from]);
    const before = await rig.stored(target.Key);
    const { envelope } = await rig.ours({ keyring: rig[from] }).reEncrypt({
      ...target,
      newKeyring,
      allowSameDescription: true,
      ...old,
      ...next,
    });
    expect(envelope.instructionFileKey).toBe(instructionFile ? `${target.Key}.instruction` : undefined);
    expect((await rig.stored(target.Key)).bytes).toEqual(before.bytes);
    const context = to === 'kms' ? { encryptionContext: { tenant: 'b' } } : {};
    expect(await read(target, newKeyring, context)).toBe('kept');
    if (from !== to)
      await expect(read(target, rig[from], old)).rejects.toMatchObject({ code: 'wrap-unsupported' });
  });
});

it('shares an object by an instruction file of its own suffix, once and again', async () => {
  const target = await written({ instructionFile: true });
  const newInstructionFileSuffix = '.for-them';
  for (const newKeyring of [rig.otherAes, rig.rsa]) {
    const { envelope } = await rig.ours().reEncrypt({ ...target, newKeyring, newInstructionFileSuffix });
    expect(envelope.instructionFileKey).toBe(`${target.Key}.for-them`);
    const theirs = { instructionFileSuffix: newInstructionFileSuffix };
    expect(await read(target, newKeyring, theirs)).toBe('kept');
    expect(await read(target, rig.aes)).toBe('kept');
  }
});

describe.each([
  ['by a copy', { wholeBytes: 5_000_000_000, rangeBytes: 1024 * MiB }],
  ['by a copy of parts', { wholeBytes: 1 * MiB, rangeBytes: 5 * MiB }],
])('%s', (_, limits) => {
  const settings = () => ({
    client: rig.plain,
    keyring: rig.aes,
    commitmentPolicy: undefined,
    instructionFile: false,
    legacy: undefined,
  });

  it('keeps body, metadata, headers and tags', async () => {
    const Body = random(11 * MiB);
    const parameters = {
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment; filename="a"',
      ContentLanguage: 'de',
    };
    const target = await written({ Body, ...parameters, Tagging: 'a=b%20c&d=', Metadata: { mine: 'ja' } });
    const { ETag } = await reEncrypt(settings(), { ...target, newKeyring: rig.otherAes }, limits);
    const head = await rig.plain.send(new HeadObjectCommand(target));
    expect(head).toMatchObject({ ...parameters, ETag, Metadata: { mine: 'ja' } });
    const { TagSet } = await rig.plain.send(new GetObjectTaggingCommand(target));
    expect(TagSet).toEqual([
      { Key: 'a', Value: 'b c' },
      { Key: 'd', Value: '' },
    ]);
    const opened = await rig.ours({ keyring: rig.otherAes }).getObject(target);
    expect(Buffer.compare(await opened.Body.transformToByteArray(), Body)).toBe(0);
    await expect(read(target, rig.aes)).rejects.toMatchObject({ code: 'unwrap-failed' });
  });

  it('does not overwrite what was written meanwhile', async () => {
    const target = await written({ Body: random(6 * MiB) });
    const newKeyring = meanwhile(rig.otherAes, () => rig.ours().putObject({ ...target, Body: 'newer' }));
    await expect(reEncrypt(settings(), { ...target, newKeyring }, limits)).rejects.toMatchObject({
      code: 'object-changed',
    });
    expect(await read(target, rig.aes)).toBe('newer');
    expect((await rig.left(target.Key)).uploads).toBe(0);
  });
});

it('does not overwrite an instruction file that was written meanwhile', async () => {
  const target = await written({ instructionFile: true });
  const again = rig.ours({ instructionFile: true });
  const newKeyring = meanwhile(rig.otherAes, () => again.putObject({ ...target, Body: 'newer' }));
  await expect(rig.ours().reEncrypt({ ...target, newKeyring })).rejects.toMatchObject({
    code: 'object-changed',
  });
  expect(await read(target, rig.aes)).toBe('newer');
});

it('does not overwrite an instruction file that was not there when it looked', async () => {
  const target = await written({ instructionFile: true });
  const Key = `${target.Key}.x`;
  const client = rig.plain;
  let armed = true;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        const isTheirs = (call.input as { Key?: string }).Key === Key;
        if (armed && isTheirs && commandName === 'PutObjectCommand') {
          armed = false;
          await client.send(new PutObjectCommand({ Bucket: target.Bucket, Key, Body: 'theirs' }));
        }
        return next(call);
      },
    { step: 'initialize', name: 'race' },
  );
  try {
    const call = rig
      .ours()
      .reEncrypt({ ...target, newKeyring: rig.otherAes, newInstructionFileSuffix: '.x' });
    await expect(call).rejects.toMatchObject({ code: 'object-changed' });
  } finally {
    client.middlewareStack.remove('race');
  }
  expect(Buffer.from((await rig.stored(Key)).bytes).toString()).toBe('theirs');
});

it('holds to the ETag that the caller names', async () => {
  const target = await written();
  const newKeyring = rig.otherAes;
  const stale = rig.ours().reEncrypt({ ...target, newKeyring, IfMatch: '"0"' });
  await expect(stale).rejects.toMatchObject({ code: 'object-changed' });
  const IfMatch = await etagOf(rig.plain, target.Bucket, target.Key);
  await rig.ours().reEncrypt({ ...target, newKeyring, IfMatch });
  expect(await read(target, newKeyring)).toBe('kept');
});

it.each([
  [
    'the old key cannot open it',
    () => ({ keyring: rig.otherAes, input: { newKeyring: rig.aes } }),
    'unwrap-failed',
  ],
  [
    'the new key is the old one',
    () => ({ keyring: rig.aes, input: { newKeyring: rig.aes } }),
    'bad-argument',
  ],
  [
    'a suffix is given and there is no instruction file',
    () => ({ keyring: rig.aes, input: { newKeyring: rig.otherAes, newInstructionFileSuffix: '.x' } }),
    'bad-argument',
  ],
  [
    'the rotation is one in name only',
    () => ({
      keyring: rig.aes,
      input: { newKeyring: rig.aes, allowSameDescription: true, enforceRotation: true },
    }),
    'bad-argument',
  ],
] as const)('is refused where %s, and nothing changes', async (_, what, code) => {
  const target = await written();
  const before = await rig.stored(target.Key);
  const { keyring, input } = what();
  await expect(rig.ours({ keyring }).reEncrypt({ ...target, ...input })).rejects.toMatchObject({ code });
  expect(await rig.stored(target.Key)).toEqual(before);
});

it('goes with its instruction file when it is deleted', async () => {
  const target = await written({ instructionFile: true });
  const plain = await written();
  for (const each of [target, plain]) await rig.ours().deleteObject(each);
  const { Contents = [] } = await rig.plain.send(new ListObjectsV2Command({ Bucket: target.Bucket }));
  const keys = Contents.map(({ Key = '' }) => Key);
  expect(keys.filter((key) => key.startsWith(target.Key) || key.startsWith(plain.Key))).toEqual([]);
});
