/** Speed over the last few seconds, in bytes per second, from the running total of bytes. */
export interface SpeedMeter {
  update(totalBytes: number): void;
  /** Undefined until there is enough to say something true. */
  speed(): number | undefined;
}

const windowMilliseconds = 5000;
const leastMilliseconds = 700;

export function createSpeedMeter(now: () => number = () => performance.now()): SpeedMeter {
  const samples: { readonly at: number; readonly total: number }[] = [];
  return {
    update(total) {
      const at = now();
      samples.push({ at, total });
      while (samples.length > 2 && at - (samples[0]?.at ?? at) > windowMilliseconds) samples.shift();
    },
    speed() {
      const first = samples[0];
      const last = samples.at(-1);
      if (!first || !last) return undefined;
      const elapsed = now() - first.at;
      if (elapsed < leastMilliseconds) return undefined;
      // A request that is repeated takes its bytes back.
      return Math.max(0, (last.total - first.total) / (elapsed / 1000));
    },
  };
}

/** What a row shows of a transfer that has moved so many bytes of so many. */
export interface Progress {
  readonly progress: number;
  readonly speed?: number;
  readonly secondsLeft?: number;
}

/**
 * What there is of the progress without the confirmation: by S3 that an object is stored, by the verification that a
 * file may be delivered.
 */
export const unconfirmed = 0.99;

export function progressOf(meter: SpeedMeter, bytes: number, total: number): Progress {
  meter.update(bytes);
  const speed = meter.speed();
  const progress = unconfirmed * (total === 0 ? 1 : bytes / total);
  if (speed === undefined) return { progress };
  return { progress, speed, ...(speed > 0 && { secondsLeft: (total - bytes) / speed }) };
}
