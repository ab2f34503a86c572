/** AWS's clients: what each needs, how it is installed below `.local/interop`, and how it is started. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CloudInfo } from '../../local/cloud.ts';
import { type Oracle, type Program, startOracle } from './oracle.ts';
import { createRun, missingTool, type Run, type Tool } from './tools.ts';

export type ClientId =
  | 'java-s3ec-4'
  | 'java-s3ec-3.6'
  | 'java-s3ec-3.5'
  | 'python-s3ec'
  | 'go-s3ec'
  | 'java-esdk'
  | 'python-esdk'
  | 'python-cli'
  | 'node-esdk';

interface Recipe {
  readonly title: string;
  readonly tools: readonly Tool[];
  /** Files and folders, beside this one, that it is made of. */
  readonly sources: readonly string[];
  readonly install: (run: Run, folder: string) => Promise<void>;
  readonly program: (folder: string, cloud: CloudInfo) => Program;
  /** What an installer says of a version that its registry has not. */
  readonly absent?: RegExp;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const source = (name: string) => join(here, name);
const cloudOf = (cloud: CloudInfo) => JSON.stringify(cloud);

/** Maven keeps what it fetched in one place for all, and does not like to be run twice at once. */
let lastMaven: Promise<unknown> = Promise.resolve();

function java(title: string, version: string, main: string, folders: readonly string[]): Recipe {
  const pom = `java/${main === 'S3ecOracle' ? 's3ec' : 'esdk'}-${version}/pom.xml`;
  return {
    title,
    tools: ['java', 'maven'],
    sources: ['java/Oracle.java', pom, ...folders],
    async install(run, folder) {
      const classPath = join(folder, 'class-path');
      const maven = lastMaven.then(() =>
        run(
          ...['mvn', '--batch-mode', '--no-transfer-progress', '--file', source(pom)],
          ...['dependency:build-classpath', `-Dmdep.outputFile=${classPath}`],
        ),
      );
      lastMaven = maven.catch(() => {});
      await maven;
      const files = folders.flatMap((name) =>
        readdirSync(source(name)).map((file) => join(source(name), file)),
      );
      const jars = readFileSync(classPath, 'utf8').trim();
      await run('javac', '-cp', jars, '-d', join(folder, 'classes'), source('java/Oracle.java'), ...files);
    },
    program: (folder, cloud) => ({
      command: 'java',
      parameters: [
        // Out of memory, its event loops would leave a reader waiting for ever.
        ...['-Xmx2g', '-XX:+UseParallelGC', '-XX:+ExitOnOutOfMemoryError', '-cp'],
        [join(folder, 'classes'), readFileSync(join(folder, 'class-path'), 'utf8').trim()].join(':'),
        ...[main, cloudOf(cloud)],
      ],
    }),
    absent: new RegExp(`(?:Could not find artifact \\S+:${version}|\\S+:${version} was not found) in`),
  };
}

function python(title: string, requirements: string, program: Recipe['program']): Recipe {
  return {
    title,
    tools: ['python'],
    sources: [requirements],
    async install(run, folder) {
      await run('python3', '-m', 'venv', join(folder, 'venv'));
      await run(join(folder, 'venv/bin/pip'), 'install', '--quiet', '--requirement', source(requirements));
    },
    program,
  };
}

const pythonScript = (name: string) => (folder: string, cloud: CloudInfo) => ({
  command: join(folder, 'venv/bin/python'),
  parameters: [source(`python/${name}`), cloudOf(cloud)],
  environment: { PYTHONDONTWRITEBYTECODE: '1' },
});

const s3ecForJava = 'Amazon S3 Encryption Client for Java';

