/** The package as others get it: packed, installed in empty projects, type-checked, run in Node and in a browser. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../local/test-cloud.ts';
import { type BundleSize, measureBundles } from './bundle-sizes.ts';
import { openPage } from './open-page.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const minutes = 60_000;
let folder: string;
let tarball: string;
let versions: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-envelope-consumer-'));
  versions = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).devDependencies;
  await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root });
  const packed = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  tarball = join(folder, packed ?? '');
}, 3 * minutes);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function newProject(name: string): Promise<string> {
  const project = join(folder, name);
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
  return project;
}

/** @param names of packages, in the versions that are tested here */
async function install(project: string, ...names: string[]): Promise<void> {
  const wanted = [tarball, ...names.map((name) => `${name}@${versions[name]}`)];
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', ...quiet, ...wanted], { cwd: project });
}

/** What the program prints, line by line. */
async function node(project: string, script: string, env: Record<string, string> = {}): Promise<string[]> {
  const { stdout } = await run(process.execPath, [script], { cwd: project, env: { ...process.env, ...env } });
  return stdout.trim().split('\n');
}

/** What the AWS SDK takes from its surroundings. */
function surroundings({ info }: TestCloud): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: info.endpoint,
    AWS_REGION: info.region,
    AWS_ACCESS_KEY_ID: info.accessKeyId,
    AWS_SECRET_ACCESS_KEY: info.secretAccessKey,
  };
}

describe('the package', () => {
  it('holds the library, its types and nothing of the app', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball]);
    const files = stdout.trim().split('\n');
    const others = files.filter(
      (file) =>
        !/^package\/lib\/((core|lib|store|transfer)\/.*\.(js|d\.ts)|(cli|share|vault)\/.*\.js)$/.test(file),
    );
    expect(others.sort()).toEqual([
      'package/LICENSE',
      'package/README.md',
      'package/lib/cli.js',
      'package/lib/lib.d.ts',
      'package/lib/lib.js',
      'package/package.json',
    ]);
    expect(files.filter((file) => /test|react|vector/.test(file))).toEqual([]);
  });

  it(
    'brings two packages for signatures, and its formats run without any SDK',
    async () => {
      const project = await newProject('alone');
      await install(project);
      const installed = (await readdir(join(project, 'node_modules'))).filter(
        (name) => !name.startsWith('.'),
      );
      expect(installed.sort()).toEqual(['@noble', 's3-envelope']);
      await writeFile(
        join(project, 'run.js'),
        `import * as s3ec from 's3-envelope/s3ec';
       import * as esdk from 's3-envelope/esdk';
       const refused = await import('s3-envelope').catch((error) => error.code);
       console.log(typeof s3ec.encryptObject, typeof esdk.encrypt, refused);`,
      );
      expect(await node(project, 'run.js')).toEqual(['function function ERR_MODULE_NOT_FOUND']);
    },
    2 * minutes,
  );
});

describe('the program of the package', () => {
  it(
    'encrypts and decrypts files without any SDK, and names the SDK where it is needed',
    async () => {
      const project = await newProject('program');
      await install(project);
      const program = join(project, 'node_modules', '.bin', 's3-envelope');
      const inProject = { cwd: project, env: { ...process.env, AWS_REGION: 'us-east-1' } };
      const content = crypto.getRandomValues(new Uint8Array(50_000));
      await writeFile(join(project, 'key'), crypto.getRandomValues(new Uint8Array(32)));
      await writeFile(join(project, 'plain'), content);
      await run(program, ['encrypt', 'plain', 'sealed', '--key', 'key'], inProject);
      const { stdout: said } = await run(program, ['inspect', 'sealed', '--json'], inProject);
      expect(JSON.parse(said)).toMatchObject({ kind: 'esdk', plaintextBytes: 50_000 });
      await run(program, ['decrypt', 'sealed', 'opened', '--key', 'key'], inProject);
      expect(new Uint8Array(await readFile(join(project, 'opened')))).toEqual(content);
      for (const [args, name] of [
        [['ls', 's3://bucket'], 'client-s3'],
        [['encrypt', 'plain', 'x', '--kms', 'alias/a'], 'client-kms'],
      ] as const) {
        const refused = await run(program, args, inProject).catch((error: unknown) => error);
        expect(refused).toMatchObject({
          code: 2,
          stdout: '',
          stderr: expect.stringContaining(`npm install @aws-sdk/${name}`),
        });
      }
    },
    2 * minutes,
  );
});

