import { type BenchBrowser, type BrowserOptions, openBrowser } from './browser.ts';
import { type BenchCloud, startCloud } from './cloud.ts';
import { type BenchFile, makeFile } from './files.ts';
import { processorSeconds } from './processes.ts';

/** A local cloud, a browser whose page is its guest, and a file picked there. */
export interface Rig {
  readonly browser: BenchBrowser;
  readonly cloud: BenchCloud;
  /** Picks a new file in the page's input in place of the one before. */
  pick(bytes: number, content: 'random' | 'sparse'): Promise<void>;
  /** Processes by what they are: `browser`, `renderer`, `network`, ..., `cloud`. */
  processes(): Promise<ReadonlyMap<string, readonly number[]>>;
  /** Processor seconds of each kind of process so far. */
  processorSeconds(): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

export interface RigOptions {
  readonly origin: string;
  /** A line in front of the cloud: given its port, resolves with the port to use. */
  readonly line?: (port: number) => Promise<number>;
}

export async function setUp({ origin, line }: RigOptions): Promise<Rig> {
  const undo: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const cloud = await startCloud(origin);
    undo.push(() => cloud.close());
    const browser = await openBrowser(origin, line ? await redirection(cloud, line) : {});
    undo.push(() => browser.close());
    await browser.ask('connect', cloud.info);
    let file: BenchFile | undefined;
    undo.push(async () => file?.remove());

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
      async pick(bytes, content) {
        await file?.remove();
        file = await makeFile(bytes, content);
        await browser.pick(file.path);
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

async function redirection(
  { info }: BenchCloud,
  line: (port: number) => Promise<number>,
): Promise<BrowserOptions> {
  const from = Number(new URL(info.endpoint).port);
  return { redirect: { from, to: await line(from) } };
}
