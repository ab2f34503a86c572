import { open } from 'node:fs/promises';
import { type Bytes, fromUtf8 } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import type { Metadata } from '../core/object.ts';
import { readFlatJson } from '../core/s3ec/flat-json.ts';
import { maxInstructionFileBytes } from '../core/s3ec/s3ec.ts';
import { metadataSuffix } from './besides.ts';
import { fileFailure, isAbsent } from './file-io.ts';
import type { RandomAccess } from './input.ts';
import type { LocalLocation } from './location.ts';
import type { SealedSource } from './sealed-source.ts';

/**
 * A file, with the metadata and the instruction file that lie beside it.
 * @param metadataFile in place of `NAME.metadata.json`
 */
export async function localSource(
  location: LocalLocation,
  input: RandomAccess,
  metadataFile: string | undefined,
): Promise<SealedSource> {
  const name = location.kind === 'file' ? location.path : 'standard input';
  const metadata = await readMetadata(location, metadataFile);
  return {
    name,
    head: { key: name, size: input.length, etag: '', lastModified: input.modified, metadata },
    store: { read: (_, range) => input.read(range) },
    async instructionFile(suffix) {
      const path = location.kind === 'file' ? location.path + suffix : undefined;
      const body = path === undefined ? undefined : await readSmall(path);
      return body && path !== undefined ? { name: path, body } : null;
    },
    close: input.close,
  };
}

async function readMetadata(location: LocalLocation, given: string | undefined): Promise<Metadata> {
  const path = given ?? (location.kind === 'file' ? location.path + metadataSuffix : undefined);
  const body = path === undefined ? undefined : await readSmall(path);
  if (body) return parseMetadata(body, path ?? '');
  if (given === undefined) return {};
  throw new EnvelopeError('file-unreadable', `${given}: there is no such file or folder`);
}

/** One JSON object of strings, names in any case, as S3 has it. */
function parseMetadata(body: Bytes, path: string): Metadata {
  const text = fromUtf8(body);
  const pairs = text === undefined ? undefined : readFlatJson(text);
  if (pairs)
    return Object.fromEntries(Object.entries(pairs).map(([name, value]) => [name.toLowerCase(), value]));
  throw new EnvelopeError('metadata-invalid', `${path}: the metadata is not one JSON object of strings`, {
    details: { field: 'metadata' },
  });
}

/** Undefined for a file that is not there. */
async function readSmall(path: string): Promise<Bytes | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const buffer = new Uint8Array(maxInstructionFileBytes + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
        if (bytesRead === 0) return buffer.slice(0, length);
        length += bytesRead;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw fileFailure('file-unreadable', path, error);
  }
}