describe('in an empty Node project', () => {
  let cloud: TestCloud;
  let project: string;
  beforeAll(async () => {
    cloud = await startTestCloud();
    project = await newProject('node');
    await install(project, '@aws-sdk/client-s3', '@aws-sdk/client-kms', 'typescript', '@types/node');
  }, 3 * minutes);
  afterAll(() => cloud.close());

  it(
    'the types of a caller hold, under the strictest settings',
    async () => {
      await writeFile(
        join(project, 'caller.ts'),
        `import { KMSClient } from '@aws-sdk/client-kms';
       import { S3Client } from '@aws-sdk/client-s3';
       import { createKmsKeyring, createS3EncryptionClient, EnvelopeError, type GetObjectOutput } from 's3-envelope';
       import { decrypt, type MessageKeyring } from 's3-envelope/esdk';
       import { fromKmsClient } from 's3-envelope/kms';
       import { parseEnvelope } from 's3-envelope/s3ec';

       const keyring = createKmsKeyring({ client: fromKmsClient(new KMSClient({})), keyId: 'alias/a' });
       const s3 = createS3EncryptionClient({ client: new S3Client({}), keyring });
       // @ts-expect-error an encryption client is no S3Client
       createS3EncryptionClient({ client: s3, keyring });

       export async function caller(messages: MessageKeyring): Promise<number> {
         const input = { Bucket: 'b', Key: 'k' };
         const { ETag } = await s3.putObject({ ...input, Body: 'text', ContentType: 'text/plain', StorageClass: 'STANDARD_IA' });
         await s3.uploadMultipart({ ...input, Body: new Blob([]), partSize: 8 * 1024 ** 2, abortSignal: AbortSignal.timeout(9) });
         // @ts-expect-error the checksum of the plaintext would be told to S3
         await s3.putObject({ ...input, Body: 'text', ChecksumSHA256: '' });
         const got: GetObjectOutput = await s3.getObject({ ...input, ...(ETag !== undefined && { IfMatch: ETag }) });
         const { plaintext } = await decrypt(new Uint8Array(await got.Body.transformToByteArray()), { keyring: messages });
         const version: 1 | 2 | 3 = parseEnvelope(got.Metadata).version;
         if (new Error() instanceof EnvelopeError) throw new Error(String(version));
         return plaintext.length + got.ContentLength;
       }
      `,
      );
      await writeFile(
        join(project, 'tsconfig.json'),
        JSON.stringify({
          compilerOptions: {
            ...{
              target: 'ES2023',
              module: 'NodeNext',
              lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
            },
            ...{
              strict: true,
              exactOptionalPropertyTypes: true,
              noUncheckedIndexedAccess: true,
              noEmit: true,
            },
            ...{ skipLibCheck: false, types: ['node'] },
          },
          files: ['caller.ts'],
        }),
      );
      // Rejects, with what it complained of, for a single error in this file or in any declaration.
      await run(process.execPath, ['node_modules/typescript/bin/tsc', '--pretty', 'false'], { cwd: project });
    },
    2 * minutes,
  );

  it(
    'every example of the README runs and prints what it says',
    async () => {
      const readme = await readFile(join(root, 'README.md'), 'utf8');
      const examples = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) => code);
      expect(examples.length).toBe(3);
      for (const [index, example] of examples.entries()) {
        const { bucket, kmsKeyArn } = cloud.info;
        const script = example.replaceAll('my-bucket', bucket).replaceAll('my-key-arn', kmsKeyArn);
        await writeFile(join(project, `example-${index}.js`), script);
        const expected = [...example.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
        expect(expected.length).toBeGreaterThan(0);
        expect(await node(project, `example-${index}.js`, surroundings(cloud))).toEqual(expected);
      }
    },
    2 * minutes,
  );
});

