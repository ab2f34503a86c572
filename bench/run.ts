/**
 * `npm run bench`: measures sealing, both formats (also in Node), uploads, downloads, large files, many small ones,
 * memory and the first load in Chromium, beside what others do in the same place, and says which goals are reached.
 * Nothing here fails because a machine is slow.
 *
 *   --only REGEXP   only the groups whose name matches
 *   --quick         small sizes, one round: does it run at all?
 *   --sizes LIST    GiB of the files of `transfers`, such as 1,4,16; 1,4 unless given
 *   --files COUNT   of the files of `small files`; 10000 unless given
 *   --json FILE     the rows as a list of {name, value, unit, ratioTo, ratio}
 */
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { download } from './groups/download.ts';
import { firstLoad } from './groups/first-load.ts';
import { formats } from './groups/formats.ts';
import type { Group, Settings } from './groups/group.ts';
import { memory } from './groups/memory.ts';
import { resumed } from './groups/resumed.ts';
import { sealing } from './groups/sealing.ts';
import { smallFiles } from './groups/small-files.ts';
import { transfers } from './groups/transfers.ts';
import { paced, upload } from './groups/upload.ts';
import type { Row } from './measure.ts';
import { installPeers } from './peers.ts';
import { startSite } from './site.ts';
import { formatJson, formatTable } from './table.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
const groups: readonly Group[] = [
  sealing,
  formats,
  upload,
  paced,
  download,
  transfers,
  resumed,
  smallFiles,
  memory,
  firstLoad,
];

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    sizes: { type: 'string' },
    files: { type: 'string' },
    json: { type: 'string' },
  },
});
const wanted = new RegExp(values.only);
const chosen = groups.filter(({ name }) => wanted.test(name));
if (chosen.length === 0) {
  console.error(`No group matches. There are: ${groups.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}

const sizes = values.sizes?.split(',').map((size) => Math.round(Number(size) * GiB));
const files = values.files === undefined ? undefined : Number(values.files);
if (sizes?.some((size) => !(size > 0)) || (files !== undefined && !(Number.isInteger(files) && files > 0))) {
  console.error('--sizes takes numbers of GiB, such as 1,4,16; --files takes a number');
  process.exit(1);
}

installPeers();
const site = await startSite();
const settings: Settings = {
  origin: site.origin,
  progress,
  ...(values.quick
    ? {
        bytes: 32 * MiB,
        rounds: 1,
        largeFiles: [64 * MiB, 128 * MiB],
        transferSizes: sizes ?? [32 * MiB, 64 * MiB],
        smallFiles: files ?? 100,
        resumedBytes: 64 * MiB,
      }
    : {
        bytes: 256 * MiB,
        rounds: 5,
        largeFiles: [2 * GiB, 4 * GiB],
        transferSizes: sizes ?? [GiB, 4 * GiB],
        smallFiles: files ?? 10_000,
        resumedBytes: 300 * MiB,
      }),
};
console.log(
  `${cpus()[0]?.model.trim()} x ${cpus().length}, load ${loadavg()[0]?.toFixed(2)} before the start`,
);
const rows: Row[] = [];
try {
  for (const group of chosen) {
    try {
      rows.push(...(await group.run(settings)));
    } catch (error) {
      // What the others have measured, in minutes, is not lost with it.
      console.error(`${group.name}:`, error);
      process.exitCode = 1;
    }
  }
} finally {
  await site.close();
}
progress('');
console.log(formatTable(rows));
if (values.json) await writeFile(values.json, formatJson(rows));

/** One line on a terminal that says what is going on; nothing where the output is kept. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
