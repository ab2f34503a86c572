/** Messages of the AWS Encryption SDK: written by one side, read or refused by the other. */
import { readFile, writeFile } from 'node:fs/promises';
import type { CommitmentPolicy, SuiteId } from '../../../src/lib/esdk.ts';
import type { ErrorCode } from '../../../src/lib/s3ec.ts';
import { type Cell, cellsOf, type Group } from '../cells.ts';
import type { Client, ClientId } from '../clients.ts';
import type { Oracle } from '../oracle.ts';
import { checkDigest, expectedDigest } from '../plaintext.ts';
import { theyRefuse, weRefuse } from '../refusal.ts';
import { type MessageKey, newRawAesKey } from './keys.ts';
import { type EsdkRig, readingPolicy, type Shape } from './rig.ts';

const MiB = 1024 ** 2;

const suites: readonly { readonly id: SuiteId; readonly title: string }[] = [
  { id: '0478', title: '0478: commits' },
  { id: '0578', title: '0578: commits, signed' },
  { id: '0178', title: '0178: HKDF' },
  { id: '0378', title: '0378: HKDF, signed' },
  { id: '0146', title: '0146: 192 bits, HKDF' },
  { id: '0346', title: '0346: 192 bits, HKDF, signed' },
  { id: '0114', title: '0114: 128 bits, HKDF' },
  { id: '0214', title: '0214: 128 bits, HKDF, signed' },
  { id: '0078', title: '0078' },
  { id: '0046', title: '0046: 192 bits' },
  { id: '0014', title: '0014: 128 bits' },
];
const framings = [
  { title: 'frames of 4 KiB', frameLength: 4096 },
  { title: 'frames of 1 MiB', frameLength: MiB },
  { title: 'not framed', frameLength: 0 },
];
const lengths = [
  { title: '0', length: 0 },
  { title: '1', length: 1 },
  { title: '4,096', length: 4096 },
  { title: '5 MiB + 1', length: 5 * MiB + 1 },
];
/** What every keyring is tried with. */
const length = 70_001;

const unframedHere =
  'messages that are not framed are read and no longer written, as the specification has it';
const unframedThere = 'the client writes framed messages alone';

interface Direction {
  readonly title: (client: string) => string;
  readonly doing: 'write' | 'read';
  readonly run: (oracle: Oracle, shape: Shape, reader: MessageKey) => Promise<void>;
}

function directions(rig: EsdkRig): readonly Direction[] {
  return [
    {
      title: (client) => `written here, read by ${client}`,
      doing: 'read',
      async run(oracle, shape, reader) {
        const path = await rig.weWrite(shape);
        const found = await rig.theyRead(oracle, path, reader, readingPolicy(shape.suite));
        checkDigest(found, expectedDigest(shape.length));
        await rig.remove(path);
      },
    },
    {
      title: (client) => `written by ${client}, read here`,
      doing: 'write',
      async run(oracle, shape, reader) {
        const path = await rig.theyWrite(oracle, shape);
        const found = await rig.weRead(path, reader, readingPolicy(shape.suite));
        checkDigest(found, expectedDigest(shape.length));
        await rig.remove(path);
      },
    },
  ];
}

/** Why a message of this framing cannot be. */
function cannotFrame(id: ClientId, doing: 'write' | 'read', frameLength: number): string | undefined {
  if (frameLength > 0) return undefined;
  if (doing === 'read') return unframedHere;
  return id === 'node-esdk' ? unframedThere : undefined;
}

function cellOf(
  client: Client,
  place: { row: readonly string[]; column: string },
  cannotBe: string | undefined,
  run: (oracle: Oracle) => Promise<void>,
): Cell {
  if (cannotBe !== undefined) return { ...place, cannotBe };
  return {
    ...place,
    run: async () => {
      if ('oracle' in client) await run(client.oracle);
    },
  };
}

const notRunOf = (client: Client) => ('missing' in client ? client.missing : undefined);

/** Suites and framings, each at several lengths. */
export function suitesAndFrames(rig: EsdkRig, client: Client): Group[] {
  const rows = suites.flatMap((suite) => framings.map((framing) => ({ suite, framing })));
  return directions(rig).map(({ title, doing, run }) => ({
    title: `Messages ${title(client.title)}: suites and frames`,
    text: 'Under a raw AES key of 256 bits; by length in bytes.',
    rowTitles: ['suite', 'framing'],
    columns: lengths.map((each) => each.title),
    notRun: notRunOf(client),
    cells: cellsOf(rows, lengths, ({ suite, framing }, { title: column, length }) => {
      const shape = { suite: suite.id, frameLength: framing.frameLength, key: rig.aes256, length };
      return cellOf(
        client,
        { row: [suite.title, framing.title], column },
        cannotFrame(client.id, doing, framing.frameLength),
        (oracle) => run(oracle, shape, rig.aes256),
      );
    }),
  }));
}

