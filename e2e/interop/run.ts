/**
 * `npm run interop`: AWS's own clients read what is written here, and what they write is read here, against the
 * local cloud. A line a group, each failure by its cell, and last `N passed, N failed`; exit 1 if any failed. The
 * matrix goes to docs/interop.md. What a machine lacks is named, and its cells count as not run.
 *
 * `-- --only TEXT` runs the groups alone whose titles have the text, and writes no matrix. `-- --keep` runs none,
 * and keeps small objects of each client as vectors for the ordinary tests.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { KMSClient } from '@aws-sdk/client-kms';
import { type CloudInfo, startCloud } from '../../local/cloud.ts';
import { fromKmsClient } from '../../src/lib/kms.ts';
import { type Group, type GroupResult, runGroup } from './cells.ts';
import { type Client, type ClientId, clientIds, openClient } from './clients.ts';
import { commandLine, keyrings, refusals as messageRefusals, suitesAndFrames } from './esdk/groups.ts';
import { openEsdkRig, plainContext } from './esdk/rig.ts';
import { keepMessages, keepObjects } from './keep.ts';
import { countsOf, describe, reportOf } from './report.ts';
import { rangedReads } from './s3ec/ranges.ts';
import { reEncryption } from './s3ec/re-encryption.ts';
import { refusals } from './s3ec/refusals.ts';
import { openRig } from './s3ec/rig.ts';
import { createOurObjects, roundTrips } from './s3ec/round-trips.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(root, '.local', 'interop');

/** Three cells at once: one side computes while the other does. */
const options = { atOnce: 3, deadline: performance.now() + 14 * 60_000 };

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string' }, keep: { type: 'boolean' } } });
  const { only } = values;
  const dataDir = newRunFolder();
  const cloud = await startCloud({ dataDir: join(dataDir, 'cloud'), port: 0 });
  const clients = await openClients(cloud.info);
  try {
    if (values.keep) return await keep(clients, cloud.info, dataDir);
    const groups: GroupResult[] = [];
    for await (const group of allGroups(clients, cloud.info, dataDir)) {
      if (only !== undefined && !group.title.includes(only)) continue;
      const start = performance.now();
      const result = await runGroup(group, options);
      groups.push(result);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(`${result.title}: ${describe(countsOf(result.results))} in ${seconds} s`);
      for (const { row, column, outcome } of result.results) {
        if (outcome.kind === 'failed') console.log(`  ${[...row, column].join(', ')}: ${outcome.why}`);
      }
    }
    const day = new Date().toISOString().slice(0, 10);
    if (only === undefined) writeFileSync(join(root, 'docs', 'interop.md'), reportOf(groups, clients, day));
    const broken = clients.filter((client) => 'isFailure' in client && client.isFailure).length;
    const { passed, failed, notRun } = countsOf(groups.flatMap(({ results }) => results));
    if (notRun > 0) console.log(`${notRun} cells were not run: see docs/interop.md`);
    console.log(`${passed} passed, ${failed + broken} failed`);
    return failed + broken > 0 ? 1 : 0;
  } finally {
    for (const client of clients) if ('oracle' in client) client.oracle.close();
    await cloud.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Named by the process, so that what an earlier one left when it was killed can go. */
function newRunFolder(): string {
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache)) {
    const [, owner] = /^run-(\d+)$/.exec(name) ?? [];
    if (owner && !isAlive(Number(owner))) rmSync(join(cache, name), { recursive: true, force: true });
  }
  const folder = join(cache, `run-${process.pid}`);
  mkdirSync(folder);
  return folder;
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}

async function keep(clients: readonly Client[], info: CloudInfo, folder: string): Promise<number> {
  const { endpoint, region, accessKeyId, secretAccessKey } = info;
  const kms = fromKmsClient(
    new KMSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } }),
  );
  const isFor = (format: string) => (client: Client) => client.id.includes(format);
  const vectors = (format: string) => join(root, 'src/core', format, 'vectors/clients');
  await keepObjects(await openRig(info), kms, clients.filter(isFor('s3ec')), vectors('s3ec'));
  const messages = await openEsdkRig(info, folder);
  await keepMessages(messages, kms, clients.filter(isFor('esdk')), vectors('esdk'));
  return 0;
}

async function openClients(info: CloudInfo): Promise<readonly Client[]> {
  const start = performance.now();
  const opened = await Promise.all(clientIds.map((id) => openClient(id, info, cache)));
  // The last version without format V3 stands in where no 3.6 is to be had.
  const has36 = opened.some((client) => client.id === 'java-s3ec-3.6' && 'oracle' in client);
  const clients = opened.filter(({ id }) => !(has36 && id === 'java-s3ec-3.5'));
  for (const client of clients) {
    if ('oracle' in client) console.log(`${client.title}, on ${client.runtime}`);
    else console.log(`NOT RUN: ${client.title}: ${client.missing}`);
  }
  console.log(`The clients were ready after ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return clients;
}

async function* allGroups(
  clients: readonly Client[],
  info: CloudInfo,
  folder: string,
): AsyncGenerator<Group> {
  const withId = (...ids: ClientId[]) => clients.filter(({ id }) => ids.includes(id));
  const rig = await openRig(info);
  const ourObject = createOurObjects(rig);
  const javaClients = withId('java-s3ec-4', 'java-s3ec-3.6', 'java-s3ec-3.5');
  const s3ecClients = [...javaClients, ...withId('python-s3ec', 'go-s3ec')];
  for (const client of s3ecClients) yield* roundTrips(rig, ourObject, client);
  for (const client of javaClients) yield* rangedReads(rig, ourObject, client);
  for (const client of javaClients) yield* await reEncryption(rig, client);
  for (const client of s3ecClients) yield await refusals(rig, client);

  const messages = await openEsdkRig(info, folder);
  for (const client of withId('java-esdk', 'python-esdk', 'node-esdk')) {
    yield* suitesAndFrames(messages, client);
    yield* keyrings(messages, client);
    yield await messageRefusals(messages, client);
  }
  const plain = await openEsdkRig(info, folder, plainContext);
  for (const client of withId('python-cli')) yield* commandLine(plain, client);
}

process.exitCode = await main();
