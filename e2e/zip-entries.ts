import { crc32 } from 'node:zlib';
import { expect } from '@playwright/test';
import { sha256 } from './steps.ts';

/** Entries as their central directory tells of them, their bytes (by digest) checked against their CRCs. */
export function entriesOf(zip: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x06054b50);
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    expect(zip.readUInt32LE(at)).toBe(0x02014b50);
    const [size, nameLength] = [zip.readUInt32LE(at + 24), zip.readUInt16LE(at + 28)];
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const local = zip.readUInt32LE(at + 42);
    const dataAt = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const content = zip.subarray(dataAt, dataAt + size);
    expect(crc32(content)).toBe(zip.readUInt32LE(at + 16));
    found[name] = sha256(content);
    at += 46 + nameLength + zip.readUInt16LE(at + 30);
  }
  expect(at).toBe(end);
  return found;
}
