import type { BenchBrowser } from '../browser.ts';
import type { Goal, Row } from '../measure.ts';
import { atRest } from '../peaks.ts';
import { canLookInside } from '../processes.ts';
import { setUp } from '../rig.ts';
import type { Group } from './group.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
const limit = 250;
/** The larger file may need this much more than the smaller one: what two runs of the same file differ by. */
const tolerance = 1.1;

/** The renderer's memory while files go up and down that are far larger than it may be. */
export const memory: Group = {
  name: 'memory',
  async run({ largeFiles, origin, progress }) {
    if (!canLookInside) {
      console.error('memory: not measured, it takes Linux and its /proc');
      return [];
    }
    const rows: Row[] = [];
    const ofSmaller = new Map<string, Row>();
    for (const bytes of largeFiles) {
      const size = `${(bytes / GiB).toFixed(bytes < GiB ? 2 : 0)} GiB`;
      const rig = await setUp({ origin });
      try {
        await rig.pick(bytes, 'sparse');
        await rig.browser.ask('watchLongTasks');
        for (const [kind, run] of [
          ['upload', () => rig.browser.ask('storeForDownload')],
          ['download', () => downloadOnce(rig.browser)],
        ] as const) {
          progress(`memory: ${kind} of ${size}`);
          const watch = await atRest(rig);
          const start = performance.now();
          const peaks = await watch(run);
          const seconds = (performance.now() - start) / 1000;
          const longest = await rig.browser.ask('longestTask');
          const name = `${kind} of ${size}`;
          const smaller = ofSmaller.get(kind);
          const renderer = {
            name: `${name}: renderer's memory above idle`,
            value: peaks.renderer / MiB,
            unit: 'MiB',
          };
          rows.push(
            smaller
              ? {
                  ...renderer,
                  ratioTo: smaller.name,
                  ratio: renderer.value / smaller.value,
                  goal: atMost('ratio', tolerance),
                }
              : { ...renderer, goal: atMost('value', limit) },
            { name: `${name}: browser's memory above idle`, value: peaks.browser / MiB, unit: 'MiB' },
            { name: `${name}: speed`, value: bytes / seconds / 1e6, unit: 'MB/s' },
            {
              name: `${name}: longest task of the page`,
              value: longest,
              unit: 'ms',
              goal: atMost('value', 50),
              note: '0: none was above 50 ms',
            },
          );
          if (!smaller) ofSmaller.set(kind, renderer);
        }
      } finally {
        await rig.close();
      }
    }
    return rows;
  },
};

async function downloadOnce(browser: BenchBrowser): Promise<void> {
  await Promise.all([browser.nextDownload(), browser.ask('downloadOurs', 'staging')]);
}

function atMost(of: Goal['of'], limit: number): Goal {
  return { of, bound: 'at most', limit };
}
