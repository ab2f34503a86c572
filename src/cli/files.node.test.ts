/** Files and pipes, through the real program. */
import { execFileSync } from 'node:child_process';
import { chmod, open, rm, stat, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../../local/test-cloud.ts';
import { createMultiKeyring, createRawAesKeyring, decrypt, encrypt } from '../core/esdk/esdk.ts';
import { importWrappingKey } from '../core/keyrings/aes-keyring.ts';
import { writeKeyFile } from '../vault/key-file.ts';
import { drawPersonalKey } from '../vault/personal-key.ts';
import { awsEnvironment, openShop, random, rsaPair, type Shop, sha256 } from './test-rig.ts';

let cloud: TestCloud;
let shop: Shop;
const plaintext = random(3_000_001);
const aes = random(32);
const allow = ['--commitment-policy', 'require-encrypt-allow-decrypt'];

beforeAll(async () => {
  cloud = await startTestCloud();
  shop = await openShop(awsEnvironment(cloud.info));
  await shop.write('plain', plaintext);
  await shop.write('aes', aes);
  await shop.write('other', random(32));
  await shop.write('aes128', random(16));
  await shop.write('hex', `${aes.toString('hex')}\n`);
  await shop.write('base64', `${aes.toString('base64')}\n`);
  const { publicPem, privatePem, oldPrivatePem, lockedPem } = rsaPair();
  await shop.write('public', publicPem);
  await shop.write('private', privatePem);
  await shop.write('private1', oldPrivatePem);
  await shop.write('locked', lockedPem);
  const { key, raw } = await drawPersonalKey();
  const { blob } = writeKeyFile(raw, key, 'us-east-1:01234567-89ab-cdef-0123-456789abcdef');
  await shop.write('backup.json', new Uint8Array(await blob.arrayBuffer()));
});
afterAll(async () => {
  await shop.close();
  await cloud.close();
});

describe('a file comes back as it was', () => {
  const keys: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['an AES-256 key', ['--key', 'aes'], ['--key', 'aes']],
    ['an AES-128 key', ['--key', 'aes128'], ['--key', 'aes128']],
    ['a key in hex, opened in base64', ['--key', 'hex'], ['--key', 'base64']],
    ['a key file of the app', ['--key', 'backup.json'], ['--key', 'backup.json']],
    ['the halves of an RSA key', ['--key', 'public'], ['--key', 'private']],
    ['an RSA key in PKCS #1', ['--key', 'private1'], ['--key', 'private1']],
    ['KMS, by alias', ['--kms', 'alias/documents'], ['--kms', 'alias/documents']],
    [
      'KMS, under a context',
      ['--kms', 'alias/documents', '--context', 'a=b=c'],
      ['--kms', 'ARN', '--context', 'a=b=c'],
    ],
    ['the right key among others', ['--key', 'aes'], ['--key', 'other', '--key', 'private', '--key', 'aes']],
  ];
  const formats: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['esdk', [], []],
    ['v3', ['--format', 'v3'], []],
    ['v2 with an instruction file', ['--format', 'v2', '--instruction-file'], allow],
  ];
  for (const [format, writing, reading] of formats) {
    // How a key is read does not depend on the format; how it wraps does.
    const some = format === 'esdk' ? keys : keys.filter(([name]) => !/hex|AES-128|PKCS/.test(name));
    it.each(some)(`${format}, %s`, async (_, seal, open) => {
      const withArn = open.map((word) => (word === 'ARN' ? cloud.info.kmsKeyArn : word));
      await shop.ok(['encrypt', 'plain', 'sealed', '--force', ...writing, ...seal]);
      await shop.ok(['decrypt', 'sealed', 'opened', '--force', ...reading, ...withArn]);
      expect(sha256(await shop.read('opened'))).toBe(sha256(plaintext));
    });
  }

  it.each([
    ['v3', ['--instruction-file'], ['s', 's.instruction', 's.metadata.json'], []],
    ['v3', [], ['s', 's.metadata.json'], []],
    ['v2', [], ['s', 's.metadata.json'], allow],
    ['v2', ['--instruction-file'], ['s', 's.instruction'], allow],
  ] as const)('%s %j, and nothing else is written', async (format, more, files, reading) => {
    const own = await openShop();
    try {
      await own.write('k', aes);
      for (const size of [0, 17]) {
        await own.write('p', plaintext.subarray(0, size));
        await own.ok(['encrypt', 'p', 's', '-k', 'k', '-f', format, '--force', ...more]);
        expect(await own.files()).toEqual(['k', 'p', ...files]);
        expect((await own.ok(['decrypt', 's', '-', '-k', 'k', ...reading])).equals(await own.read('p'))).toBe(
          true,
        );
      }
    } finally {
      await own.close();
    }
  });

  it.each([0, 1, 1_048_576, 1_048_577])('a message of %d bytes', async (size) => {
    await shop.write('some', plaintext.subarray(0, size));
    await shop.ok(['encrypt', 'some', 'some.sealed', '--key', 'aes', '--force']);
    expect(
      (await shop.ok(['decrypt', 'some.sealed', '--key', 'aes'])).equals(plaintext.subarray(0, size)),
    ).toBe(true);
  });

  it.each(['0014', '0378', '0578'])('suite %s, from a file and from a pipe', async (suite) => {
    const message = await shop.ok([
      'encrypt',
      'plain',
      '--key',
      'aes',
      '--suite',
      suite,
      '--frame-length',
      '4096',
    ]);
    const piped = await shop.ok(['decrypt', '--key', 'aes', ...allow], { input: message });
    expect(sha256(piped)).toBe(sha256(plaintext));
    await shop.write('suite', message);
    expect(sha256(await shop.ok(['decrypt', 'suite', '-', '--key', 'aes', ...allow]))).toBe(
      sha256(plaintext),
    );
  });
});

