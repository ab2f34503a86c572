import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type Contestant, compared, type Goal, interleave, median, type Row, speedRow } from '../measure.ts';
import { atRest } from '../peaks.ts';
import { canLookInside } from '../processes.ts';
import { setUp } from '../rig.ts';
import { waysToDisk } from './download.ts';
import { runFresh, type Seen, type Way } from './fresh.ts';
import type { Group, Settings } from './group.ts';
import * as names from './peer-names.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
const gigabit = 1e9;
const partBytes = 8 * MiB;
const warmUpBytes = 4 * partBytes;
/** MiB that a page may take. */
const memoryLimit = 250;
/** A larger file may need this much more than the smallest one: what two runs of the same file differ by. */
const tolerance = 1.1;
/** Milliseconds after which the page has let go of memory that nobody took again. */
const settling = 6000;

const plaintext: Way = {
  label: 'plaintext',
  note: 'File.slice bodies, 8 MiB, 4 in flight, our request path, no checksum',
  run: (ask) => ask('uploadPlain'),
};
const unsealed: Way = { ...names.unsealed, run: (ask) => ask('uploadUnsealed') };
const ours: Way = { label: 'ours', run: (ask) => ask('uploadOurs') };
const rivals: readonly Way[] = [
  {
    label: 'lib-storage',
    note: 'plaintext, parts of 8 MiB, 4 in flight, no checksum',
    run: (ask) => ask('uploadLibStorage', partBytes),
  },
  {
    label: "Uppy's S3 plugin",
    note: 'plaintext, parts of 8 MiB, one after the other, no checksum',
    run: (ask) => ask('uploadUppy', partBytes),
  },
];

/** What the smallest file has taken, by direction and label. */
type Smallest = Map<string, Row>;

/** Large files up and down, beside what others do with the same file, and what each does to the page. */
export const transfers: Group = {
  name: 'transfers',
  async run(settings) {
    const smallest: Smallest = new Map();
    const rows: Row[] = [];
    for (const bytes of settings.transferSizes.toSorted((a, b) => a - b)) {
      const isSmallest = rows.length === 0;
      rows.push(...(await uploads(bytes, settings, smallest)));
      if (isSmallest) rows.push(...(await pacedUploads(bytes, settings)));
      rows.push(...(await downloads(bytes, settings, smallest)));
      if (isSmallest) rows.push(...(await pacedDownloads(bytes, settings)));
    }
    return rows;
  },
};

async function uploads(bytes: number, settings: Settings, smallest: Smallest): Promise<readonly Row[]> {
  const title = `upload of ${formatSize(bytes)}`;
  if (!(await hasRoom(title, bytes))) return [];
  const ways = [plaintext, unsealed, ours, ...rivals];
  const { rowOf, seen } = await measure(title, ways, bytes, settings);
  const [plainRow, ownRow] = [rowOf(plaintext), rowOf(ours)];
  return [
    plainRow,
    compared(rowOf(unsealed), plainRow),
    compared(ownRow, plainRow),
    compared({ ...ownRow, name: `${ownRow.name} beside ${unsealed.label}` }, rowOf(unsealed), atLeast(0.8)),
    ...rivals.map((rival) => compared(rowOf(rival), plainRow)),
    ...rivals.map((rival) =>
      compared({ ...ownRow, name: `${ownRow.name} beside ${rival.label}` }, rowOf(rival), atLeast(1)),
    ),
    ...ways.flatMap((way) => memoryRows(title, way.label, seen.get(way) ?? [], smallest, way === ours)),
    longestTask(title, seen.get(ours) ?? []),
  ];
}

/** The same with a cloud that takes 1 Gbit/s. */
async function pacedUploads(bytes: number, settings: Settings): Promise<readonly Row[]> {
  const title = `upload of ${formatSize(bytes)} at 1 Gbit/s`;
  if (!(await hasRoom(title, bytes))) return [];
  const { rowOf } = await measure(title, [plaintext, ours], bytes, settings, gigabit / 8);
  return [rowOf(plaintext), compared(rowOf(ours), rowOf(plaintext), atLeast(0.97))];
}

