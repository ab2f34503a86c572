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

/**
 * Ctrl+C and `kill` let running requests finish; a second one does not wait. The shell that npm puts between
 * itself and a script dies of a signal without passing it on: under npm, an end of the parent is one as well.
 */
export function stopOnSignal(cloud: Cloud): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) stop();
  }, 500);
  if (process.env['npm_lifecycle_event'] === undefined) clearInterval(watch);
  const stop = () => {
    clearInterval(watch);
    process.off('SIGINT', stop).off('SIGTERM', stop);
    void cloud.close().then(() => process.exit(0));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
}
