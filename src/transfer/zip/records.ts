import type { Bytes } from '../../core/bytes.ts';
import {
  centralHeaderBytes,
  centralZip64Bytes,
  type EntryPlace,
  endBytes,
  large,
  localHeaderBytes,
  localZip64Bytes,
  many,
  timeFieldBytes,
  type ZipLayout,
  zip64EndBytes,
  zip64LocatorBytes,
} from './layout.ts';

/** What is known of an entry once its bytes are here. */
export interface EntryFacts {
  readonly crc: number;
  readonly modified: Date;
}

/** Versions of the format that a reader needs: 2.0, for folders; 4.5, for ZIP64. */
const plain = 20;
const zip64 = 45;
/** "Made by" Unix, so that readers look for a mode. */
const unix = 3;
/** Bit 11: names are UTF-8. */
const utf8Flag = 1 << 11;
const stored = 0;

/** Of a file: rw-r--r--, of a folder: rwxr-xr-x; the folder's mark of DOS beside it. */
const fileAttributes = 0o100644 * 2 ** 16;
const folderAttributes = 0o040755 * 2 ** 16 + 0x10;

/** APPNOTE 4.3.7, with what it is followed by: name and extra fields. */
export function localHeader(place: EntryPlace, facts: EntryFacts): Bytes {
  const { nameBytes, size, largeSize } = place;
  const extra = timeFieldBytes + localZip64Bytes(place);
  const out = writer(localHeaderBytes + nameBytes.length + extra);
  out.u32(0x04034b50);
  common(out, place, facts, largeSize);
  out.u16(nameBytes.length);
  out.u16(extra);
  out.bytes(nameBytes);
  timeField(out, facts);
  if (largeSize) {
    out.u16(0x0001);
    out.u16(16);
    out.u64(size);
    out.u64(size);
  }
  return out.done();
}

/** APPNOTE 4.3.12. */
export function centralHeader(place: EntryPlace, facts: EntryFacts): Bytes {
  const { nameBytes, size, at, largeSize, largeOffset } = place;
  const zip64Bytes = centralZip64Bytes(place);
  const out = writer(centralHeaderBytes + nameBytes.length + timeFieldBytes + zip64Bytes);
  out.u32(0x02014b50);
  out.u16(unix * 256 + zip64);
  common(out, place, facts, zip64Bytes > 0);
  out.u16(nameBytes.length);
  out.u16(timeFieldBytes + zip64Bytes);
  out.u16(0); // bytes of the comment
  out.u16(0); // disk
  out.u16(0); // internal attributes
  out.u32(place.name.endsWith('/') ? folderAttributes : fileAttributes);
  out.u32(largeOffset ? large : at);
  out.bytes(nameBytes);
  timeField(out, facts);
  if (zip64Bytes > 0) {
    out.u16(0x0001);
    out.u16(zip64Bytes - 4);
    if (largeSize) {
      out.u64(size);
      out.u64(size);
    }
    if (largeOffset) out.u64(at);
  }
  return out.done();
}

/** APPNOTE 4.3.14 to 4.3.16: what follows the central directory. */
export function endRecords({ entries, directoryAt, directorySize, zip64End }: ZipLayout): Bytes {
  const out = writer((zip64End ? zip64EndBytes + zip64LocatorBytes : 0) + endBytes);
  const count = entries.length;
  if (zip64End) {
    out.u32(0x06064b50);
    out.u64(zip64EndBytes - 12);
    out.u16(unix * 256 + zip64);
    out.u16(zip64);
    out.u32(0);
    out.u32(0);
    out.u64(count);
    out.u64(count);
    out.u64(directorySize);
    out.u64(directoryAt);
    out.u32(0x07064b50);
    out.u32(0);
    out.u64(directoryAt + directorySize);
    out.u32(1);
  }
  out.u32(0x06054b50);
  out.u16(0);
  out.u16(0);
  out.u16(Math.min(count, many));
  out.u16(Math.min(count, many));
  out.u32(Math.min(directorySize, large));
  out.u32(Math.min(directoryAt, large));
  out.u16(0);
  return out.done();
}

/** What both headers of an entry have in common, from the version needed to the sizes. */
function common(
  out: Writer,
  { size, largeSize }: EntryPlace,
  { crc, modified }: EntryFacts,
  needsZip64: boolean,
): void {
  out.u16(needsZip64 ? zip64 : plain);
  out.u16(utf8Flag);
  out.u16(stored);
  const { time, date } = dosTime(modified);
  out.u16(time);
  out.u16(date);
  out.u32(crc);
  out.u32(largeSize ? large : size);
  out.u32(largeSize ? large : size);
}

/** Local time, as the format has it, in steps of two seconds from 1980 to 2107. */
function dosTime(moment: Date): { readonly time: number; readonly date: number } {
  const year = moment.getFullYear();
  if (!(year >= 1980)) return { time: 0, date: (1 << 5) | 1 };
  if (year > 2107) return { time: 0, date: (127 << 9) | (12 << 5) | 31 };
  return {
    time: (moment.getHours() << 11) | (moment.getMinutes() << 5) | (moment.getSeconds() >> 1),
    date: ((year - 1980) << 9) | ((moment.getMonth() + 1) << 5) | moment.getDate(),
  };
}

/** Info-ZIP's extended timestamp: seconds since 1970 in UTC, signed. */
function timeField(out: Writer, { modified }: EntryFacts): void {
  const seconds = Math.floor(modified.getTime() / 1000);
  out.u16(0x5455);
  out.u16(5);
  out.u8(1);
  out.u32(Math.min(Math.max(0, seconds), 0x7fffffff));
}

type Writer = ReturnType<typeof writer>;

/** Little-endian, as all of the format is. */
function writer(length: number) {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  return {
    u8(value: number) {
      view.setUint8(at, value);
      at += 1;
    },
    u16(value: number) {
      view.setUint16(at, value, true);
      at += 2;
    },
    u32(value: number) {
      view.setUint32(at, value, true);
      at += 4;
    },
    u64(value: number) {
      view.setBigUint64(at, BigInt(value), true);
      at += 8;
    },
    bytes(value: Uint8Array) {
      bytes.set(value, at);
      at += value.length;
    },
    done: () => bytes,
  };
}
