/** How the program ends: each exit code for what it stands for, in words, without a stack. */
import { readFile } from 'node:fs/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3, startTestCloud, type TestCloud } from '../../local/test-cloud.ts';
import { errorCodes } from '../core/errors.ts';
import { commands } from './commands.ts';
import { commandHelp } from './help.ts';
import { options } from './options.ts';
import { exitCodes, outcomes } from './outcome.ts';
import { asFailure, describeFailure } from './report-failure.ts';
import { awsEnvironment, openShop, random, type Shop } from './test-rig.ts';

let cloud: TestCloud;
let shop: Shop;

beforeAll(async () => {
  cloud = await startTestCloud();
  shop = await openShop(awsEnvironment(cloud.info));
  await shop.write('plain', random(1000));
  await shop.write('key', random(32));
  await shop.write('other', random(32));
  await shop.ok(['encrypt', 'plain', 'sealed', '--key', 'key', '--context', 'a=c']);
  await shop.ok(['encrypt', 'plain', 'old', '--key', 'key', '--suite', '0178']);
  await shop.write('cut', (await shop.read('sealed')).subarray(0, -1));
  await shop.write('short', (await shop.read('sealed')).subarray(0, 40));
  const client = s3(cloud.info, cloud.administrator);
  await client.send(new PutObjectCommand({ Bucket: cloud.info.bucket, Key: 'plain', Body: 'plain' }));
});
afterAll(async () => {
  await shop.close();
  await cloud.close();
});

const address = (key: string) => `s3://${cloud.info.bucket}/${key}`;

