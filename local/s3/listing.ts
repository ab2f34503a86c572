/** ListObjectsV2, ListObjects and ListObjectVersions, and the paging that other lists share. */
import { awsEncode } from '../auth/sigv4.ts';
import { S3Error } from './errors.ts';
import { authorize, bucketOf, type Exchange, reply } from './exchange.ts';
import { type Bucket, compareUtf8, type ObjectVersion } from './store.ts';
import { el, optional, type Xml, xmlDocument } from './xml.ts';

interface PageQuestion<T> {
  readonly prefix: string;
  readonly delimiter: string;
  /** Names up to this one were on earlier pages. */
  readonly marker: string;
  /** Which items of just this name are still to come. Default: none. */
  readonly includesMarked?: (item: T) => boolean;
  readonly max: number;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly prefixes: readonly string[];
  readonly truncated: boolean;
  /** Key or common prefix that the next page starts behind. */
  readonly last: string;
}

/** One page of items sorted by key. Keys that share a prefix up to the delimiter count once, as it. */
export function listPage<T extends { readonly key: string }>(
  sorted: readonly T[],
  { prefix, delimiter, marker, includesMarked, max }: PageQuestion<T>,
): Page<T> {
  const [items, prefixes]: [T[], string[]] = [[], []];
  let last = '';
  for (
    let i = lowerBound(sorted, compareUtf8(prefix, marker) > 0 ? prefix : marker);
    i < sorted.length;
    i++
  ) {
    const item = sorted[i];
    if (!item?.key.startsWith(prefix)) {
      if (item && compareUtf8(item.key, prefix) < 0) continue;
      break;
    }
    const cut = delimiter === '' ? -1 : item.key.indexOf(delimiter, prefix.length);
    const name = cut < 0 ? item.key : item.key.slice(0, cut + delimiter.length);
    if (cut >= 0 && name === prefixes.at(-1)) continue;
    const order = compareUtf8(name, marker);
    if (order < 0 || (order === 0 && marker !== '' && (cut >= 0 || !includesMarked?.(item)))) continue;
    if (items.length + prefixes.length >= max) return { items, prefixes, truncated: max > 0, last };
    if (cut < 0) items.push(item);
    else prefixes.push(name);
    last = name;
  }
  return { items, prefixes, truncated: false, last };
}

