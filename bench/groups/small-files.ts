import { compared, interleave, median, type Row } from '../measure.ts';
import { runFresh, type Way } from './fresh.ts';
import type { Group } from './group.ts';

const KiB = 1024;
const fileBytes = 4 * KiB;
const mostRounds = 2;
const warmUpFiles = 50;

const ways: readonly Way[] = [
  {
    label: 'plaintext',
    note: "the SDK's PUT of each, as many in flight, our request path, no checksum",
    run: (ask) => ask('putFiles'),
  },
  { label: 'ours', run: (ask) => ask('storeFiles', true) },
  { label: 'ours without a journal', run: (ask) => ask('storeFiles', false) },
];

/** Thousands of files at once, where what each one costs counts and no byte does. */
export const smallFiles: Group = {
  name: 'small files',
  async run({ smallFiles: count, rounds, origin, progress }) {
    const title = `${count} files of ${fileBytes / KiB} KiB`;
    const longest: number[] = [];
    const contestants = ways.map((way) => ({
      name: `${title}: ${way.label}`,
      async run() {
        const seen = await runFresh(way, { origin }, (rig, warmUp) =>
          rig.pick(fileBytes, 'random', warmUp ? warmUpFiles : count),
        );
        if (way.label === 'ours') longest.push(seen.longest);
        return seen.seconds;
      },
    }));
    const seconds = await interleave(contestants, Math.min(rounds, mostRounds), progress, 0);
    const [plain, ...others] = contestants.map(({ name }, index): Row => {
      const rates = (seconds.get(name) ?? []).map((one) => count / one);
      const spread = `${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}`;
      const note = ways[index]?.note;
      return { name, value: median(rates), unit: 'files/s', note: note ? `${spread}; ${note}` : spread };
    });
    if (!plain) throw new Error('nothing was measured');
    return [
      plain,
      ...others.map((row) => compared(row, plain)),
      {
        name: `${title}: ours: longest task of the page`,
        value: Math.max(...longest),
        unit: 'ms',
        note: '0: none was above 50 ms',
      },
    ];
  },
};
