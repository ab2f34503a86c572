import type { Page } from '@playwright/test';
import { type Contestant, compared, interleave, speedRow } from '../measure.ts';
import { setUp } from '../rig.ts';
import { ask, type Group } from './group.ts';

/** From the start to the file in the person's downloads; verified, where it is ours. */
export const download: Group = {
  name: 'download',
  async run({ bytes, rounds, origin, progress }) {
    const rig = await setUp({ origin });
    try {
      const { page } = rig;
      await rig.pick(bytes, 'random');
      await ask(page, 'storeForDownload');
      const delivered = (label: string, start: () => Promise<unknown>): Contestant => ({
        name: `download: ${label}`,
        run: () => untilSaved(page, start),
      });
      const contestants = [
        delivered("plaintext, the browser's own", () => ask(page, 'downloadPlain')),
        delivered('ours, staged on disk', () => ask(page, 'downloadOurs', 'staging')),
        delivered('ours, in memory', () => ask(page, 'downloadOurs', 'memory')),
        { name: 'download: plaintext, fetched into memory', run: () => ask(page, 'fetchPlain') },
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

/** Seconds until the browser has written the file. */
async function untilSaved(page: Page, begin: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  const [saved] = await Promise.all([page.waitForEvent('download'), begin()]);
  await saved.path();
  const seconds = (performance.now() - start) / 1000;
  await saved.delete();
  return seconds;
}
