/** What the two commands share. */
import { fileURLToPath } from 'node:url';
import type { Cloud } from './cloud.ts';

/** `.local/` of the project. */
export const dataDirectory = fileURLToPath(new URL('../.local', import.meta.url));

/** @throws Error unless it is a port number, 0 for any that is free */
export function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`Not a port: ${text}`);
  return port;
}

/** Ctrl+C and `kill` let running requests finish; a second one does not wait. */
export function stopOnSignal(cloud: Cloud): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void cloud.close().then(() => process.exit(0));
    });
  }
}
