import { type Bytes, concatBytes } from '../../core/bytes.ts';
import type { DeliveredFile } from '../delivery.ts';
import type { DownloadRequest } from '../download-request.ts';
import type { Sink } from '../sinks/sink.ts';
import { combineCrc32, crc32InTurns } from './crc32.ts';
import { entryNames } from './entry-names.ts';
import { type EntrySize, layOutZip } from './layout.ts';
import { centralHeader, type EntryFacts, endRecords, localHeader } from './records.ts';

/** Files as one zip, whose every byte has its place before the first one is fetched. */
export interface Archive {
  /** Bytes. */
  readonly size: number;
  readonly files: readonly DeliveredFile[];
  /** Writes what is around the files, once all of them are verified. */
  complete(sink: Sink): Promise<void>;
}

/** Bytes of the central directory that are written together, about. */
const directoryPiece = 1024 ** 2;

interface Entry extends EntrySize {
  readonly request: DownloadRequest;
  readonly crc: RunningCrc;
  /** Known once it is verified. */
  facts: EntryFacts;
}

/** Throws `too-large` for a name that no zip has room for. */
export function createArchive(requests: readonly DownloadRequest[]): Archive {
  const names = entryNames(requests.map(({ name }) => name));
  const entries = requests.flatMap((request, index): Entry[] => {
    const name = names[index];
    if (name === undefined) return [];
    return [
      { name, size: request.size, request, crc: createCrc(), facts: { crc: 0, modified: new Date(0) } },
    ];
  });
  const layout = layOutZip(entries);

  async function writeDirectory(sink: Sink): Promise<void> {
    let at = layout.directoryAt;
    let headers: Bytes[] = [];
    let waiting = 0;
    async function write(): Promise<void> {
      const piece = concatBytes(...headers);
      headers = [];
      waiting = 0;
      const { length } = piece;
      await sink.write(at, piece);
      at += length;
    }
    for (const place of layout.entries) {
      const header = centralHeader(place, place.facts);
      headers.push(header);
      waiting += header.length;
      if (waiting >= directoryPiece) await write();
    }
    headers.push(endRecords(layout));
    await write();
  }

  return {
    size: layout.size,
    files: layout.entries.map((place) => ({
      request: place.request,
      at: place.dataAt,
      see: place.crc.add,
      onVerified({ lastModified }) {
        place.facts = { crc: place.crc.value(), modified: lastModified };
      },
    })),
    async complete(sink) {
      for (const place of layout.entries) await sink.write(place.at, localHeader(place, place.facts));
      await writeDirectory(sink);
    },
  };
}

interface RunningCrc {
  /** In any order; a range that comes again takes its own place. */
  add(start: number, bytes: Bytes): Promise<void>;
  /** Of all ranges, in their order. */
  value(): number;
}

function createCrc(): RunningCrc {
  const pieces = new Map<number, { readonly crc: number; readonly length: number }>();
  return {
    async add(start, bytes) {
      pieces.set(start, { crc: await crc32InTurns(bytes), length: bytes.length });
    },
    value: () =>
      [...pieces]
        .sort(([a], [b]) => a - b)
        .reduce((crc, [, piece]) => combineCrc32(crc, piece.crc, piece.length), 0),
  };
}