describe('in an empty Vite project', () => {
  let site: Server;
  let told: Promise<string>;
  let origin: string;
  let project: string;
  let cloud: TestCloud;
  beforeAll(async () => {
    project = await newProject('vite');
    let tell: (result: string) => void;
    told = new Promise((resolve) => {
      tell = resolve;
    });
    site = createServer(async ({ url = '/', method }, response) => {
      if (method === 'POST') {
        tell(decodeURIComponent(url.slice(1)));
        response.end();
        return;
      }
      const path = url === '/' ? '/index.html' : url;
      const type = { '.html': 'text/html', '.js': 'text/javascript' }[extname(path)] ?? 'text/plain';
      const file = await readFile(join(project, 'dist', path)).catch(() => undefined);
      response.writeHead(file ? 200 : 404, { 'Content-Type': type }).end(file);
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    cloud = await startTestCloud({ appOrigins: [origin] });
    await install(project, '@aws-sdk/client-s3', 'vite');
  }, 3 * minutes);
  afterAll(async () => {
    site.closeAllConnections();
    site.close();
    await cloud.close();
  });

  it(
    'it builds, and a page makes the round trip in a browser',
    async () => {
      const { endpoint, region, bucket, accessKeyId, secretAccessKey } = cloud.info;
      const settings = {
        endpoint,
        region,
        forcePathStyle: true,
        credentials: { accessKeyId, secretAccessKey },
      };
      await writeFile(
        join(project, 'index.html'),
        '<!doctype html><script type="module" src="/main.js"></script>',
      );
      await writeFile(
        join(project, 'main.js'),
        `import { S3Client } from '@aws-sdk/client-s3';
       import { createAesKeyring, createS3EncryptionClient, importWrappingKey } from 's3-envelope';
       async function roundTrip() {
         const wrappingKey = await importWrappingKey(crypto.getRandomValues(new Uint8Array(32)));
         const keyring = createAesKeyring({ wrappingKey, materialsDescription: { key: 'a' } });
         const s3 = createS3EncryptionClient({ client: new S3Client(${JSON.stringify(settings)}), keyring });
         const target = { Bucket: ${JSON.stringify(bucket)}, Key: 'from a page' };
         const content = new Blob([new Uint8Array(9_000_000).fill(7), 'end']);
         let loaded = 0;
         await s3.uploadMultipart({ ...target, Body: content, onProgress: (now) => { loaded = now.loaded; } });
         const { Body } = await s3.getObject({ ...target, bufferSize: 0 });
         const digest = async (blob) => new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())).join();
         const same = (await digest(content)) === (await digest(await new Response(Body.transformToWebStream()).blob()));
         await s3.putObject({ ...target, Body: 'short' });
         const again = await s3.getObject(target);
         const refused = await s3.getObject({ ...target, Range: 'bytes=0-1' }).catch((error) => error.code);
         return JSON.stringify([same, loaded, await again.Body.transformToString(), refused]);
       }
       roundTrip().catch((error) => String(error.code) + ' ' + error.message).then((result) =>
         fetch('/' + encodeURIComponent(result), { method: 'POST' }));
      `,
      );
      await run(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'error'], {
        cwd: project,
      });
      const page = await openPage('chromium', origin);
      try {
        expect(await told).toBe(JSON.stringify([true, 9_000_019, 'short', 'legacy-not-allowed']));
      } finally {
        await page.close();
      }
    },
    2 * minutes,
  );
});

describe('the bundle of', () => {
  let sizes: readonly BundleSize[];
  beforeAll(async () => {
    sizes = await measureBundles(root);
  }, 2 * minutes);

  it.each([
    ['S3EC, a round trip with a raw key', 15_000],
    ['the S3 client, a raw key', 25_000],
    ['ESDK, a round trip with a raw key', 20_000],
  ])('%s is below %i bytes, and as docs/library.md says', async (use, limit) => {
    const size = sizes.find((one) => one.use === use);
    expect(size?.gzipped).toBeLessThan(limit);
    const page = await readFile(join(root, 'docs/library.md'), 'utf8');
    const row = page.split('\n').find((line) => line.startsWith(`| ${use} |`)) ?? '';
    const [, , said = '', later = ''] = row.split('|').map((cell) => cell.trim());
    // To half a kilobyte, so that not every line of code changes the page.
    expect(Math.abs(Number(said) - (size?.gzipped ?? 0) / 1000)).toBeLessThan(0.5);
    expect(Math.abs(Number(later) - (size?.later ?? 0) / 1000)).toBeLessThan(0.5);
  });
});
