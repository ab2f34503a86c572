import type { Page } from '@playwright/test';
import type { Row } from '../measure.ts';
import type { Bench } from '../page/bench.ts';

export interface Settings {
  /** Bytes that the measurements of speed move. */
  readonly bytes: number;
  readonly rounds: number;
  /** Bytes of the files whose memory is measured. */
  readonly largeFiles: readonly [number, number];
  /** Where the bench's page is served. */
  readonly origin: string;
  progress(text: string): void;
}

/** Some rows that belong together and are measured side by side. */
export interface Group {
  readonly name: string;
  run(settings: Settings): Promise<readonly Row[]>;
}

/** Calls what the page offers. */
export function ask<Name extends keyof Bench>(
  page: Page,
  name: Name,
  ...args: Parameters<Bench[Name]>
): Promise<Awaited<ReturnType<Bench[Name]>>> {
  const call: { readonly name: string; readonly args: readonly unknown[] } = { name, args };
  return page.evaluate(
    ({ name, args }) =>
      (globalThis as unknown as { bench: Record<string, (...args: unknown[]) => unknown> }).bench[name]?.(
        ...args,
      ),
    call,
  ) as Promise<Awaited<ReturnType<Bench[Name]>>>;
}
