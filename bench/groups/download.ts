import type { BenchBrowser } from '../browser.ts';
import { type Contestant, compared, interleave, speedRow } from '../measure.ts';
import { setUp } from '../rig.ts';
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
      const delivered = (label: string, start: () => Promise<unknown>): Contestant => ({
        name: `download: ${label}`,
        run: () => untilSaved(browser, start),
      });
      const contestants = [
        delivered("plaintext, the browser's own", () => ask('downloadPlain')),
        {
          name: `download: ${named.label}`,
          run: () => ask('downloadOurs', 'file-system-access'),
        },
        delivered('ours, staged on disk', () => ask('downloadOurs', 'staging')),
        delivered('ours, in memory', () => ask('downloadOurs', 'memory')),
        { name: 'download: plaintext, fetched into memory', run: () => ask('fetchPlain') },
      ];
      const seconds = await interleave(contestants, rounds, progress);
      const [plain, ...others] = contestants.map(({ name }) =>
        speedRow(name, bytes, seconds.get(name) ?? []),
      );
      if (!plain) throw new Error('nothing was measured');
      return [plain, ...others.map((row) => compared(row, plain))];
    } finally {
      await rig.close();
    }
  },
};

/** What Chromium does unless it is told otherwise. */
export const named = {
  label: 'ours, to the file that the person names',
  note: "a file in the origin's own storage stands in",
};

/** Seconds until the browser has written the file. */
export async function untilSaved(browser: BenchBrowser, begin: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await Promise.all([browser.nextDownload(), begin()]);
  return (performance.now() - start) / 1000;
}
