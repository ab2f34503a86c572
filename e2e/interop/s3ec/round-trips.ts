/** Written by one side and read by the other. */
import { type Cell, cellsOf, type Group } from '../cells.ts';
import type { Oracle } from '../oracle.ts';
import { checkDigest, expectedDigest } from '../plaintext.ts';
import { type Size, sizes, type Way, ways } from './objects.ts';
import type { Rig } from './rig.ts';

/** An oracle that is there, or the reason why there is none. */
export type Client = { readonly title: string } & (
  | { readonly oracle: Oracle }
  | { readonly missing: string }
);

/** Which ways a client has, and why not the others. */
export interface Abilities {
  readonly write: (way: Way, size: Size) => string | undefined;
  readonly read: (way: Way, size: Size) => string | undefined;
}

const rowTitles = ['format', 'key', 'envelope', 'upload'];
const columns = sizes.map(({ title }) => title);

/** What we write is written once, for all readers. */
export function createOurObjects(rig: Rig): (way: Way, size: Size) => Promise<string> {
  const written = new Map<string, Promise<string>>();
  return (way, size) => {
    const name = JSON.stringify([way, size]);
    const known = written.get(name) ?? rig.weWrite(way, size);
    written.set(name, known);
    return known;
  };
}

export function roundTrips(
  rig: Rig,
  ourObject: (way: Way, size: Size) => Promise<string>,
  client: Client,
  { write, read }: Abilities,
  only: (way: Way) => boolean = () => true,
): Group[] {
  const notRun = 'missing' in client ? client.missing : undefined;
  const rows = ways.filter(only);
  const cells = (
    cannotBe: (way: Way, size: Size) => string | undefined,
    run: (oracle: Oracle, way: Way, size: Size) => Promise<void>,
  ): Cell[] =>
    cellsOf(rows, sizes, (way, size) => {
      const place = { row: [way.format, way.key, way.envelope, way.upload], column: size.title };
      const why = tooSmallForParts(way, size) ?? cannotBe(way, size);
      if (why !== undefined) return { ...place, cannotBe: why };
      return { ...place, run: async () => 'oracle' in client && run(client.oracle, way, size) } as Cell;
    });
  return [
    {
      title: `Written here, read by ${client.title}`,
      text: 'In both uploads the bytes are the same; multipart is three parts for 64 MiB, two for 5 MiB + 1.',
      ...{ rowTitles, columns, notRun },
      cells: cells(read, async (oracle, way, size) => {
        const key = await ourObject(way, size);
        checkDigest(await rig.theyRead(oracle, key, way), expectedDigest(size.bytes));
      }),
    },
    {
      title: `Written by ${client.title}, read here`,
      text: 'Each object is looked at as it is stored, too: its format, wrap, place of the envelope, parts and length.',
      ...{ rowTitles, columns, notRun },
      cells: cells(write, async (oracle, way, size) => {
        const key = await rig.theyWrite(oracle, way, size);
        checkDigest(await rig.weRead(key, way), expectedDigest(size.bytes));
        await rig.remove(key);
      }),
    },
  ];
}

function tooSmallForParts({ upload }: Way, { parts }: Size): string | undefined {
  return upload === 'multipart' && !parts ? 'S3 takes no parts of less than 5 MiB but the last' : undefined;
}
