import type { BenchBrowser } from '../browser.ts';
import { atRest, type Peaks } from '../peaks.ts';
import { type Rig, type RigOptions, setUp } from '../rig.ts';

/** One way of doing the work that is measured. */
export interface Way {
  readonly label: string;
  /** What a reader must know to judge it. */
  readonly note?: string;
  /** Resolves with its seconds. */
  run(ask: BenchBrowser['ask']): Promise<number>;
}

/** What a run was, beside its seconds. */
export interface Seen {
  readonly peaks: Peaks;
  /** Milliseconds of the page's longest task, 0 where none was above 50. */
  readonly longest: number;
}

/**
 * Runs it in a browser and with a cloud of its own: nobody's memory is another's, and no disk holds more than one
 * run's. Warm, but what is above rest is above a page that has done nothing yet.
 * @param pick picks the files of the warm-up and then those that count
 */
export async function runFresh(
  way: Way,
  options: RigOptions,
  pick: (rig: Rig, warmUp: boolean) => Promise<void>,
): Promise<Seen & { readonly seconds: number }> {
  const rig = await setUp(options);
  try {
    const { ask } = rig.browser;
    const watch = await atRest(rig);
    await pick(rig, true);
    await way.run(ask);
    await pick(rig, false);
    await ask('watchLongTasks');
    let seconds = 0;
    const peaks = await watch(async () => {
      seconds = await way.run(ask);
    });
    return { seconds, peaks, longest: await ask('longestTask') };
  } finally {
    await rig.close();
  }
}
