/** Written by one side and read by the other. */
import { type Cell, cellsOf, type Group } from '../cells.ts';
import type { Client } from '../clients.ts';
import type { Oracle } from '../oracle.ts';
import { checkDigest, expectedDigest } from '../plaintext.ts';
import { type Doing, refusalIn } from './abilities.ts';
import { type Size, sizes, type Way, ways } from './objects.ts';
import type { Rig } from './rig.ts';

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
): Group[] {
  const cells = (doing: Doing, run: (oracle: Oracle, way: Way, size: Size) => Promise<void>) =>
    cellsOf(ways, sizes, (way, size): Cell => {
      const place = { row: [way.format, way.key, way.envelope, way.upload], column: size.title };
      const cannotBe = refusalIn(client.id, doing, way) ?? tooSmallForParts(way, size);
      if (cannotBe !== undefined) return { ...place, cannotBe };
      return {
        ...place,
        run: async () => {
          if ('oracle' in client) await run(client.oracle, way, size);
        },
      };
    });
  const notRun = 'missing' in client ? client.missing : undefined;
  return [
    {
      title: `Written here, read by ${client.title}`,
      text: 'Multipart is three parts for 64 MiB, two for 5 MiB + 1.',
      ...{ rowTitles, columns, notRun },
      cells: cells('read', async (oracle, way, size) => {
        const key = await ourObject(way, size);
        checkDigest(await rig.theyRead(oracle, key, way), expectedDigest(size.bytes));
      }),
    },
    {
      title: `Written by ${client.title}, read here`,
      text:
        'Each object is looked at as it is stored, too: format, wrap, place of the envelope, parts and length ' +
        'must be the ones that were asked for.',
      ...{ rowTitles, columns, notRun },
      cells: cells('write', async (oracle, way, size) => {
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
