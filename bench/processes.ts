/** What Linux tells of a process; undefined elsewhere. */
import { existsSync, readFileSync } from 'node:fs';

const pageBytes = 4096;
const ticksPerSecond = 100;

export const canLookInside = process.platform === 'linux' && existsSync('/proc/self/statm');

/** Seconds of processor time so far, user and system; 0 for a process that is gone. */
export function processorSeconds(pid: number): number {
  const text = read(pid, 'stat');
  // The command's name, in brackets, may have spaces in it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [Number(fields[11] ?? 0), Number(fields[12] ?? 0)];
  return (userTicks + systemTicks) / ticksPerSecond;
}

/** Bytes in memory, shared ones included; 0 for a process that is gone. */
export function residentBytes(pid: number): number {
  return Number(read(pid, 'statm').split(' ')[1] ?? 0) * pageBytes;
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