const recipes: Readonly<Record<ClientId, Recipe>> = {
  'java-s3ec-4': java(s3ecForJava, '4.0.1', 'S3ecOracle', ['java/s3ec', 'java/s3ec-with-policy']),
  'java-s3ec-3.6': java(s3ecForJava, '3.6.1', 'S3ecOracle', ['java/s3ec', 'java/s3ec-with-policy']),
  'java-s3ec-3.5': java(s3ecForJava, '3.5.0', 'S3ecOracle', ['java/s3ec', 'java/s3ec-without-policy']),
  'python-s3ec': python(
    'Amazon S3 Encryption Client for Python',
    'python/requirements.txt',
    pythonScript('s3ec.py'),
  ),
  'go-s3ec': {
    title: 'Amazon S3 Encryption Client for Go',
    tools: ['go'],
    sources: ['go'],
    install: (run, folder) => run('go', 'build', '-C', source('go'), '-o', join(folder, 'oracle'), '.'),
    program: (folder, cloud) => ({
      command: join(folder, 'oracle'),
      parameters: [cloudOf(cloud)],
      // It fetches instruction files with a client of its own, which only the environment reaches.
      environment: {
        AWS_REGION: cloud.region,
        AWS_ACCESS_KEY_ID: cloud.accessKeyId,
        AWS_SECRET_ACCESS_KEY: cloud.secretAccessKey,
        AWS_ENDPOINT_URL_S3: cloud.endpoint,
      },
    }),
  },
  'java-esdk': java('AWS Encryption SDK for Java', '3.0.2', 'EsdkOracle', ['java/esdk']),
  'python-esdk': python('AWS Encryption SDK for Python', 'python/requirements.txt', pythonScript('esdk.py')),
  'python-cli': python('AWS Encryption SDK command line', 'python/cli-requirements.txt', (folder, cloud) => ({
    command: join(folder, 'venv/bin/python'),
    parameters: [source('python/cli.py'), join(folder, 'venv/bin/aws-encryption-cli')],
    environment: {
      PYTHONDONTWRITEBYTECODE: '1',
      AWS_ACCESS_KEY_ID: cloud.accessKeyId,
      AWS_SECRET_ACCESS_KEY: cloud.secretAccessKey,
      AWS_ENDPOINT_URL_KMS: cloud.endpoint,
    },
  })),
  'node-esdk': {
    title: 'AWS Encryption SDK for JavaScript in Node',
    tools: ['npm'],
    sources: ['node/package.json', 'node/package-lock.json'],
    install: (run) => run('npm', 'ci', '--prefix', source('node')),
    program: (_, cloud) => ({
      command: process.execPath,
      parameters: [source('node/esdk.mjs'), cloudOf(cloud)],
    }),
  },
};

interface Named {
  readonly id: ClientId;
  /** With the version, where it is known. */
  readonly title: string;
}

export interface ReadyClient extends Named {
  readonly oracle: Oracle;
  readonly runtime: string;
}

/** A client that answers, or the reason why there is none. */
export type Client = ReadyClient | (Named & { readonly missing: string; readonly isFailure: boolean });

export const isReady = (client: Client): client is ReadyClient => 'oracle' in client;

export const clientIds = Object.keys(recipes) as ClientId[];

/** @param cache where clients are kept from run to run */
export async function openClient(id: ClientId, cloud: CloudInfo, cache: string): Promise<Client> {
  const recipe = recipes[id];
  const version = /-(\d.*)\/pom/.exec(recipe.sources.join(' '))?.[1];
  const title = version === undefined ? recipe.title : `${recipe.title} ${version}`;
  const lacking = await missingTool(recipe.tools);
  if (lacking) return { id, title, missing: lacking, isFailure: false };
  try {
    const folder = await install(recipe, join(cache, shared[id] ?? id));
    const oracle = startOracle(recipe.program(folder, cloud), folder);
    const hello = (await oracle.ask('hello')) as { version: string; runtime: string };
    return { id, title: `${recipe.title} ${hello.version}`, runtime: hello.runtime, oracle };
  } catch (error) {
    const { message } = error as Error;
    if (recipe.absent?.test(message)) {
      return { id, title, missing: 'the registry that was asked has no such version', isFailure: false };
    }
    return { id, title, missing: `could not be installed: ${message}`, isFailure: true };
  }
}

/** Two clients in one environment of Python. */
const shared: Partial<Record<ClientId, string>> = { 'python-s3ec': 'python', 'python-esdk': 'python' };

const installations = new Map<string, Promise<string>>();

/** Once for what it is made of: a stamp says whether it is there. */
function install(recipe: Recipe, folder: string): Promise<string> {
  const known = installations.get(folder) ?? installAnew(recipe, folder);
  installations.set(folder, known);
  return known;
}

async function installAnew({ sources, install }: Recipe, folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of sources.flatMap(filesOf)) hash.update(file).update(readFileSync(file));
  const wanted = hash.digest('hex');
  const stamp = join(folder, 'stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const run = createRun(folder, join(folder, 'install.log'));
  // Registries have bad moments, and caches keep what was fetched already.
  await install(run, folder).catch(() => install(run, folder));
  writeFileSync(stamp, wanted);
  return folder;
}

function filesOf(name: string): string[] {
  const path = source(name);
  return statSync(path).isFile() ? [path] : readdirSync(path).map((file) => join(path, file));
}
