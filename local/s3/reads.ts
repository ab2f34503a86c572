/** GetObject, HeadObject, GetObjectAttributes. */
import { pipeline } from 'node:stream/promises';
import { through } from '../line.ts';
import { checksumHeaders, matchesEtag, objectHeaders, versionHeaders } from './description.ts';
import { checkCustomerKey, contentKeyOf } from './encryption.ts';
import { S3Error } from './errors.ts';
import { authorize, bucketOf, type Exchange, existingTagContext, may, reply } from './exchange.ts';
import { readSealed } from './sealed-files.ts';
import type { Bucket, ObjectVersion } from './store.ts';
import { el, optional, xmlDocument } from './xml.ts';

/** The version asked for, if the one who asks may do this with it. */
export function findVersion(
  x: Exchange,
  action: string,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  context: Readonly<Record<string, string | readonly string[]>> = {},
): ObjectVersion {
  const versions = bucket.objects.get(key) ?? [];
  const version = versionId === undefined ? versions[0] : versions.find((v) => v.versionId === versionId);
  const named = versionId === undefined ? action : action.replace('Object', 'ObjectVersion');
  const target = { bucket, key, context: { ...context, ...existingTagContext(version) } };
  if (version && !version.deleteMarker) {
    authorize(x, named, target);
    return version;
  }
  // Whether something is missing is told to those only who may list.
  if (!may(x, 's3:ListBucket', { bucket })) throw new S3Error('AccessDenied');
  const headers = version ? { 'x-amz-delete-marker': 'true', ...versionHeaders(bucket, version) } : {};
  if (version && versionId !== undefined) throw new S3Error('MethodNotAllowed', undefined, headers);
  throw new S3Error(versionId === undefined ? 'NoSuchKey' : 'NoSuchVersion', undefined, headers);
}

