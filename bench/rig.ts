import { type BenchBrowser, openBrowser } from './browser.ts';
import { type BenchCloud, startCloud } from './cloud.ts';
import { type BenchFiles, makeFiles } from './files.ts';
import { processorSeconds } from './processes.ts';

/** A local cloud, a browser whose page is its guest, and a file picked there. */
export interface Rig {
  readonly browser: BenchBrowser;
  readonly cloud: BenchCloud;
  /** Picks new files of so many bytes in the page's input in place of those before; one unless `count` says more. */
  pick(bytes: number, content: 'random' | 'sparse', count?: number): Promise<void>;
  /** Lets the page die and opens it anew: as the same guest, with the same files picked again. */
  crash(): Promise<void>;
  /** Processes by what they are: `browser`, `renderer`, `network`, ..., `cloud`. */
  processes(): Promise<ReadonlyMap<string, readonly number[]>>;
  /** Processor seconds of each kind of process so far. */
  processorSeconds(): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

export interface RigOptions {
  readonly origin: string;
  /** What bodies reach the cloud at; as fast as it goes unless given. */
  readonly bytesPerSecond?: number;
}

export async function setUp({ origin, bytesPerSecond }: RigOptions): Promise<Rig> {
  const undo: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const cloud = await startCloud(origin, bytesPerSecond);
    undo.push(() => cloud.close());
    const browser = await openBrowser(origin);
    undo.push(() => browser.close());
    const guest = await browser.ask('connect', cloud.info);
    let files: BenchFiles | undefined;
    undo.push(async () => files?.remove());

    async function processes(): Promise<ReadonlyMap<string, readonly number[]>> {
      const kinds = new Map<string, number[]>([['cloud', [cloud.pid]]]);
      for (const { id, type } of await browser.processes()) {
        kinds.set(type, [...(kinds.get(type) ?? []), id]);
      }
      return kinds;
    }

    return {
      browser,
      cloud,
      async pick(bytes, content, count) {
        await files?.remove();
        files = await makeFiles(bytes, content, count);
        await browser.pick(files.paths);
      },
      async crash() {
        await browser.crash();
        await browser.ask('connect', cloud.info, guest);
        await browser.pick(files?.paths ?? []);
      },
      processes,
      async processorSeconds() {
        const kinds = await processes();
        return new Map(
          [...kinds].map(([kind, pids]) => [kind, pids.reduce((sum, pid) => sum + processorSeconds(pid), 0)]),
        );
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