export function keyrings(rig: EsdkRig, client: Client): Group[] {
  const columns = suites.filter(({ id }) => ['0478', '0578', '0178', '0378'].includes(id));
  return directions(rig).map(({ title, doing, run }) => ({
    title: `Messages ${title(client.title)}: keyrings`,
    text: `${length.toLocaleString('en')} bytes in frames of 4 KiB, under an encryption context that sorts by its bytes otherwise than by its letters.`,
    rowTitles: ['keyring'],
    columns: columns.map((suite) => suite.title),
    notRun: notRunOf(client),
    cells: cellsOf(rig.pairs, columns, (pair, suite) =>
      cellOf(
        client,
        { row: [pair.title], column: suite.title },
        cannotFrame(client.id, doing, 4096),
        (oracle) => run(oracle, { suite: suite.id, frameLength: 4096, key: pair.write, length }, pair.read),
      ),
    ),
  }));
}

const commandLineFramings = framings.filter(({ frameLength }) => frameLength !== MiB);

/** One process a command: fewer of them, and KMS alone, as it is without plug-ins. */
export function commandLine(rig: EsdkRig, client: Client): Group[] {
  return directions(rig).map(({ title, doing, run }) => ({
    title: `Messages ${title(client.title)}`,
    text: `${length.toLocaleString('en')} bytes under a KMS key: other keys take a plug-in of the caller's own.`,
    rowTitles: ['suite'],
    columns: commandLineFramings.map((framing) => framing.title),
    notRun: notRunOf(client),
    cells: cellsOf(suites, commandLineFramings, (suite, { title: column, frameLength }) =>
      cellOf(client, { row: [suite.title], column }, cannotFrame(client.id, doing, frameLength), (oracle) =>
        run(oracle, { suite: suite.id, frameLength, key: rig.kms, length }, rig.kms),
      ),
    ),
  }));
}

interface Case {
  readonly title: string;
  readonly suite: SuiteId;
  readonly change?: (message: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
  readonly policy?: CommitmentPolicy;
  readonly otherKey?: boolean;
  readonly codes: readonly ErrorCode[];
}

const flipped = (from: number) => (message: Uint8Array<ArrayBuffer>) => {
  const copy = new Uint8Array(message);
  const at = from < 0 ? message.length + from : from;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};
const headerBytes = 40;

const cases: readonly Case[] = [
  { title: 'a bit of a frame flipped', suite: '0478', change: flipped(-5000), codes: ['tag-mismatch'] },
  {
    title: 'a bit of the message id flipped',
    suite: '0478',
    change: flipped(headerBytes - 20),
    codes: ['commitment-mismatch'],
  },
  {
    title: 'a bit of the signature flipped',
    suite: '0578',
    change: flipped(-20),
    codes: ['signature-mismatch'],
  },
  {
    title: 'the last byte cut off',
    suite: '0478',
    change: (message) => message.slice(0, -1),
    codes: ['truncated'],
  },
  {
    title: 'the last frame cut off',
    suite: '0478',
    change: (message) => message.slice(0, -(length % 4096) - 40),
    codes: ['truncated'],
  },
  { title: 'another key of the same name', suite: '0478', otherKey: true, codes: ['unwrap-failed'] },
  {
    title: 'a suite that does not commit, under a policy that demands it',
    suite: '0178',
    policy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
    codes: ['commitment-required'],
  },
];

const columns = ['written here, refused there', 'written there, refused here'] as const;

export async function refusals(rig: EsdkRig, client: Client): Promise<Group> {
  const otherKey = await newRawAesKey(256);
  return {
    title: `Messages refused, by ${client.title} and here`,
    text: 'Under a raw AES key of 256 bits, in frames of 4 KiB.',
    rowTitles: ['what is read', 'suite'],
    columns,
    notRun: notRunOf(client),
    cells: cellsOf(cases, columns, (each, column) => {
      const { title, suite, change, codes, policy = readingPolicy(suite) } = each;
      const shape: Shape = { suite, frameLength: 4096, key: rig.aes256, length };
      const key = each.otherKey ? otherKey : rig.aes256;
      return cellOf(client, { row: [title, suite], column }, undefined, async (oracle) => {
        const isOurs = column === columns[0];
        const path = await (isOurs ? rig.weWrite(shape) : rig.theyWrite(oracle, shape));
        if (change) await writeFile(path, change(new Uint8Array(await readFile(path))));
        // Clients have hardly any error classes; that they open the same message unchanged is tried elsewhere.
        if (isOurs) await theyRefuse(rig.theyRead(oracle, path, key, policy), /./);
        else await weRefuse(rig.weRead(path, key, policy), codes);
        await rig.remove(path);
      });
    }),
  };
}
