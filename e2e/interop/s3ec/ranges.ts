/** Ranged reads, which nothing verifies and which both sides give to those alone who ask for that. */
import { type Cell, cellsOf, type Group } from '../cells.ts';
import type { Client } from '../clients.ts';
import type { Oracle } from '../oracle.ts';
import { checkDigest, type Digest, digestOf, plaintextOf } from '../plaintext.ts';
import { refusalIn } from './abilities.ts';
import { encryptionContext, type Size, sizes, type Way, ways } from './objects.ts';
import { type Rig, readingPolicy } from './rig.ts';

const size = sizes.find(({ title }) => title === '5 MiB + 1') as Size;
const end = size.bytes;

/** What is asked for, and the bytes of the plaintext that must come. */
const ranges: readonly { readonly range: string; readonly start: number; readonly end: number }[] = [
  { range: 'bytes=0-0', start: 0, end: 1 },
  { range: 'bytes=15-16', start: 15, end: 17 },
  { range: 'bytes=16-31', start: 16, end: 32 },
  { range: 'bytes=100000-3000000', start: 100_000, end: 3_000_001 },
  { range: `bytes=${end - 1}-${end - 1}`, start: end - 1, end },
  { range: `bytes=${end - 20}-`, start: end - 20, end },
  { range: `bytes=${end - 20}-${end + 500}`, start: end - 20, end },
];

const rows = ways.filter(({ upload }) => upload === 'multipart');
const columns = ranges.map(({ range }) => range);

/**
 * Of ranges that reach the end of an object whose data key is wrapped by RSA, AWS's client for Java (3.5.0 and 4.0.1)
 * gives nothing one time in five, and all of it to the same request the next time: a race of its own.
 */
const mostTries = 12;

type Read = (oracle: Oracle, way: Way, range: string) => Promise<Digest>;

export function rangedReads(
  rig: Rig,
  ourObject: (way: Way, size: Size) => Promise<string>,
  client: Client,
): Group[] {
  const plaintext = plaintextOf(size.bytes);
  const theirs = new Map<Way, Promise<string>>();
  const theirObject = (oracle: Oracle, way: Way) => {
    const key = theirs.get(way) ?? rig.theyWrite(oracle, way, size);
    theirs.set(way, key);
    return key;
  };
  const context = ({ key }: Way) => (key === 'KMS' ? { encryptionContext } : {});
  const group = (title: string, read: Read, more = ''): Group => ({
    title,
    text: `Of an object of ${size.title} bytes.${more}`,
    rowTitles: ['format', 'key', 'envelope'],
    columns,
    notRun: 'missing' in client ? client.missing : undefined,
    cells: cellsOf(rows, ranges, (way, { range, start, end }): Cell => {
      const place = { row: [way.format, way.key, way.envelope], column: range };
      const cannotBe = refusalIn(client.id, 'range', way);
      if (cannotBe !== undefined) return { ...place, cannotBe };
      const run = async () => {
        if (!('oracle' in client)) return;
        checkDigest(await read(client.oracle, way, range), digestOf(plaintext.subarray(start, end)));
      };
      return { ...place, run };
    }),
  });
  return [
    group(
      `Ranges of objects written here, read by ${client.title}`,
      async (oracle, way, range) => {
        const key = await ourObject(way, size);
        const ask = async () =>
          (await oracle.ask('read', {
            ...{ bucket: rig.bucket, key, range },
            client: {
              keyring: rig.keys[way.key].theirs,
              commitmentPolicy: readingPolicy(way.format),
              legacy: true,
            },
            ...context(way),
          })) as Digest;
        for (let tries = 1; ; tries++) {
          const found = await ask();
          if (found.length > 0 || tries === mostTries) return found;
        }
      },
      ` A read that gives nothing is asked for again, up to ${mostTries} times.`,
    ),
    group(`Ranges of objects written by ${client.title}, read here`, async (oracle, way, Range) => {
      const Key = await theirObject(oracle, way);
      const reader = rig.ours({
        keyring: rig.keys[way.key].ours,
        commitmentPolicy: readingPolicy(way.format),
        legacy: { unauthenticatedContent: true },
      });
      const { Body } = await reader.getObject({ Bucket: rig.bucket, Key, Range, ...context(way) });
      return digestOf(await Body.transformToByteArray());
    }),
  ];
}
