/** Sealing and opening of both formats, in Node and in Chromium, beside AWS's own clients for JavaScript. */
import { createCipheriv, randomBytes } from 'node:crypto';
import { openBrowser } from '../browser.ts';
import { type Contestant, compared, interleave, type Row, speedRow } from '../measure.ts';
import { createFormats, type Formats, type Written } from '../page/formats.ts';
import { createMessagePeer, type MessagePeer } from '../page/peers/message-peer.ts';
import type { Group, Settings } from './group.ts';

const KiB = 1024;
const MiB = 1024 ** 2;
/** client-browser has no stack for more frames of 4 KiB than some 240 MiB have. */
const mostBytes = 32 * MiB;
const mostRounds = 3;

const s3ec: Written = {};
const messages: readonly Written[] = [4 * KiB, MiB].flatMap((frameLength) =>
  (['0478', '0578'] as const).map((suite) => ({ suite, frameLength })),
);
const all = [s3ec, ...messages];

interface Place {
  readonly name: string;
  readonly peerName: string;
  readonly formats: Formats;
  readonly peer: MessagePeer;
  /** What else there is to compare with. */
  readonly others: readonly Contestant[];
}

export const formats: Group = {
  name: 'formats',
  async run(settings) {
    const bytes = Math.min(settings.bytes, mostBytes);
    const inNode = await measure(await nodeOf(bytes), bytes, settings);
    const { ask, close } = await openBrowser(settings.origin);
    try {
      await ask('prepareFormats', bytes);
      const page: Place = {
        name: 'Chromium',
        peerName: 'client-browser',
        formats: {
          raw: (chunkBytes, inFlight) => ask('rawFrames', chunkBytes, inFlight),
          seal: (written) => ask('sealFormat', written),
          open: (written) => ask('openFormat', written),
        },
        peer: {
          seal: (written) => ask('sealPeerMessage', written),
          open: (written) => ask('openPeerMessage', written),
        },
        others: [],
      };
      return [...inNode, ...(await measure(page, bytes, settings))];
    } finally {
      await close();
    }
  },
};

async function nodeOf(bytes: number): Promise<Place> {
  const plaintext = new Uint8Array(bytes);
  for (let start = 0; start < bytes; start += MiB)
    plaintext.set(randomBytes(Math.min(MiB, bytes - start)), start);
  const { load } = await import('../node/client-node.ts');
  return {
    name: 'Node',
    peerName: 'client-node',
    formats: createFormats(plaintext),
    peer: createMessagePeer(plaintext, load()),
    others: [{ name: 'Node: raw node:crypto, 64 KiB at a time', run: async () => cipherOnce(plaintext) }],
  };
}

/** One message by Node's own cipher, results dropped. */
function cipherOnce(plaintext: Uint8Array): number {
  const start = performance.now();
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12));
  for (let at = 0; at < plaintext.length; at += 64 * KiB)
    cipher.update(plaintext.subarray(at, at + 64 * KiB));
  cipher.final();
  return (performance.now() - start) / 1000;
}

async function measure(place: Place, bytes: number, { rounds, progress }: Settings): Promise<readonly Row[]> {
  const { name: where, peerName, formats: ours, peer } = place;
  const raw = (chunkBytes: number, inFlight: number): Contestant => ({
    name: `${where}: raw WebCrypto, ${formatSize(chunkBytes)} x ${inFlight}`,
    run: () => ours.raw(chunkBytes, inFlight),
  });
  const best = raw(256 * KiB, 4);
  const byFrame = new Map([
    [4 * KiB, raw(4 * KiB, 8)],
    [MiB, raw(MiB, 4)],
  ]);
  const contestants = [
    best,
    ...byFrame.values(),
    ...place.others,
    ...all.flatMap((written) => [
      { name: `${where}: sealing ${nameOf(written)}: ours`, run: () => ours.seal(written) },
      { name: `${where}: opening ${nameOf(written)}: ours`, run: () => ours.open(written) },
    ]),
    ...messages.flatMap((written) => [
      { name: `${where}: sealing ${nameOf(written)}: ${peerName}`, run: () => peer.seal(written) },
      { name: `${where}: opening ${nameOf(written)}: ${peerName}`, run: () => peer.open(written) },
    ]),
  ];
  const seconds = await interleave(contestants, Math.min(rounds, mostRounds), progress);
  const row = (name: string) => speedRow(name, bytes, seconds.get(name) ?? []);
  const bestRow = row(best.name);
  const rows = [bestRow];
  for (const other of [...byFrame.values(), ...place.others]) rows.push(compared(row(other.name), bestRow));
  for (const written of all) {
    // What WebCrypto does with as many calls as there are frames.
    const limit = row(byFrame.get(written.frameLength ?? 0)?.name ?? best.name);
    for (const work of ['sealing', 'opening']) {
      const own = row(`${where}: ${work} ${nameOf(written)}: ours`);
      rows.push(compared(own, limit));
      if (!written.suite) continue;
      const other = row(`${where}: ${work} ${nameOf(written)}: ${peerName}`);
      rows.push(compared(other, limit));
      rows.push(compared({ ...own, name: `${own.name} beside ${peerName}` }, other));
    }
  }
  return rows;
}

function nameOf({ suite, frameLength }: Written): string {
  return suite && frameLength ? `ESDK ${suite}, ${formatSize(frameLength)}` : 'S3EC V3';
}

function formatSize(bytes: number): string {
  return bytes >= MiB ? `${bytes / MiB} MiB` : `${bytes / KiB} KiB`;
}
