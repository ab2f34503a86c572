import { utf8 } from '../../core/bytes.ts';
import { EnvelopeError } from '../../core/errors.ts';

/*
 * Where everything in an archive lies: a pure function of its entries' names and sizes. Entries are stored as they
 * are, so their sizes are known before the first byte, and no data descriptor is needed. ZIP64 (APPNOTE 6.3.10,
 * section 4.5.3) only where a number does not fit without: some readers refuse it.
 */

export interface EntrySize {
  /** As it is to be written; a folder's ends in a slash. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** What lies where; beside it, whatever the entry came with. */
export interface EntryPlace extends EntrySize {
  /** UTF-8 of the name. */
  readonly nameBytes: Uint8Array<ArrayBuffer>;
  /** Where its local header begins. */
  readonly at: number;
  /** Where its bytes begin. */
  readonly dataAt: number;
  /** Whether its size takes ZIP64. */
  readonly largeSize: boolean;
  /** Whether its place takes ZIP64. */
  readonly largeOffset: boolean;
}

export interface ZipLayout<Entry extends EntrySize = EntrySize> {
  readonly entries: readonly (Entry & EntryPlace)[];
  /** Where the central directory begins, and its bytes. */
  readonly directoryAt: number;
  readonly directorySize: number;
  /** Whether the end of the central directory takes ZIP64's records. */
  readonly zip64End: boolean;
  /** Bytes of the whole archive. */
  readonly size: number;
}

/** From here on a 32-bit field says "see ZIP64". */
export const large = 0xffffffff;
/** The same for a count in 16 bits. */
export const many = 0xffff;

export const localHeaderBytes = 30;
export const centralHeaderBytes = 46;
export const endBytes = 22;
export const zip64EndBytes = 56;
export const zip64LocatorBytes = 20;
/** Extra field 0x5455: the time of change, in UTC. */
export const timeFieldBytes = 9;

/** Throws `too-large` for a name that no header has room for. */
export function layOutZip<Entry extends EntrySize>(entries: readonly Entry[]): ZipLayout<Entry> {
  let at = 0;
  let directorySize = 0;
  const places = entries.map((entry) => {
    const { name, size } = entry;
    const nameBytes = utf8(name);
    if (nameBytes.length > many) {
      throw new EnvelopeError('too-large', 'an entry of a zip has a name of at most 65,535 bytes');
    }
    const largeSize = size >= large;
    const largeOffset = at >= large;
    const dataAt = at + localHeaderBytes + nameBytes.length + timeFieldBytes + localZip64Bytes({ largeSize });
    const place = { ...entry, nameBytes, at, dataAt, largeSize, largeOffset };
    at = dataAt + size;
    directorySize += centralHeaderBytes + nameBytes.length + timeFieldBytes + centralZip64Bytes(place);
    return place;
  });
  const zip64End = entries.length >= many || at >= large || directorySize >= large;
  const size = at + directorySize + (zip64End ? zip64EndBytes + zip64LocatorBytes : 0) + endBytes;
  return { entries: places, directoryAt: at, directorySize, zip64End, size };
}

/** A local header that has ZIP64's field must have both sizes in it. */
export function localZip64Bytes({ largeSize }: { readonly largeSize: boolean }): number {
  return largeSize ? 4 + 16 : 0;
}

/** The central directory's has what does not fit, and nothing else. */
export function centralZip64Bytes({
  largeSize,
  largeOffset,
}: {
  readonly largeSize: boolean;
  readonly largeOffset: boolean;
}): number {
  const fields = (largeSize ? 16 : 0) + (largeOffset ? 8 : 0);
  return fields === 0 ? 0 : 4 + fields;
}
