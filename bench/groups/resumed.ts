import type { Row } from '../measure.ts';
import { type Rig, setUp } from '../rig.ts';
import type { Group } from './group.ts';

const MiB = 1024 ** 2;
const partBytes = 8 * MiB;
/** Parts of one file on their way at once, each sent by a worker of its own. */
const workers = 4;
/** How far the upload has come when its page dies. */
const deaths = [0.25, 0.5, 0.75];

/** What an upload whose page dies sends twice. */
export const resumed: Group = {
  name: 'resumed upload',
  async run({ resumedBytes, origin, progress }) {
    const parts = Math.ceil(resumedBytes / partBytes);
    const twice: number[] = [];
    for (const share of deaths) {
      const rig = await setUp({ origin });
      try {
        progress(`resumed upload: the page dies at ${100 * share} %`);
        await rig.pick(resumedBytes, 'random');
        twice.push((await partsSent(rig, Math.max(1, Math.floor(share * parts)))) - parts);
      } finally {
        await rig.close();
      }
    }
    const row: Row = {
      name: `resumed upload of ${resumedBytes / MiB} MiB: parts sent twice, by each worker`,
      value: Math.max(...twice) / workers,
      unit: 'parts',
      goal: { of: 'value', bound: 'at most', limit: 1 },
      note: `of ${parts}, the page dead at 25, 50 and 75 %: ${twice.join(', ')} by ${workers} workers`,
    };
    return [row];
  },
};

/** By two pages; the first one dies when it sends the part of this number. */
async function partsSent(rig: Rig, last: number): Promise<number> {
  let sent = 0;
  const reached = new Promise<void>((resolve) => {
    rig.browser.onTold(() => {
      if (++sent === last) resolve();
    });
  });
  const failed = rig.browser.ask('beginUpload').then(
    () => Promise.reject(new Error('the upload was done before its page died')),
    // As it dies; before that, it has failed.
    (error: unknown) => (sent < last ? Promise.reject(error) : undefined),
  );
  await Promise.race([reached, failed]);
  failed.catch(() => {});
  await rig.crash();
  await rig.browser.ask('resumeUpload');
  return sent;
}