export async function getObject(x: Exchange): Promise<void> {
  const bucket = bucketOf(x, x.bucketName);
  const version = findVersion(x, 's3:GetObject', bucket, x.key, x.query.get('versionId'));
  checkCustomerKey(x.header, version.encryption);
  const headers = objectHeaders(bucket, version);
  if (checkReadConditions(x.header, '', version) === 'not modified') {
    const { ETag = '', 'Last-Modified': modified = '' } = headers;
    return reply(x, 304, { ETag, 'Last-Modified': modified, ...versionHeaders(bucket, version) });
  }
  const range = rangeOf(x, version);
  const [start, end] = range ?? [0, version.size];
  if (range) headers['Content-Range'] = `bytes ${start}-${end - 1}/${version.size}`;
  if (x.query.has('partNumber') && version.multipart)
    headers['x-amz-mp-parts-count'] = String(version.parts.length);
  if (x.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' && !range)
    Object.assign(headers, checksumHeaders(version.checksum));
  overrideHeaders(x, headers);
  headers['Content-Length'] = String(end - start);
  const status = range ? 206 : 200;
  if (x.method === 'HEAD') {
    x.response.writeHead(status, headers).end();
    return;
  }
  const contentKey = contentKeyOf(x, x.principal, x.header, version.encryption);
  const unpin = x.store.pin(version.parts);
  try {
    x.response.writeHead(status, headers);
    const body = readSealed(x.store.data, version.parts, contentKey, start, end);
    await pipeline(x.lines ? through(x.lines.down, body) : body, x.response);
  } finally {
    unpin();
  }
}

/** `prefix` is empty, or `x-amz-copy-source-` for the source of a copy. Throws `PreconditionFailed`. */
export function checkReadConditions(
  header: Exchange['header'],
  prefix: string,
  version: ObjectVersion,
): 'not modified' | undefined {
  const value = (name: string) => header(`${prefix}${name}`);
  const time = (name: string) => Date.parse(value(name) ?? '');
  const modified = Math.floor(version.modified / 1000) * 1000;
  const [ifMatch, ifNoneMatch] = [value('if-match'), value('if-none-match')];
  if (ifMatch === undefined ? modified > time('if-unmodified-since') : !matchesEtag(ifMatch, version.etag))
    throw new S3Error('PreconditionFailed');
  const unchanged =
    ifNoneMatch === undefined
      ? modified <= time('if-modified-since')
      : matchesEtag(ifNoneMatch, version.etag);
  if (unchanged && prefix !== '') throw new S3Error('PreconditionFailed');
  return unchanged ? 'not modified' : undefined;
}

function rangeOf(x: Exchange, version: ObjectVersion): [start: number, end: number] | undefined {
  const [header, part] = [x.header('range'), x.query.get('partNumber')];
  if (part === undefined) return header === undefined ? undefined : parseRange(header, version.size);
  if (header !== undefined)
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  const number = partNumberOf(part);
  if (number > (version.multipart ? version.parts.length : 1)) throw new S3Error('InvalidPartNumber');
  const before = version.parts.slice(0, number - 1).reduce((sum, { size }) => sum + size, 0);
  const size = version.parts[number - 1]?.size ?? 0;
  return size === 0 ? undefined : [before, before + size];
}

/** A single byte range, to 2^63 - 1 as Java writes it; anything else is ignored, as HTTP has it. Throws `InvalidRange`. */
export function parseRange(header: string, size: number): [start: number, end: number] | undefined {
  const [, from, to] = /^bytes=(\d{0,19})-(\d{0,19})$/.exec(header.trim()) ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
  const start = from === '' ? Math.max(size - Number(to), 0) : Number(from);
  const end = from === '' || to === '' ? size : Math.min(Number(to) + 1, size);
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  if (start >= size || start >= end)
    throw new S3Error('InvalidRange', undefined, { 'Content-Range': `bytes */${size}` });
  return [start, end];
}

/** 1 to 10,000. Throws `InvalidArgument`. */
export function partNumberOf(text: string | undefined): number {
  const number = /^\d{1,6}$/.test(text ?? '') ? Number(text) : 0;
  if (number < 1 || number > 10_000)
    throw new S3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  return number;
}

function overrideHeaders(x: Exchange, headers: Record<string, string>): void {
  for (const name of [
    'cache-control',
    'content-disposition',
    'content-encoding',
    'content-language',
    'content-type',
    'expires',
  ]) {
    const value = x.query.get(`response-${name}`);
    if (value === undefined) continue;
    if (x.form === 'anonymous')
      throw new S3Error(
        'InvalidRequest',
        'Request specific response headers cannot be used for anonymous GET requests.',
      );
    // A header is one line of latin1; anything else would make the answer itself invalid.
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw new S3Error('InvalidArgument', `response-${name} is not valid.`);
    headers[name] = value;
  }
}

export function getObjectAttributes(x: Exchange): void {
  const bucket = bucketOf(x, x.bucketName);
  const versionId = x.query.get('versionId');
  const version = findVersion(x, 's3:GetObject', bucket, x.key, versionId);
  authorize(x, versionId === undefined ? 's3:GetObjectAttributes' : 's3:GetObjectVersionAttributes', {
    bucket,
    key: x.key,
  });
  checkCustomerKey(x.header, version.encryption);
  const wanted = new Set((x.header('x-amz-object-attributes') ?? '').split(',').map((name) => name.trim()));
  const { checksum } = version;
  const composite = checksum?.type === 'COMPOSITE';
  const [max, marker] = [
    Number(x.header('x-amz-max-parts') ?? 1000),
    Number(x.header('x-amz-part-number-marker') ?? 0),
  ];
  const parts = version.parts.filter(({ number }) => number > marker).slice(0, max);
  const last = parts.at(-1)?.number ?? marker;
  const body = xmlDocument(
    'GetObjectAttributesResponse',
    wanted.has('ETag') ? el('ETag', version.etag) : undefined,
    wanted.has('Checksum') && checksum
      ? el(
          'Checksum',
          el(`Checksum${checksum.algorithm}`, checksum.value.replace(/-\d+$/, '')),
          el('ChecksumType', checksum.type),
        )
      : undefined,
    wanted.has('ObjectParts') && version.multipart
      ? el(
          'ObjectParts',
          el('PartsCount', version.parts.length),
          composite
            ? [
                el('PartNumberMarker', marker),
                el('NextPartNumberMarker', last),
                el('MaxParts', max),
                el('IsTruncated', last < (version.parts.at(-1)?.number ?? 0)),
                parts.map((part) =>
                  el(
                    'Part',
                    el('PartNumber', part.number),
                    el('Size', part.size),
                    optional(`Checksum${checksum.algorithm}`, part.checksum),
                  ),
                ),
              ]
            : undefined,
        )
      : undefined,
    wanted.has('StorageClass')
      ? el('StorageClass', version.headers['x-amz-storage-class'] ?? 'STANDARD')
      : undefined,
    wanted.has('ObjectSize') ? el('ObjectSize', version.size) : undefined,
  );
  reply(
    x,
    200,
    { 'Last-Modified': new Date(version.modified).toUTCString(), ...versionHeaders(bucket, version) },
    body,
  );
}
