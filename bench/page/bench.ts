/** What the page offers to `run.ts`, as `globalThis.bench`. Seconds are of the work alone, warm-up left out. */
export interface Bench {
  /** Draws so many random bytes for the measurements in memory. */
  prepareMemory(bytes: number): Promise<void>;
  sealRaw(chunkBytes: number, inFlight: number): Promise<number>;
  sealOurs(): Promise<number>;
  openOurs(): Promise<number>;
  /** One of `peerNames`. */
  sealPeer(peer: PeerName): Promise<number>;
}

export const peerNames = ['client-browser', 'secretstream', 'age'] as const;
export type PeerName = (typeof peerNames)[number];