async function measure(
  title: string,
  ways: readonly Way[],
  bytes: number,
  { rounds, origin, progress }: Settings,
  bytesPerSecond?: number,
) {
  const seen = new Map<Way, Seen[]>(ways.map((way) => [way, []]));
  const nameOf = ({ label }: Way) => `${title}: ${label}`;
  const contestants = ways.map(
    (way): Contestant => ({
      name: nameOf(way),
      async run() {
        const options = { origin, ...(bytesPerSecond && { bytesPerSecond }) };
        const result = await runFresh(way, options, (rig, warmUp) =>
          rig.pick(warmUp ? Math.min(bytes, warmUpBytes) : bytes, 'sparse'),
        );
        seen.get(way)?.push(result);
        return result.seconds;
      },
    }),
  );
  const seconds = await interleave(contestants, roundsOf(bytes, rounds), progress, 0);
  const rowOf = (way: Way) => speedRow(nameOf(way), bytes, seconds.get(nameOf(way)) ?? [], way.note);
  return { rowOf, seen };
}

async function downloads(bytes: number, settings: Settings, smallest: Smallest): Promise<readonly Row[]> {
  const title = `download of ${formatSize(bytes)}`;
  const measured = await measureDownloads(title, bytes, settings);
  if (!measured) return [];
  const { plain, unopened, own } = measured;
  return [
    plain,
    ...unopened.map(({ row }) => compared(row, plain)),
    ...own.map(({ row }) => compared(row, plain, atLeast(0.8))),
    ...besideUnopened(measured),
    // The browser's own is none of the page's business.
    ...own.flatMap(({ way, seen }) => memoryRows(title, way.label, seen, smallest, true)),
    longestTask(
      title,
      own.flatMap(({ seen }) => seen),
    ),
  ];
}

/** The same from a cloud that gives 1 Gbit/s. */
async function pacedDownloads(bytes: number, settings: Settings): Promise<readonly Row[]> {
  const title = `download of ${formatSize(bytes)} at 1 Gbit/s`;
  const measured = await measureDownloads(title, bytes, settings, gigabit / 8);
  if (!measured) return [];
  const { plain, unopened, own } = measured;
  return [
    plain,
    ...unopened.map(({ row }) => compared(row, plain)),
    ...own.map(({ row }) => compared(row, plain, atLeast(0.8))),
  ];
}

/** What opening and verifying cost. */
function besideUnopened({ unopened, own }: MeasuredDownloads): readonly Row[] {
  return own.flatMap(({ row }, index) => {
    const bare = unopened[index];
    return bare ? [compared({ ...row, name: `${row.name}, beside ${bare.way.label}` }, bare.row)] : [];
  });
}

interface MeasuredDownload {
  readonly way: Way;
  readonly row: Row;
  readonly seen: readonly Seen[];
}

interface MeasuredDownloads {
  readonly plain: Row;
  /** One for each of ours. */
  readonly unopened: readonly MeasuredDownload[];
  readonly own: readonly MeasuredDownload[];
}

