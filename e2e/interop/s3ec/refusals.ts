/** What must not open: each side refuses what was changed in the other's objects, for the reason that is meant. */
import type { ErrorCode } from '../../../src/lib.ts';
import type { Cell, Group } from '../cells.ts';
import type { Client, ClientId } from '../clients.ts';
import type { Oracle } from '../oracle.ts';
import { theyRefuse, weRefuse } from '../refusal.ts';
import { refusalIn } from './abilities.ts';
import { type Key, type KeyKind, newAesKey, newRsaKey } from './keys.ts';
import { encryptionContext, type Size, type Way } from './objects.ts';
import { type Rig, readingPolicy, type Stored } from './rig.ts';

const size: Size = { title: '1,000', bytes: 1000 };

/** How one reads. */
interface Reading {
  readonly key: Key;
  readonly policy: ReturnType<typeof readingPolicy>;
  readonly context: Readonly<Record<string, string>>;
}

interface Case {
  readonly title: string;
  readonly format: Way['format'];
  readonly envelope?: Way['envelope'];
  /** What is done to the object before it is read. */
  readonly change?: (object: Stored, other: Stored) => Stored;
  /** The instruction file goes away. */
  readonly removes?: boolean;
  readonly reading?: (reading: Reading, otherKeys: Readonly<Record<KeyKind, Key>>) => Reading;
  readonly only?: readonly KeyKind[];
  readonly codes: readonly ErrorCode[];
  /** What clients say. */
  readonly reason: RegExp;
}

const tagRefused =
  /AEADBadTag|InvalidTag|message authentication failed|[Tt]ag (?:verification failed|mismatch)/;
const commitmentRefused = /[Cc]ommitment/;
const wrapRefused = /AEADBadTag|BadPadding|InvalidCiphertext|InvalidKey|Unable to AES\/GCM|Unable to RSA/;

