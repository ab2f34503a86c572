import { fromBase64, fromUtf8 } from '../core/bytes.ts';
import { EnvelopeError } from '../core/errors.ts';
import type { ObjectFormat } from '../transfer/objects.ts';

/** One file of a share; its object lies beside the manifest under the file's index. */
export interface SharedFile {
  readonly name: string;
  /** Bytes of plaintext. */
  readonly size: number;
  /** 32 bytes that open this one object. */
  readonly dataKey: Uint8Array<ArrayBuffer>;
  /** `s3ec` unless given, as in the manifests before there was a choice. */
  readonly format?: ObjectFormat;
}

/** What a link opens: a small S3EC object that names the files and holds their data keys. */
export interface Manifest {
  readonly files: readonly SharedFile[];
}

/**
 * Characters of a name. No file system and no metadata of S3 has room for as many, and a page that shows, shortens
 * or saves a much longer one is at it for minutes.
 */
export const longestName = 4096;

/** @throws `manifest-invalid`: it opened, so whoever made it made it so */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const value = parse(bytes);
  if (!isRecord(value) || value['version'] !== 1 || !Array.isArray(value['files'])) throw invalid();
  const files = value['files'].map((file: unknown): SharedFile => {
    if (!isRecord(file)) throw invalid();
    const { name, size, dataKey: text, format } = file;
    const dataKey = typeof text === 'string' ? fromBase64(text) : undefined;
    if (
      typeof name !== 'string' ||
      name.length > longestName ||
      !Number.isSafeInteger(size) ||
      Number(size) < 0 ||
      dataKey?.length !== 32 ||
      (format !== undefined && format !== 'esdk')
    ) {
      throw invalid();
    }
    return { name, size: Number(size), dataKey, ...(format && { format }) };
  });
  if (files.length === 0) throw invalid();
  return { files };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes) ?? '');
  } catch {
    throw invalid();
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(): EnvelopeError {
  return new EnvelopeError('manifest-invalid', 'the manifest of this link is none that is known here');
}
