import { openBrowser } from '../browser.ts';
import { type Contestant, compared, interleave, speedRow } from '../measure.ts';
import { peerNames } from '../page/bench.ts';
import type { Group, Settings } from './group.ts';
import { peerLabels, peerNotes } from './peer-names.ts';

const KiB = 1024;
const MiB = 1024 ** 2;
const inFlights = [1, 2, 4, 8];
const finalists = 3;
/** Rounds that the slow ones take part in. */
const peerRounds = 3;

export const sealing: Group = {
  name: 'sealing',
  async run(settings) {
    const { bytes, rounds, origin, progress } = settings;
    const { ask, close } = await openBrowser(origin);
    try {
      await ask('prepareMemory', bytes);
      const raw = await sweep(settings, (chunk, inFlight) => ask('sealRaw', chunk, inFlight));
      const ours: Contestant = { name: 'sealing: ours', run: () => ask('sealOurs') };
      const opening: Contestant = { name: 'opening: ours', run: () => ask('openOurs') };
      const peers = peerNames.map((peer) => ({
        name: `sealing: ${peerLabels[peer]}`,
        run: () => ask('sealPeer', peer),
      }));
      const seconds = await interleave([...raw, ours, opening], rounds, progress);
      const slow = await interleave(peers, Math.min(rounds, peerRounds), progress, 0);

      const row = (name: string, note?: string) =>
        speedRow(name, bytes, seconds.get(name) ?? slow.get(name) ?? [], note);
      const [best, ...others] = raw.map(({ name }) => row(name)).sort((a, b) => b.value - a.value);
      if (!best) throw new Error('nothing was measured');
      return [
        best,
        ...others.map((other) => compared(other, best)),
        compared(row(ours.name), best, { of: 'ratio', bound: 'at least', limit: 0.9 }),
        compared(row(opening.name), best),
        ...peerNames.map((peer) => compared(row(`sealing: ${peerLabels[peer]}`, peerNotes[peer]), best)),
      ];
    } finally {
      await close();
    }
  },
};

/** Every configuration of raw WebCrypto, briefly; the fastest ones go on to be measured beside the others. */
async function sweep(
  { bytes, progress }: Settings,
  run: (chunkBytes: number, inFlight: number) => Promise<number>,
): Promise<Contestant[]> {
  const chunks = [64 * KiB, 128 * KiB, 256 * KiB, 512 * KiB, MiB, 4 * MiB].filter((chunk) => chunk < bytes);
  const configurations = [
    ...chunks.flatMap((chunk) => inFlights.map((inFlight) => ({ chunk, inFlight }))),
    { chunk: bytes, inFlight: 1 },
  ];
  const results = [];
  for (const { chunk, inFlight } of configurations) {
    const name = `raw AES-GCM, ${formatSize(chunk)} x ${inFlight}`;
    progress(`sweep: ${name}`);
    const contestant: Contestant = { name, run: () => run(chunk, inFlight) };
    const first = await contestant.run();
    results.push({ contestant, seconds: Math.min(first, await contestant.run()) });
  }
  results.sort((a, b) => a.seconds - b.seconds);
  return results.slice(0, finalists).map(({ contestant }) => contestant);
}

function formatSize(bytes: number): string {
  return bytes >= MiB ? `${bytes / MiB} MiB` : `${bytes / KiB} KiB`;
}
