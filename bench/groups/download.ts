import type { BenchBrowser } from '../browser.ts';
import { type Contestant, compared, interleave, speedRow } from '../measure.ts';
import { setUp } from '../rig.ts';
import type { Way } from './fresh.ts';
import type { Group } from './group.ts';

/** From the start to the file in the person's downloads; verified, where it is ours. */
export const download: Group = {
  name: 'download',
  async run({ bytes, rounds, origin, progress }) {
    const rig = await setUp({ origin });
    try {
      const { browser } = rig;
      const { ask } = browser;
      await rig.pick(bytes, 'random');
      await ask('storeForDownload');
      const ways: readonly Way[] = [
        ...waysToDisk(browser),
        {
          label: 'ours, in memory',
          run: () => untilSaved(browser, () => ask('downloadOurs', 'memory')),
        },
        { label: 'plaintext, fetched into memory', run: () => ask('fetchPlain') },
      ];
      const nameOf = ({ label }: Way) => `download: ${label}`;
      const contestants = ways.map((way): Contestant => ({ name: nameOf(way), run: () => way.run(ask) }));
      const seconds = await interleave(contestants, rounds, progress);
      const [plain, ...others] = ways.map((way) =>
        speedRow(nameOf(way), bytes, seconds.get(nameOf(way)) ?? [], way.note),
      );
      if (!plain) throw new Error('nothing was measured');
      return [plain, ...others.map((row) => compared(row, plain))];
    } finally {
      await rig.close();
    }
  },
};

/** The browser's own first; then ours, and of these first what Chromium does unless it is told otherwise. */
export function waysToDisk(browser: BenchBrowser): readonly Way[] {
  return [
    {
      label: "plaintext, the browser's own",
      run: (ask) => untilSaved(browser, () => ask('downloadPlain')),
    },
    {
      label: 'ours, to the file that the person names',
      note: "a file in the origin's own storage stands in",
      run: (ask) => ask('downloadOurs', 'file-system-access'),
    },
    {
      label: 'ours, staged on disk',
      run: (ask) => untilSaved(browser, () => ask('downloadOurs', 'staging')),
    },
  ];
}

/** Seconds until the browser has written the file. */
async function untilSaved(browser: BenchBrowser, begin: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await Promise.all([browser.nextDownload(), begin()]);
  return (performance.now() - start) / 1000;
}