it('does not take more memory for more of a stream', async () => {
  const file = await open(shop.path('large'), 'w');
  await file.truncate(500 * 1024 ** 2);
  await file.close();
  const tell = "process.on('exit', () => process.stderr.write(String(process.resourceUsage().maxRSS)))";
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(tell)}` };
  const { code, stderr } = await shop.run(['encrypt', 'large', 'large.sealed', '--key', 'aes'], { env });
  expect(code, stderr).toBe(0);
  // In kB; Node alone takes 80 MB.
  expect(Number(stderr)).toBeLessThan(400_000);
  expect((await stat(shop.path('large.sealed'))).size).toBeGreaterThan(500 * 1024 ** 2);
  for (const name of ['large', 'large.sealed']) await rm(shop.path(name));
});

describe('pipes', () => {
  it('are sealed and opened without a file', async () => {
    const message = await shop.ok(['encrypt', '--key', 'aes'], { input: plaintext });
    expect(sha256(await shop.ok(['decrypt', '--key', 'aes'], { input: message }))).toBe(sha256(plaintext));
  });

  it('carry S3EC content, its metadata in a file', async () => {
    const args = ['--key', 'aes', '--metadata', 'm.json', '--force'];
    const content = await shop.ok(['encrypt', '-', '-', '--format', 'v3', ...args], { input: plaintext });
    expect(content.length).toBe(plaintext.length + 16);
    expect(sha256(await shop.ok(['decrypt', '-', '-', ...args], { input: content }))).toBe(sha256(plaintext));
  });

  it('have the frames that were verified, and then the refusal', async () => {
    const message = await shop.ok(['encrypt', 'plain', '--key', 'aes', '--frame-length', '65536']);
    const changed = Buffer.from(message);
    changed[2_000_000] = (changed[2_000_000] ?? 0) ^ 1;
    const { code, stdout, stderr } = await shop.run(['decrypt', '--key', 'aes'], { input: changed });
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('[tag-mismatch]') });
    expect(stdout.length).toBeLessThan(2_000_000);
    expect(stdout.equals(plaintext.subarray(0, stdout.length))).toBe(true);
  });

  it.each([
    ['signed', ['--suite', '0578'], []],
    [
      'of S3EC',
      ['--format', 'v3', '--metadata', 'tampered.json', '--force'],
      ['--metadata', 'tampered.json'],
    ],
  ])('have not one byte of something %s that was tampered with', async (_, seal, open) => {
    const content = await shop.ok(['encrypt', 'plain', '-', '--key', 'aes', ...seal]);
    const changed = Buffer.from(content);
    // The signature of the one, the tag of the other.
    changed[content.length - 1] = (changed[content.length - 1] ?? 0) ^ 1;
    const { code, stdout } = await shop.run(['decrypt', '-', '-', '--key', 'aes', ...open], {
      input: changed,
    });
    expect({ code, bytes: stdout.length }).toEqual({ code: 3, bytes: 0 });
  });

  it('end quietly where nobody reads on', async () => {
    const { child, ended } = shop.start(['decrypt', 'big', '-', '--key', 'aes'], { input: '' });
    await shop.ok(['encrypt', 'plain', 'big', '--key', 'aes', '--force']);
    child.kill();
    await ended;
    const second = shop.start(['decrypt', 'big', '-', '--key', 'aes'], { input: '' });
    second.child.stdout?.destroy();
    expect((await second.ended).stderr).toBe('');
  });
});

describe('what was tampered with', () => {
  it.each([
    ['esdk', []],
    ['v3', ['--format', 'v3']],
  ] as const)('leaves nothing under the name of the target, nor beside it (%s)', async (_, seal) => {
    await shop.ok(['encrypt', 'plain', 'tampered', '--key', 'aes', '--force', ...seal]);
    const content = await shop.read('tampered');
    for (const damage of [
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)]),
      (bytes: Buffer) => bytes.subarray(0, -1),
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)]),
    ]) {
      await shop.write('tampered', damage(content));
      const before = await shop.files();
      const { code, stderr } = await shop.run(['decrypt', 'tampered', 'out', '--key', 'aes']);
      expect(code, stderr).toBe(3);
      expect(stderr).not.toContain('    at ');
      expect(await shop.files()).toEqual(before);
    }
  });

  it('leaves the file that was there', async () => {
    await shop.write('kept', 'kept');
    await shop.ok(['encrypt', 'plain', 'cut', '--key', 'aes', '--force']);
    await shop.write('cut', (await shop.read('cut')).subarray(0, 2_000_000));
    expect((await shop.run(['decrypt', 'cut', 'kept', '--force', '--key', 'aes'])).code).toBe(3);
    expect((await shop.read('kept')).toString()).toBe('kept');
  });
});

describe('the target', () => {
  it('is not overwritten without --force', async () => {
    await shop.write('there', 'there');
    for (const command of ['encrypt', 'decrypt']) {
      const { code, stderr } = await shop.run([command, 'plain', 'there', '--key', 'aes']);
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') });
    }
    expect((await shop.read('there')).toString()).toBe('there');
    await shop.ok(['encrypt', 'plain', 'there', '--key', 'aes', '--force']);
    expect((await shop.read('there')).length).toBeGreaterThan(plaintext.length);
  });

  it('may be read by those whom the umask lets, and is written through a link', async () => {
    await shop.ok(['encrypt', 'plain', 'real', '--key', 'aes']);
    expect((await stat(shop.path('real'))).mode & 0o777).toBe(0o666 & ~process.umask());
    await shop.write('real', '');
    await symlink('real', shop.path('link'));
    await shop.ok(['encrypt', 'plain', 'link', '--key', 'aes', '--force']);
    expect((await stat(shop.path('real'))).size).toBeGreaterThan(plaintext.length);
  });

  it('has nothing beside it that belongs to another format', async () => {
    const args = ['encrypt', 'plain', 'turned', '--key', 'aes'];
    const besides = async () => (await shop.files()).filter((name) => name.startsWith('turned'));
    await shop.ok([...args, '--format', 'v3', '--instruction-file']);
    expect(await besides()).toEqual(['turned', 'turned.instruction', 'turned.metadata.json']);
    await shop.ok([...args, '--force']);
    expect(await besides()).toEqual(['turned']);
    await shop.write('turned.metadata.json', '{}');
    expect((await shop.run(args)).code).toBe(2);
  });

  it('has a name as long as any, in whatever script', async () => {
    const name = '漢'.repeat(85);
    await shop.ok(['encrypt', 'plain', name, '--key', 'aes']);
    expect(sha256(await shop.ok(['decrypt', name, '--key', 'aes']))).toBe(sha256(plaintext));
  });

  it('stays for the eyes of those who could see the one that it overwrites', async () => {
    await shop.ok(['encrypt', 'plain', 'private.sealed', '--key', 'aes']);
    await shop.write('private.opened', 'mine');
    await chmod(shop.path('private.opened'), 0o600);
    await shop.ok(['decrypt', 'private.sealed', 'private.opened', '--key', 'aes', '--force']);
    expect((await stat(shop.path('private.opened'))).mode & 0o777).toBe(0o600);
  });

  it('is no folder and no device', async () => {
    for (const target of ['.', '/dev/null']) {
      const { code } = await shop.run(['encrypt', 'plain', target, '--key', 'aes', '--force']);
      expect(code, target).toBe(2);
    }
  });

  it('is gone when the program is interrupted', async () => {
    const own = await openShop();
    try {
      await own.write('k', aes);
      const { child, ended } = own.start(['encrypt', '-', 'sealed', '--key', 'k']);
      child.stdin?.write(plaintext);
      await expect
        .poll(() => own.files(), { timeout: 20_000 })
        .toContainEqual(expect.stringMatching(/\.part$/));
      child.kill('SIGINT');
      expect((await ended).code).toBe(130);
      expect(await own.files()).toEqual(['k']);
    } finally {
      await own.close();
    }
  });
});

describe('a named pipe', () => {
  it('that nobody writes to keeps no interrupt waiting', async () => {
    execFileSync('mkfifo', [shop.path('pipe')]);
    const { child, ended } = shop.start(['encrypt', 'pipe', 'from pipe', '--key', 'aes']);
    await expect
      .poll(() => shop.files(), { timeout: 20_000 })
      .toContainEqual(expect.stringMatching(/\.part$/));
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
  });
});

describe('keys', () => {
  it('of several, each opens a message', async () => {
    const message = await shop.ok([
      ...['encrypt', 'plain', '--key', 'aes', '--key', 'public', '--kms', 'alias/documents'],
    ]);
    for (const key of [
      ['--key', 'aes'],
      ['--key', 'private'],
      ['--kms', cloud.info.kmsKeyArn],
    ]) {
      expect(sha256(await shop.ok(['decrypt', ...key], { input: message }))).toBe(sha256(plaintext));
    }
  });

  it('have the name that is given, as other clients of the Encryption SDK know them', async () => {
    const keyring = createRawAesKeyring({
      wrappingKey: await importWrappingKey(new Uint8Array(aes)),
      ...{ keyNamespace: 'my app', keyName: 'key/1' },
    });
    const named = ['--key', 'aes', '--name', 'my app/key/1'];
    const message = await shop.ok(['encrypt', ...named, '--context', 'a=b'], { input: 'Hello' });
    const opened = await decrypt(new Uint8Array(message), { keyring });
    expect(Buffer.from(opened.plaintext).toString()).toBe('Hello');
    expect(opened.encryptionContext).toEqual({ a: 'b' });

    const theirs = await encrypt(new TextEncoder().encode('Hi'), { keyring });
    for (const key of [named, ['--key', 'aes']]) {
      expect((await shop.ok(['decrypt', ...key], { input: theirs })).toString()).toBe('Hi');
    }
    const wrong = await shop.run(['decrypt', '--key', 'aes', '--name', 'my app/key/2'], { input: theirs });
    expect(wrong).toMatchObject({ code: 4, stderr: expect.stringContaining('[no-key-fits]') });
  });

  it('without a name pass over those of strangers, however long', async () => {
    const raw = new Uint8Array(32);
    const mine = {
      keyNamespace: 'mine',
      keyName: 'k',
      wrappingKey: await importWrappingKey(new Uint8Array(aes)),
    };
    const theirs = {
      keyNamespace: 'n'.repeat(3000),
      keyName: 'k'.repeat(5000),
      wrappingKey: await importWrappingKey(raw),
    };
    const keyring = createMultiKeyring({
      generator: createRawAesKeyring(theirs),
      children: [createRawAesKeyring(mine)],
    });
    const message = await encrypt(new TextEncoder().encode('Hi'), { keyring });
    expect((await shop.ok(['decrypt', '--key', 'aes'], { input: message })).toString()).toBe('Hi');
  });

  it.each(['sha1', 'sha384', 'sha512'])('of RSA wrap with %s, and open without being told', async (hash) => {
    const message = await shop.ok(['encrypt', '--key', 'public', '--oaep-hash', hash], { input: 'Hello' });
    expect((await shop.ok(['decrypt', '--key', 'private'], { input: message })).toString()).toBe('Hello');
    const other = ['decrypt', '--key', 'private', '--oaep-hash', 'sha256'];
    expect((await shop.run(other, { input: message })).code).toBe(4);
  });

  it('are described in S3EC as they are told to be', async () => {
    const described = ['--key', 'aes', '--description', 'a=1', '--description', 'b=ü'];
    await shop.ok(['encrypt', 'plain', 'described', '--format', 'v3', '--force', ...described]);
    const metadata = JSON.parse((await shop.read('described.metadata.json')).toString());
    expect(JSON.parse(metadata['x-amz-m'])).toEqual({ a: '1', b: 'ü' });
  });

  it('hidden pairs of the context are needed to decrypt', async () => {
    const args = ['encrypt', '--key', 'aes', '--context', 'a=b', '--hidden-context', 'a'];
    const message = await shop.ok(args, { input: 'Hello' });
    expect((await shop.run(['decrypt', '--key', 'aes'], { input: message })).code).toBe(4);
    const told = ['decrypt', '--key', 'aes', '--context', 'a=b', '--require-context', 'a'];
    expect((await shop.ok(told, { input: message })).toString()).toBe('Hello');
  });

  it.each([
    ['locked', 'passphrase'],
    ['plain', 'too large'],
    ['short', 'neither'],
  ])('are refused in plain words: %s', async (file, words) => {
    await shop.write('short', 'no key');
    const { code, stderr } = await shop.run(['encrypt', '--key', file], { input: '' });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    expect(stderr).toContain('[key-file-invalid]');
    expect(stderr).not.toContain('no key\n');
  });
});