function lowerBound(sorted: readonly { readonly key: string }[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(sorted[middle]?.key ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** At most 1,000, which is also the default. Throws `InvalidArgument`. */
export function pageSize(text: string | undefined): number {
  if (text === undefined || text === '') return 1000;
  if (!/^\d{1,10}$/.test(text))
    throw new S3Error('InvalidArgument', 'Provided page size not an integer or within integer range');
  return Math.min(Number(text), 1000);
}

/** How keys are written: as they are, or percent-encoded for `encoding-type=url`. */
export function textFormat(x: Exchange): {
  readonly type: string | undefined;
  encode(text: string): string;
  maybe(text: string | undefined): string | undefined;
} {
  const type = x.query.get('encoding-type');
  if (type !== undefined && type !== 'url')
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request');
  const encode = (text: string) =>
    type === undefined ? text : awsEncode(text).replaceAll('%2F', '/').replaceAll('%20', '+');
  return { type, encode, maybe: (text) => (text === undefined ? undefined : encode(text)) };
}

/** The condition keys of lists: only what the request says. */
export function listContext(x: Exchange): Record<string, string> {
  return Object.fromEntries(
    ['prefix', 'delimiter', 'max-keys'].flatMap((name) => {
      const value = x.query.get(name);
      return value === undefined ? [] : [[`s3:${name}`, value]];
    }),
  );
}

interface Listed {
  readonly key: string;
  readonly version: ObjectVersion;
}

/** Current versions, no delete markers, keys in order. */
function currentObjects(bucket: Bucket): Listed[] {
  return bucket.sortedKeys().flatMap((key) => {
    const version = bucket.objects.get(key)?.[0];
    return version && !version.deleteMarker ? [{ key, version }] : [];
  });
}

export function listObjects(x: Exchange): void {
  const bucket = bucketOf(x, x.bucketName);
  authorize(x, 's3:ListBucket', { bucket, context: listContext(x) });
  const second = x.query.get('list-type') === '2';
  const [prefix, delimiter] = [x.query.get('prefix') ?? '', x.query.get('delimiter') ?? ''];
  const token = second ? x.query.get('continuation-token') : undefined;
  const start = x.query.get(second ? 'start-after' : 'marker') ?? '';
  const marker = token === undefined ? start : markerOf(token);
  const max = pageSize(x.query.get('max-keys'));
  const page = listPage(currentObjects(bucket), { prefix, delimiter, marker, max });
  const format = textFormat(x);
  const withOwner = !second || x.query.get('fetch-owner') === 'true';
  const next = page.truncated ? page.last : undefined;
  const body = xmlDocument(
    'ListBucketResult',
    el('Name', bucket.name),
    el('Prefix', format.encode(prefix)),
    optional('Delimiter', format.maybe(x.query.get('delimiter'))),
    el('MaxKeys', max),
    el('IsTruncated', page.truncated),
    optional('EncodingType', format.type),
    second
      ? [
          el('KeyCount', page.items.length + page.prefixes.length),
          optional('StartAfter', format.maybe(x.query.get('start-after'))),
          optional('ContinuationToken', token),
          optional('NextContinuationToken', next === undefined ? undefined : tokenOf(next)),
        ]
      : [
          el('Marker', format.encode(start)),
          optional('NextMarker', delimiter === '' ? undefined : format.maybe(next)),
        ],
    page.items.map(({ key, version }) =>
      el('Contents', el('Key', format.encode(key)), facts(version), withOwner ? owner : undefined),
    ),
    commonPrefixes(page.prefixes, format.encode),
  );
  reply(x, 200, {}, body);
}

export function listObjectVersions(x: Exchange): void {
  const bucket = bucketOf(x, x.bucketName);
  authorize(x, 's3:ListBucketVersions', { bucket, context: listContext(x) });
  const all = bucket
    .sortedKeys()
    .flatMap((key) => (bucket.objects.get(key) ?? []).map((version) => ({ key, version })));
  const [prefix, delimiter] = [x.query.get('prefix') ?? '', x.query.get('delimiter') ?? ''];
  const [keyMarker, idMarker] = [x.query.get('key-marker') ?? '', x.query.get('version-id-marker')];
  const max = pageSize(x.query.get('max-keys'));
  const ids = (bucket.objects.get(keyMarker) ?? []).map((version) => version.versionId);
  const marked = idMarker === undefined ? ids.length : ids.indexOf(idMarker);
  const page = listPage(all, {
    prefix,
    delimiter,
    marker: keyMarker,
    includesMarked: ({ version }) => ids.indexOf(version.versionId) > marked,
    max,
  });
  const last = page.items.at(-1);
  const format = textFormat(x);
  const one = ({ key, version }: Listed): Xml =>
    el(
      version.deleteMarker ? 'DeleteMarker' : 'Version',
      el('Key', format.encode(key)),
      el('VersionId', version.versionId),
      el('IsLatest', bucket.objects.get(key)?.[0] === version),
      version.deleteMarker ? el('LastModified', new Date(version.modified).toISOString()) : facts(version),
      owner,
    );
  const body = xmlDocument(
    'ListVersionsResult',
    el('Name', bucket.name),
    el('Prefix', format.encode(prefix)),
    optional('Delimiter', format.maybe(x.query.get('delimiter'))),
    el('KeyMarker', format.encode(keyMarker)),
    el('VersionIdMarker', idMarker ?? ''),
    page.truncated
      ? [
          el('NextKeyMarker', format.encode(page.last)),
          optional('NextVersionIdMarker', last?.key === page.last ? last.version.versionId : undefined),
        ]
      : undefined,
    el('MaxKeys', max),
    el('IsTruncated', page.truncated),
    optional('EncodingType', format.type),
    page.items.map(one),
    commonPrefixes(page.prefixes, format.encode),
  );
  reply(x, 200, {}, body);
}

const owner = el('Owner', el('ID', 'owner'), el('DisplayName', 'owner'));

function facts(version: ObjectVersion): Xml[] {
  return [
    el('LastModified', new Date(version.modified).toISOString()),
    el('ETag', `"${version.etag}"`),
    ...(version.checksum
      ? [el('ChecksumAlgorithm', version.checksum.algorithm), el('ChecksumType', version.checksum.type)]
      : []),
    el('Size', version.size),
    el('StorageClass', version.headers['x-amz-storage-class'] ?? 'STANDARD'),
  ];
}

function commonPrefixes(prefixes: readonly string[], encode: (text: string) => string): Xml[] {
  return prefixes.map((prefix) => el('CommonPrefixes', el('Prefix', encode(prefix))));
}

function tokenOf(name: string): string {
  return Buffer.from(`1${name}`).toString('base64url');
}

function markerOf(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('1') || tokenOf(text.slice(1)) !== token)
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
  return text.slice(1);
}
