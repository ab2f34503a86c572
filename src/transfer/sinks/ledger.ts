import type { Origin, StagedRange } from './sink.ts';

/*
 * What lies in a staged file, line by line: first its origin, then each range once it has been written. A line that
 * a dying page has left half is none. Nothing here is believed: a range counts only if it has its MAC.
 */

export interface FoundLedger {
  readonly origin: Origin;
  readonly ranges: readonly StagedRange[];
}

const version = 1;
const suffix = '.ledger';

export function ledgerNameOf(stagedName: string): string {
  return stagedName + suffix;
}

/** Undefined where it is no ledger's name. */
export function stagedNameOf(ledgerName: string): string | undefined {
  return ledgerName.endsWith(suffix) ? ledgerName.slice(0, -suffix.length) : undefined;
}

export function originLine(origin: Origin): string {
  return `${JSON.stringify({ version, ...origin })}\n`;
}

/** With a line's end before it as well, which ends what may have been left half. */
export function rangeLine({ object, start, end, mac }: StagedRange): string {
  return `\n${JSON.stringify([object, start, end, mac])}\n`;
}

/** Undefined where nothing can be made of it. */
export function parseLedger(text: string): FoundLedger | undefined {
  const [first = '', ...lines] = text.split('\n');
  const origin = originOf(parseLine(first));
  if (!origin) return undefined;
  const ranges = lines.flatMap((line) => rangeOf(parseLine(line), origin.keys.length) ?? []);
  return { origin, ranges };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function originOf(value: unknown): Origin | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { version: found, size, archive, keys } = value as Record<string, unknown>;
  const valid =
    found === version &&
    isCount(size) &&
    typeof archive === 'boolean' &&
    Array.isArray(keys) &&
    keys.length > 0 &&
    keys.every((key) => typeof key === 'string');
  if (!valid) return undefined;
  return { size, archive, keys };
}

function rangeOf(value: unknown, objects: number): StagedRange | undefined {
  if (!Array.isArray(value)) return undefined;
  const [object, start, end, mac] = value as unknown[];
  const valid =
    isCount(object) && object < objects && isCount(start) && isCount(end) && typeof mac === 'string';
  return valid ? { object, start, end, mac } : undefined;
}