const cases: readonly Case[] = [
  {
    title: 'a bit of the body flipped',
    format: 'V3',
    change: ({ body, metadata }) => ({ metadata, body: flipped(body, 500) }),
    codes: ['tag-mismatch'],
    reason: tagRefused,
  },
  {
    title: 'a bit of the body flipped',
    format: 'V2',
    change: ({ body, metadata }) => ({ metadata, body: flipped(body, 500) }),
    codes: ['tag-mismatch'],
    reason: tagRefused,
  },
  {
    title: 'the last byte cut off',
    format: 'V3',
    change: ({ body, metadata }) => ({ metadata, body: body.subarray(0, -1) }),
    codes: ['tag-mismatch'],
    reason: tagRefused,
  },
  {
    title: "another object's body",
    format: 'V3',
    change: ({ metadata }, other) => ({ metadata, body: other.body }),
    codes: ['tag-mismatch'],
    reason: tagRefused,
  },
  {
    title: "another object's key commitment",
    format: 'V3',
    change: ({ body, metadata }, other) => ({
      body,
      metadata: { ...metadata, 'x-amz-d': other.metadata['x-amz-d'] ?? '' },
    }),
    codes: ['commitment-mismatch'],
    reason: commitmentRefused,
  },
  {
    title: 'a bit of the wrapped data key flipped',
    format: 'V3',
    change: ({ body, metadata }) => {
      const wrapped = Buffer.from(metadata['x-amz-3'] ?? '', 'base64');
      const changed = Buffer.from(flipped(wrapped, wrapped.length - 5)).toString('base64');
      return { body, metadata: { ...metadata, 'x-amz-3': changed } };
    },
    codes: ['unwrap-failed'],
    reason: wrapRefused,
  },
  {
    title: 'another key of the same kind',
    format: 'V3',
    reading: (reading, otherKeys) => ({ ...reading, key: otherKeys[reading.key.kind] }),
    only: ['AES', 'RSA'],
    codes: ['unwrap-failed', 'no-key-fits'],
    reason: wrapRefused,
  },
  {
    title: 'another encryption context',
    format: 'V3',
    reading: (reading) => ({ ...reading, context: { purpose: 'another' } }),
    only: ['KMS'],
    codes: ['context-mismatch'],
    reason: /[Ee]ncryption context/,
  },
  {
    title: 'V2, under a policy that demands commitment',
    format: 'V2',
    reading: (reading) => ({ ...reading, policy: 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' }),
    codes: ['commitment-required'],
    reason: /[Cc]ommitment|policy/,
  },
  {
    title: 'its instruction file gone',
    format: 'V3',
    envelope: 'instruction file',
    removes: true,
    codes: ['not-encrypted'],
    reason: /[Ii]nstruction [Ff]ile|NoSuchKey/,
  },
  {
    title: 'not encrypted at all',
    format: 'V3',
    change: ({ body }) => ({ body, metadata: {} }),
    codes: ['not-encrypted'],
    reason: /[Ii]nstruction [Ff]ile|NoSuchKey/,
  },
];

const columns = ['written here, refused there', 'written there, refused here'] as const;

export async function refusals(rig: Rig, client: Client): Promise<Group> {
  const otherKeys = { AES: await newAesKey('first'), RSA: await newRsaKey('pair'), KMS: rig.keys.KMS };

  async function prepare(write: (way: Way) => Promise<string>, way: Way, { change, removes }: Case) {
    const key = await write(way);
    if (change) {
      const other = await rig.stored(await write(way));
      await rig.store(key, change(await rig.stored(key), other));
    }
    if (removes) await rig.remove(`${key}.instruction`);
    return key;
  }

  const cells = cases.flatMap((each) =>
    (each.only ?? (['AES', 'RSA', 'KMS'] as const)).flatMap((kind) =>
      columns.map((column): Cell => {
        const { format, envelope = 'metadata', codes, reason } = each;
        const way: Way = { format, key: kind, envelope, upload: 'one PUT' };
        const place = { row: [each.title, format, kind], column };
        const doing = column === columns[0] ? 'read' : 'write';
        const cannotBe = refusalIn(client.id, doing, way) ?? has(client.id, each);
        if (cannotBe !== undefined) return { ...place, cannotBe };
        const plainly: Reading = {
          key: rig.keys[kind],
          policy: readingPolicy(format),
          context: kind === 'KMS' ? encryptionContext : {},
        };
        const reading = each.reading?.(plainly, otherKeys) ?? plainly;
        const theirs = async (oracle: Oracle) => {
          const key = await prepare((asked) => rig.weWrite(asked, size), way, each);
          const read = oracle.ask('read', {
            ...{ bucket: rig.bucket, key, encryptionContext: reading.context },
            client: { keyring: reading.key.theirs, commitmentPolicy: reading.policy },
          });
          await theyRefuse(read, reason);
        };
        const ours = async (oracle: Oracle) => {
          const key = await prepare((asked) => rig.theyWrite(oracle, asked, size), way, each);
          const reader = rig.ours({ keyring: reading.key.ours, commitmentPolicy: reading.policy });
          const context = kind === 'KMS' ? { encryptionContext: reading.context } : {};
          const read = reader
            .getObject({ Bucket: rig.bucket, Key: key, ...context })
            .then(({ Body }) => Body.transformToByteArray());
          await weRefuse(read, codes);
        };
        return {
          ...place,
          run: async () => {
            if ('oracle' in client) await (column === columns[0] ? theirs : ours)(client.oracle);
          },
        };
      }),
    ),
  );
  return {
    title: `Refused, by ${client.title} and here`,
    text: 'Each for the reason that is meant: an error of another kind counts as failed.',
    rowTitles: ['what is read', 'format', 'key'],
    columns,
    notRun: 'missing' in client ? client.missing : undefined,
    cells,
  };
}

function has(id: ClientId, { title, format }: Case): string | undefined {
  const hasPolicy = id !== 'java-s3ec-3.5';
  return !hasPolicy && format === 'V2' && title.includes('policy')
    ? 'commitment policies came with version 3.6'
    : undefined;
}

function flipped(bytes: Uint8Array, at: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
