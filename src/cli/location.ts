import { usageError } from './usage-error.ts';

export interface S3Location {
  readonly kind: 's3';
  readonly bucket: string;
  /** A key, a prefix, or nothing. */
  readonly key: string;
}

/** What an operand names. A file whose name looks like another kind is written `./NAME`. */
export type Location =
  | { readonly kind: 'pipe' }
  | { readonly kind: 'file'; readonly path: string }
  | S3Location;

/** Throws `bad-argument` for an S3 address without a bucket. */
export function parseLocation(operand: string): Location {
  if (operand === '-') return { kind: 'pipe' };
  if (!operand.startsWith('s3://')) {
    if (operand === '') throw usageError('the name of a file is empty');
    return { kind: 'file', path: operand };
  }
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(operand) ?? [];
  if (bucket === '') throw usageError(`${operand} names no bucket; write s3://BUCKET/KEY`);
  return { kind: 's3', bucket, key };
}

export type LocalLocation = Exclude<Location, S3Location>;

/** Throws `bad-argument` for an object, which other commands are for. */
export function parseLocal(operand: string): LocalLocation {
  const location = parseLocation(operand);
  if (location.kind === 's3') throw usageError(`${operand} is an object: use "get" or "put"`);
  return location;
}

/** Throws `bad-argument` for what is no object, or no key of one. */
export function parseObject(operand: string): S3Location {
  const location = parseLocation(operand);
  if (location.kind !== 's3' || location.key === '') {
    throw usageError(`${operand} is no object; write s3://BUCKET/KEY`);
  }
  return location;
}
