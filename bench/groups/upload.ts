import { type Contestant, compared, type Goal, interleave, median, type Row, speedRow } from '../measure.ts';
import { peerNames } from '../page/bench.ts';
import { canLookInside } from '../processes.ts';
import { type Rig, setUp } from '../rig.ts';
import type { Group, Settings } from './group.ts';
import { peerLabels, peerNotes, unsealed } from './peer-names.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
const gigabit = 1e9;
/** Rounds that the slow ones take part in. */
const slowRounds = 3;

/** Straight to the local cloud. */
export const upload: Group = {
  name: 'upload',
  async run(settings) {
    const rig = await setUp({ origin: settings.origin });
    try {
      return await measure('upload', rig, settings, { of: 'ratio', bound: 'at least', limit: 0.75 });
    } finally {
      await rig.close();
    }
  },
};

/** The same with a cloud that takes 1 Gbit/s. */
export const paced: Group = {
  name: 'paced upload',
  async run(settings) {
    const rig = await setUp({ origin: settings.origin, bytesPerSecond: gigabit / 8 });
    try {
      return await measure('upload at 1 Gbit/s', rig, settings, {
        of: 'ratio',
        bound: 'at least',
        limit: 0.97,
      });
    } finally {
      await rig.close();
    }
  },
};

async function measure(title: string, rig: Rig, settings: Settings, goal: Goal): Promise<Row[]> {
  const { bytes, rounds, progress } = settings;
  const { ask } = rig.browser;
  await rig.pick(bytes, 'random');
  const costs = new Map<string, ReadonlyMap<string, number>[]>();

  /** With the processor time that everybody spent, and with what was stored removed again. */
  const contestant = (label: string, run: () => Promise<number>): Contestant => {
    const name = `${title}: ${label}`;
    return {
      name,
      async run() {
        const before = await rig.processorSeconds();
        const seconds = await run();
        const after = await rig.processorSeconds();
        const spent = [...after].map(([kind, sum]) => [kind, sum - (before.get(kind) ?? 0)] as const);
        costs.set(name, [...(costs.get(name) ?? []), new Map(spent)]);
        await ask('removeUploaded');
        return seconds;
      },
    };
  };
  const ours = contestant('ours', () => ask('uploadOurs'));
  const plain = contestant('plaintext', () => ask('uploadPlain'));
  const engine = contestant(unsealed.label, () => ask('uploadUnsealed'));
  const slow = [
    contestant('lib-storage', () => ask('uploadLibStorage')),
    contestant('lib-storage, parts of 8 MiB', () => ask('uploadLibStorage', 8 * MiB)),
    contestant("Uppy's S3 plugin", () => ask('uploadUppy')),
    ...peerNames.map((peer) => contestant(peerLabels[peer], () => ask('uploadPeer', peer))),
  ];
  const slowNotes = [
    'plaintext, parts of 5 MiB, no checksum',
    'plaintext, no checksum',
    'plaintext, parts of 5 MiB, one after the other, no checksum',
    ...peerNames.map((peer) => peerNotes[peer]),
  ];

  const seconds = await interleave([plain, ours, engine], rounds, progress);
  const slowSeconds = await interleave(slow, Math.min(rounds, slowRounds), progress, 0);
  const row = ({ name }: Contestant, note?: string) =>
    speedRow(name, bytes, seconds.get(name) ?? slowSeconds.get(name) ?? [], note);
  const plainRow = row(plain, 'File.slice bodies, 8 MiB, 4 in flight, our request path, no checksum');
  const ownRow = row(ours);
  const engineRow = row(engine, unsealed.note);
  return [
    plainRow,
    compared(ownRow, plainRow, goal),
    compared(engineRow, plainRow),
    compared({ ...ownRow, name: `${ownRow.name} beside ${unsealed.label}` }, engineRow),
    ...slow.map((one, index) => compared(row(one, slowNotes[index]), plainRow)),
    ...(canLookInside ? [plain, ours].flatMap(({ name }) => costRows(name, bytes, costs.get(name))) : []),
  ];
}

/** Processor seconds a GiB, by kind of process. The first run warmed up. */
function costRows(name: string, bytes: number, runs: readonly ReadonlyMap<string, number>[] = []): Row[] {
  const kinds = new Set(runs.flatMap((run) => [...run.keys()]));
  const measured = runs.slice(1);
  return [...kinds]
    .map((kind) => ({
      name: `${name}, processor time: ${kind}`,
      value: (median(measured.map((run) => run.get(kind) ?? 0)) / bytes) * GiB,
      unit: 's/GiB',
    }))
    .filter(({ value }) => value >= 0.05);
}
