import type { PeerName } from '../bench.ts';
import type { Peer } from './peer.ts';

/** Loaded when their turn comes. */
export const peers: Readonly<Record<PeerName, () => Promise<Peer>>> = {
  'client-browser': async () => (await import('./client-browser.ts')).load(),
  secretstream: async () => (await import('./secretstream.ts')).load(),
  age: async () => (await import('./age.ts')).load(),
};
