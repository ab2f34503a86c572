import { residentBytes } from './processes.ts';
import type { Rig } from './rig.ts';

/** Bytes above what was in memory at rest, of all processes of a kind together. */
export interface Peaks {
  readonly renderer: number;
  readonly browser: number;
}

/** Runs something and resolves with the most that was in memory meanwhile. */
export type Watch = (run: () => Promise<unknown>) => Promise<Peaks>;

const samplePause = 50;
/** Milliseconds in which what was used before is given back. */
const restPause = 2000;

/** Notes what is in memory at rest, now. */
export async function atRest(rig: Rig): Promise<Watch> {
  const processes = await rig.processes();
  const resident = (kind: string) =>
    (processes.get(kind) ?? []).reduce((sum, pid) => sum + residentBytes(pid), 0);
  await new Promise((resolve) => setTimeout(resolve, restPause));
  const rest = { renderer: resident('renderer'), browser: resident('browser') };
  return async (run) => {
    const peak = { ...rest };
    const look = () => {
      peak.renderer = Math.max(peak.renderer, resident('renderer'));
      peak.browser = Math.max(peak.browser, resident('browser'));
    };
    const timer = setInterval(look, samplePause);
    try {
      await run();
    } finally {
      clearInterval(timer);
    }
    return { renderer: peak.renderer - rest.renderer, browser: peak.browser - rest.browser };
  };
}