it.each([
  [0, '', 'done', ['decrypt', 'sealed', '-', '--key', 'key']],
  [2, 'bad-argument', 'no command', []],
  [2, 'bad-argument', 'an unknown command', ['frobnicate']],
  [2, 'bad-argument', 'an unknown option', ['decrypt', '--frobnicate']],
  [2, 'bad-argument', 'an option of another command', ['decrypt', '--range', '0-1']],
  [2, 'bad-argument', 'no key', ['decrypt', 'sealed']],
  [2, 'bad-argument', 'too many operands', ['decrypt', 'a', 'b', 'c', '--key', 'key']],
  [2, 'bad-argument', 'too few operands', ['put', 'plain', '--key', 'key']],
  [2, 'bad-argument', 'an unknown format', ['encrypt', 'plain', '-', '--key', 'key', '--format', 'zip']],
  [2, 'bad-argument', 'a pair that is none', ['decrypt', 'sealed', '--key', 'key', '--context', 'a']],
  [
    2,
    'bad-argument',
    'two keys for S3EC',
    ['encrypt', 'plain', 'x', '-f', 'v3', '--key', 'key', '--key', 'other'],
  ],
  [2, 'bad-argument', 'a name of no key', ['decrypt', 'sealed', '--name', 'a/b', '--key', 'key']],
  [2, 'bad-argument', 'a file where an object must be', ['get', 'sealed', '--key', 'key']],
  [2, 'bad-argument', 'an object where a file must be', ['decrypt', 's3://a/b', '--key', 'key']],
  [2, 'bad-argument', 'no region', ['get', 's3://a/b', '--key', 'key'], { AWS_REGION: '' }],
  [
    2,
    'policy-mismatch',
    'a policy and a suite that contradict each other',
    ['encrypt', '--key', 'key', '--suite', '0178', '--commitment-policy', 'REQUIRE_ENCRYPT_ALLOW_DECRYPT'],
  ],
  [2, 'key-file-invalid', 'a file that is no key', ['decrypt', 'sealed', '--key', 'plain']],
  [3, 'truncated', 'a truncated message', ['decrypt', 'cut', '-', '--key', 'key']],
  [3, 'truncated', 'a message that ends in its header', ['decrypt', 'short', '-', '--key', 'key']],
  [4, 'unwrap-failed', 'another key', ['decrypt', 'sealed', '--key', 'other']],
  [4, 'no-key-fits', 'a key of another kind', ['decrypt', 'sealed', '--kms', 'alias/documents']],
  [4, 'context-mismatch', 'another context', ['decrypt', 'sealed', '--key', 'key', '--context', 'a=b']],
  [5, 'commitment-required', 'a message that does not commit', ['decrypt', 'old', '--key', 'key']],
  [5, 'not-encrypted', 'a file that is not encrypted', ['decrypt', 'plain', '--key', 'key']],
  [5, 'not-encrypted', 'an object that is not encrypted', ['get', 'PLAIN', '-', '--key', 'key']],
  [6, 'file-unreadable', 'a file that is not there', ['decrypt', 'nothing', '--key', 'key']],
  [6, 'file-unreadable', 'a key that is not there', ['decrypt', 'sealed', '--key', 'nothing']],
  [6, 'object-not-found', 'an object that is not there', ['get', 'NOTHING', '-', '--key', 'key']],
  [6, 'bucket-not-found', 'a bucket that is not there', ['ls', 's3://there-is-no-such-bucket']],
  [
    6,
    'kms-key-not-found',
    'a KMS key that is not there',
    ['encrypt', 'plain', '-', '--kms', 'alias/nothing'],
  ],
  [6, 'credentials-refused', 'wrong credentials', ['ls', 'BUCKET'], { AWS_ACCESS_KEY_ID: 'AKIAWRONG' }],
  [
    6,
    'credentials-refused',
    'no credentials',
    ['get', 'PLAIN', '-', '--key', 'key'],
    { AWS_ACCESS_KEY_ID: '' },
  ],
  [
    6,
    'network-failed',
    'nobody there',
    ['get', 'PLAIN', '-', '--key', 'key'],
    { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' },
  ],
] as const)(
  '%d %s: %s',
  async (code, name, _, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const places: Readonly<Record<string, string>> = {
      PLAIN: address('plain'),
      NOTHING: address('nothing'),
      BUCKET: address(''),
    };
    const before = await shop.files();
    const ended = await shop.run(
      args.map((word) => places[word] ?? word),
      { env },
    );
    expect(ended.code, ended.stderr).toBe(code);
    expect(await shop.files()).toEqual(before);
    if (code === 0) return expect(ended.stderr).toBe('');
    expect(ended.stdout.length).toBe(0);
    expect(ended.stderr).toMatch(/^s3-envelope( [a-z-]+)?: .+ \[[a-z-]+\]\n( {2}.+\n)?$/);
    expect(ended.stderr).toContain(`[${name}]`);
    expect(ended.stderr).not.toMatch(/\n {4}at |undefined/);
  },
);

it('6: denied by a policy', async () => {
  const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = cloud.other;
  const env = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
  const ended = await shop.run(['get', address('plain'), '-', '--key', 'key'], { env });
  expect(ended).toMatchObject({ code: 6, stderr: expect.stringContaining('[access-denied]') });
});

describe('the table of outcomes', () => {
  it('has every code there is, and a number for each', () => {
    expect(Object.keys(outcomes).sort()).toEqual([...errorCodes].sort());
    for (const { ending } of Object.values(outcomes)) expect(exitCodes[ending]).toBeGreaterThan(0);
  });

  it('names the package to install where one is missing', () => {
    const missing = Object.assign(new Error("Cannot find package '@aws-sdk/client-kms' imported from x"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    expect(describeFailure(asFailure(missing), undefined)).toContain('npm install @aws-sdk/client-kms');
  });

  it('makes what others wrote printable', () => {
    const failure = asFailure(new Error('\u001b]0;x\u0007'));
    expect(describeFailure(failure, undefined)).not.toContain('\u001b');
  });
});

describe('--help', () => {
  it('tells all commands', async () => {
    const help = (await shop.ok(['--help'])).toString();
    for (const { name, summary } of commands)
      expect(help).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
    for (const code of Object.values(exitCodes)) expect(help).toContain(`${code} `);
    expect((await shop.ok(['help', 'get'])).toString()).toBe((await shop.ok(['get', '-h'])).toString());
  });

  it.each(commands)('of $name tells all of its options', (command) => {
    const help = commandHelp(command);
    expect(help).toContain(`Usage: s3-envelope ${command.usage}`);
    for (const name of command.options) expect(help).toMatch(new RegExp(`--${name}( |\\n)`));
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(115);
  });

  it('leaves no option that no command has', () => {
    const taken = new Set<string>(commands.flatMap((command) => command.options));
    expect(Object.keys(options).filter((name) => !taken.has(name))).toEqual(['help']);
  });
});

it('--version', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  expect((await shop.ok(['--version'])).toString()).toBe(`${version}\n`);
});