/** From the start to the file on the person's disk; verified, where it is ours. Undefined where there is no room. */
async function measureDownloads(
  title: string,
  bytes: number,
  { rounds, origin, progress }: Settings,
  bytesPerSecond?: number,
): Promise<MeasuredDownloads | undefined> {
  const count = roundsOf(bytes, rounds);
  // Two ways stage the file, which stays for a while.
  const staged = 2 * count * bytes;
  // And the object, and the copy on the person's disk.
  if (!(await hasRoom(title, 2 * bytes + staged))) return undefined;
  const rig = await setUp({ origin, ...(bytesPerSecond && { bytesPerSecond }) });
  try {
    const { browser } = rig;
    const { ask } = browser;
    const free = await ask('freeSpace');
    if (free !== undefined && free < staged) {
      console.error(`${title}: not measured, this browser grants ${formatSize(free)}`);
      return undefined;
    }
    const watch = await atRest(rig);
    const { plain, unopened, own } = waysToDisk(browser);
    const ways = [plain, ...unopened, ...own];
    await rig.pick(Math.min(bytes, warmUpBytes), 'sparse');
    await ask('storeForDownload');
    for (const way of ways) await way.run(ask);
    progress(`${title}: storing it`);
    await rig.pick(bytes, 'sparse');
    await ask('storeForDownload');

    const seen = new Map<Way, Seen[]>(ways.map((way) => [way, []]));
    const contestants = ways.map((way) => ({
      name: `${title}: ${way.label}`,
      async run() {
        await new Promise((resolve) => setTimeout(resolve, settling));
        await browser.collectGarbage();
        await ask('watchLongTasks');
        let seconds = 0;
        const peaks = await watch(async () => {
          seconds = await way.run(ask);
        });
        seen.get(way)?.push({ peaks, longest: await ask('longestTask') });
        return seconds;
      },
    }));
    const seconds = await interleave(contestants, count, progress, 0);
    const measured = (way: Way): MeasuredDownload => {
      const name = `${title}: ${way.label}`;
      return {
        way,
        row: speedRow(name, bytes, seconds.get(name) ?? [], way.note),
        seen: seen.get(way) ?? [],
      };
    };
    return { plain: measured(plain).row, unopened: unopened.map(measured), own: own.map(measured) };
  } finally {
    await rig.close();
  }
}

/** With a goal where it is ours: an amount for the smallest file, and no more than that for larger ones. */
function memoryRows(
  title: string,
  label: string,
  seen: readonly Seen[],
  smallest: Smallest,
  isOurs: boolean,
): readonly Row[] {
  if (!canLookInside) return [];
  const row: Row = {
    name: `${title}: ${label}: renderer's memory above a fresh page`,
    value: median(seen.map(({ peaks }) => peaks.renderer / MiB)),
    unit: 'MiB',
  };
  const kind = `${title.split(' ')[0]} ${label}`;
  const first = smallest.get(kind);
  if (first) return [compared(row, first, isOurs ? atMost('ratio', tolerance) : undefined)];
  smallest.set(kind, row);
  return [isOurs ? { ...row, goal: atMost('value', memoryLimit) } : row];
}

function longestTask(title: string, seen: readonly Seen[]): Row {
  return {
    name: `${title}: ours: longest task of the page`,
    value: Math.max(...seen.map(({ longest }) => longest)),
    unit: 'ms',
    goal: atMost('value', 50),
    note: '0: none was above 50 ms',
  };
}

/** Whether the disk has it, with some to spare; says so where not. */
async function hasRoom(title: string, bytes: number): Promise<boolean> {
  const { bavail, bsize } = await statfs(tmpdir());
  const [needed, free] = [1.1 * bytes, bavail * bsize];
  if (free >= needed) return true;
  console.error(
    `${title}: not measured, it takes ${formatSize(needed)} in ${tmpdir()}, which has ${formatSize(free)}`,
  );
  return false;
}

/** The larger, the fewer: a long run has its own average. */
function roundsOf(bytes: number, rounds: number): number {
  return Math.min(rounds, bytes <= GiB ? 3 : bytes <= 4 * GiB ? 2 : 1);
}

function atLeast(limit: number): Goal {
  return { of: 'ratio', bound: 'at least', limit };
}

function atMost(of: Goal['of'], limit: number): Goal {
  return { of, bound: 'at most', limit };
}

function formatSize(bytes: number): string {
  return bytes >= GiB ? `${Number((bytes / GiB).toFixed(1))} GiB` : `${(bytes / MiB).toFixed(0)} MiB`;
}
