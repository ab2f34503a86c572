import type { PeerName } from '../page/bench.ts';

export const peerLabels: Readonly<Record<PeerName, string>> = {
  'client-browser': '@aws-crypto/client-browser',
  secretstream: 'libsodium secretstream',
  age: 'age-encryption',
};

export const peerNotes: Readonly<Record<PeerName, string>> = {
  'client-browser': 'whole message only, frames of 1 MiB, suite 0478',
  secretstream: 'messages of 4 MiB, on the main thread',
  age: 'on the main thread',
};

/** What of ours costs time, and is not encryption. */
export const unsealed = {
  label: 'plaintext by our engine',
  note: 'read, digested, sent and repeated as ours, with a SHA-256 of each part, neither sealed nor on record',
};
