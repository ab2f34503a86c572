/** What a client says about an object, and how it is said again. */
import { type Checksum, checksumHeader } from './checksums.ts';
import { encryptionHeaders } from './encryption.ts';
import { S3Error } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { Bucket, Description, ObjectVersion, Tag } from './store.ts';

const kept = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-website-redirect-location',
  'x-amz-storage-class',
];
const metaPrefix = 'x-amz-meta-';
const maxMetadata = 2048;

/** Headers, metadata and tags of a write. Throws for what is too large or not implemented. */
export function descriptionOf(x: Exchange): Description {
  refuseUnsupported(x);
  const headers: Record<string, string> = {};
  for (const name of kept) {
    const value = name === 'content-encoding' ? storedEncoding(x.header(name)) : x.header(name);
    if (value !== undefined && value !== '' && !(name === 'x-amz-storage-class' && value === 'STANDARD'))
      headers[name] = value;
  }
  const metadata: Record<string, string> = {};
  let size = 0;
  for (const name of x.headerNames) {
    if (!name.startsWith(metaPrefix)) continue;
    const [short, value] = [name.slice(metaPrefix.length), x.header(name) ?? ''];
    // A form may name what could never be a header again.
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(short))
      throw new S3Error('InvalidArgument', 'A metadata name is not valid.');
    metadata[short] = value;
    size += Buffer.byteLength(short) + Buffer.byteLength(value, 'latin1');
  }
  if (size > maxMetadata) throw new S3Error('MetadataTooLarge');
  return { headers, metadata, tags: tagsOfHeader(x.header('x-amz-tagging')) };
}

function refuseUnsupported(x: Exchange): void {
  const acl = x.header('x-amz-acl');
  const grants = x.headerNames.some((name) => name.startsWith('x-amz-grant-'));
  if (grants || (acl !== undefined && acl !== 'private' && acl !== 'bucket-owner-full-control'))
    throw new S3Error('AccessControlListNotSupported');
  if (x.headerNames.some((name) => name.startsWith('x-amz-object-lock-')))
    throw new S3Error('NotImplemented');
}

function storedEncoding(value: string | undefined): string | undefined {
  return value
    ?.split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== 'aws-chunked')
    .join(',');
}

function tagsOfHeader(header: string | undefined): Tag[] {
  if (header === undefined) return [];
  return checkTags([...new URLSearchParams(header)]);
}

/** Throws `InvalidTag`. */
export function checkTags(tags: readonly Tag[], max = 10): Tag[] {
  const keys = new Set(tags.map(([key]) => key));
  if (tags.length > max) throw new S3Error('InvalidTag', `Object tags cannot be greater than ${max}`);
  if (keys.size !== tags.length)
    throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
  for (const [key, value] of tags) {
    if (key.length < 1 || key.length > 128 || value.length > 256 || key.startsWith('aws:'))
      throw new S3Error('InvalidTag');
  }
  return [...tags];
}

/** Headers of an answer about an object. */
export function objectHeaders(bucket: Bucket, version: ObjectVersion): Record<string, string> {
  return {
    'Last-Modified': new Date(version.modified).toUTCString(),
    ETag: `"${version.etag}"`,
    'Accept-Ranges': 'bytes',
    'content-type': 'binary/octet-stream',
    ...Object.fromEntries(Object.entries(version.headers).map(([name, value]) => [name, lineOf(value)])),
    ...Object.fromEntries(
      Object.entries(version.metadata).map(([name, value]) => [metaPrefix + name, lineOf(value)]),
    ),
    ...(version.tags.length > 0 ? { 'x-amz-tagging-count': String(version.tags.length) } : {}),
    ...versionHeaders(bucket, version),
    ...encryptionHeaders(version.encryption),
  };
}

/** Forms and presigned URLs bring text that no header holds as it is: RFC 2047 has a way, and S3 uses it. */
function lineOf(value: string): string {
  return /[^\t\x20-\x7e\x80-\xff]/.test(value)
    ? `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`
    : value;
}

export function versionHeaders(bucket: Bucket, version: ObjectVersion): Record<string, string> {
  return bucket.settings.versioning ? { 'x-amz-version-id': version.versionId } : {};
}

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** Whether an `If-Match` or `If-None-Match` list names this ETag. */
export function matchesEtag(list: string, etag: string): boolean {
  return list.split(',').some((entry) => {
    const wanted = entry
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1');
    return wanted === '*' || wanted === etag;
  });
}
