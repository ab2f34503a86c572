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
      const { plain: browserOwn, unopened, own } = waysToDisk(browser);
      const ways: readonly Way[] = [
        ...[browserOwn, ...unopened, ...own],
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

/** Of ours first what Chromium does unless it is told otherwise. */
export function waysToDisk(browser: BenchBrowser): {
  readonly plain: Way;
  /** What a page takes that opens nothing. */
  readonly unopened: readonly Way[];
  readonly own: readonly Way[];
} {
  const toNamed = 'to the file that the person names';
  const staged = 'staged on disk';
  const inPlace = "a file in the origin's own storage stands in";
  const notOpened = 'fetched and written as ours, neither opened nor verified';
  return {
    plain: {
      label: "plaintext, the browser's own",
      run: (ask) => untilSaved(browser, () => ask('downloadPlain')),
    },
    unopened: [
      {
        label: `plaintext by our engine, ${toNamed}`,
        note: `${notOpened}; ${inPlace}`,
        run: (ask) => ask('downloadUnopened', 'file-system-access'),
      },
      {
        label: `plaintext by our engine, ${staged}`,
        note: notOpened,
        run: (ask) => untilSaved(browser, () => ask('downloadUnopened', 'staging')),
      },
    ],
    own: [
      {
        label: `ours, ${toNamed}`,
        note: inPlace,
        run: (ask) => ask('downloadOurs', 'file-system-access'),
      },
      {
        label: `ours, ${staged}`,
        run: (ask) => untilSaved(browser, () => ask('downloadOurs', 'staging')),
      },
    ],
  };
}

/** Seconds until the browser has written the file. */
async function untilSaved(browser: BenchBrowser, begin: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await Promise.all([browser.nextDownload(), begin()]);
  return (performance.now() - start) / 1000;
}
