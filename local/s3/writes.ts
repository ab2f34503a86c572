/** PutObject, CopyObject, DeleteObject(s), and the tags of objects. */
import { randomBytes } from 'node:crypto';
import { decodeQuery } from '../auth/sigv4.ts';
import { type Body, openBody, ownBody, readText } from './body.ts';
import { type Checksum, type ChecksumAlgorithm, checksumAlgorithms } from './checksums.ts';
import { checksumHeaders, checkTags, descriptionOf, matchesEtag, versionHeaders } from './description.ts';
import {
  type ContentKey,
  contentKeyOf,
  type EncryptionRecord,
  encryptionHeaders,
  newEncryption,
} from './encryption.ts';
import { S3Error } from './errors.ts';
import {
  authorize,
  bucketArn,
  bucketOf,
  type Exchange,
  objectArn,
  reply,
  requestTagContext,
} from './exchange.ts';
import { checkReadConditions, findVersion } from './reads.ts';
import { readSealed, writeSealed } from './sealed-files.ts';
import type { Bucket, Description, ObjectVersion, StoredPart, Tag } from './store.ts';
import { child, childrenNamed, el, optional, parseXml, textOf, xmlDocument } from './xml.ts';

/** 5 GiB: the most that one PUT, part or copy takes. */
export const maxPutSize = 5 * 1024 ** 3;

export async function putObject(x: Exchange): Promise<void> {
  const bucket = bucketOf(x, x.bucketName);
  const description = descriptionOf(x);
  authorizeWrite(x, bucket, x.key, description.tags);
  checkWriteConditions(x, bucket, x.key);
  const { record, contentKey } = encryptionFor(x, bucket, x.key);
  const body = openBody(x.request, x.header, x.payload, {
    md5: hasMd5Etag(record),
    maxSize: maxPutSize,
    line: x.lines?.up,
  });
  const part = await seal(x, contentKey, record, body, 1);
  const version = commit(x, bucket, x.key, description, record, [part]);
  reply(x, 200, { ETag: `"${version.etag}"`, ...writeHeaders(bucket, version) });
}

export async function copyObject(x: Exchange): Promise<void> {
  const bucket = bucketOf(x, x.bucketName);
  const source = copySource(x);
  const replaced = descriptionOf(x);
  const [replacesMetadata, replacesTags] = [directive(x, 'metadata'), directive(x, 'tagging')];
  const description: Description = {
    ...(replacesMetadata ? replaced : source.version),
    tags: replacesTags ? replaced.tags : source.version.tags,
  };
  authorizeWrite(x, bucket, x.key, description.tags);
  checkWriteConditions(x, bucket, x.key);
  const changesNothing =
    !replacesMetadata && !x.headerNames.some((name) => /^x-amz-(server-side|storage)-/.test(name));
  if (source.bucket === bucket && source.key === x.key && !source.versionId && changesNothing)
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  if (source.version.size > maxPutSize)
    throw new S3Error(
      'InvalidRequest',
      'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
    );
  const { record, contentKey } = encryptionFor(x, bucket, x.key);
  const algorithm = requestedAlgorithm(x) ?? source.version.checksum?.algorithm;
  const part = await sealCopy(x, source, [0, source.version.size], contentKey, record, algorithm, 1);
  const version = commit(x, bucket, x.key, description, record, [part]);
  const from = bucket.settings.versioning ? { 'x-amz-copy-source-version-id': source.version.versionId } : {};
  reply(
    x,
    200,
    { ...versionHeaders(bucket, version), ...encryptionHeaders(record), ...from },
    copyResult('CopyObjectResult', version),
  );
}

export function copyResult(
  name: string,
  copied: { readonly modified: number; readonly etag: string; readonly checksum?: Checksum },
): string {
  return xmlDocument(
    name,
    el('LastModified', new Date(copied.modified).toISOString()),
    el('ETag', `"${copied.etag}"`),
    copied.checksum && [
      el(`Checksum${copied.checksum.algorithm}`, copied.checksum.value),
      el('ChecksumType', copied.checksum.type),
    ],
  );
}

function directive(x: Exchange, what: 'metadata' | 'tagging'): boolean {
  const value = x.header(`x-amz-${what}-directive`) ?? 'COPY';
  if (value !== 'COPY' && value !== 'REPLACE')
    throw new S3Error('InvalidArgument', `Unknown ${what} directive.`);
  return value === 'REPLACE';
}

export interface CopySource {
  readonly bucket: Bucket;
  readonly key: string;
  readonly versionId: string | undefined;
  readonly version: ObjectVersion;
}

/** The object that `x-amz-copy-source` names, permitted and as its conditions want it. */
export function copySource(x: Exchange): CopySource {
  const [path = '', query = ''] = (x.header('x-amz-copy-source') ?? '').split('?versionId=');
  let [decoded, versionId]: [string, string | undefined] = ['', undefined];
  try {
    decoded = decodeURIComponent(path).replace(/^\//, '');
    versionId = query === '' ? undefined : decodeQuery(`versionId=${query}`)[0]?.[1];
  } catch {
    throw new S3Error('InvalidArgument', 'Copy Source must be URL-encoded');
  }
  const slash = decoded.indexOf('/');
  if (slash < 1)
    throw new S3Error(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  const bucket = bucketOf(x, decoded.slice(0, slash));
  const key = decoded.slice(slash + 1);
  const version = findVersion(x, 's3:GetObject', bucket, key, versionId);
  checkReadConditions(x.header, 'x-amz-copy-source-', version);
  return { bucket, key, versionId, version };
}

/** Reads a range of the source and seals it anew under the target's content key. */
export async function sealCopy(
  x: Exchange,
  source: CopySource,
  [start, end]: readonly [start: number, end: number],
  contentKey: ContentKey,
  record: EncryptionRecord,
  algorithm: ChecksumAlgorithm | undefined,
  number: number,
): Promise<StoredPart> {
  const { parts, encryption } = source.version;
  const sourceKey = contentKeyOf(x, x.principal, x.header, encryption, 'copy source');
  const unpin = x.store.pin(parts);
  try {
    const chunks = readSealed(x.store.data, parts, sourceKey, start, end);
    const body = ownBody(chunks, end - start, { md5: hasMd5Etag(record), algorithm });
    return await seal(x, contentKey, record, body, number);
  } finally {
    unpin();
  }
}

/** Writes a body to a data file; nothing refers to it yet. */
export async function seal(
  x: Exchange,
  contentKey: ContentKey,
  record: EncryptionRecord,
  body: Body,
  number: number,
): Promise<StoredPart> {
  const file = x.store.newFile();
  const { iv, size } = await writeSealed(`${x.store.data}/${file}`, contentKey, body.chunks);
  const { md5, checksum } = body.digests;
  return {
    file,
    iv,
    size,
    number,
    modified: x.now(),
    etag: hasMd5Etag(record) && md5 !== undefined ? md5 : randomBytes(16).toString('hex'),
    ...(checksum ? { checksum: checksum.value, checksumAlgorithm: checksum.algorithm } : {}),
  };
}

/** S3's ETag is the MD5 of the bytes unless they are encrypted under a key that S3 does not own. */
export function hasMd5Etag(record: EncryptionRecord): boolean {
  return record.kind === 'AES256';
}

export function requestedAlgorithm(x: Exchange): ChecksumAlgorithm | undefined {
  const value = x.header('x-amz-checksum-algorithm')?.toUpperCase();
  if (value === undefined) return undefined;
  const algorithm = checksumAlgorithms.find((candidate) => candidate === value);
  if (!algorithm) throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  return algorithm;
}

export function encryptionFor(x: Exchange, bucket: Bucket, key: string) {
  const arns = { bucket: bucketArn(bucket), object: objectArn(bucket, key) };
  return newEncryption(x, x.principal, x.header, bucket.settings.encryption, arns);
}

/** `PutObject`, and what it takes beside for tags and for learning of what is there. */
export function authorizeWrite(
  x: Exchange,
  bucket: Bucket,
  key: string,
  tags: readonly Tag[],
  creates = true,
): void {
  const context = { ...requestTagContext(tags), 's3:objectcreationoperation': String(creates) };
  authorize(x, 's3:PutObject', { bucket, key, context });
  if (tags.length > 0) authorize(x, 's3:PutObjectTagging', { bucket, key, context });
  if (x.header('if-match') !== undefined) authorize(x, 's3:GetObject', { bucket, key });
}

/** `If-None-Match: *` and `If-Match` of a write. */
export function checkWriteConditions(x: Exchange, bucket: Bucket, key: string): void {
  const [ifMatch, ifNoneMatch] = [x.header('if-match'), x.header('if-none-match')];
  const current = currentVersion(bucket, key);
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*') throw new S3Error('NotImplemented');
    if (current) throw new S3Error('PreconditionFailed');
  }
  if (ifMatch !== undefined) {
    if (!current) throw new S3Error('NoSuchKey');
    if (!matchesEtag(ifMatch, current.etag)) throw new S3Error('PreconditionFailed');
  }
}

function currentVersion(bucket: Bucket, key: string): ObjectVersion | undefined {
  const [newest] = bucket.objects.get(key) ?? [];
  return newest?.deleteMarker ? undefined : newest;
}

/** Makes sealed parts an object. Conditions are checked again: bodies take their time. */
export function commit(
  x: Exchange,
  bucket: Bucket,
  key: string,
  { headers, metadata, tags }: Description,
  encryption: EncryptionRecord,
  parts: readonly StoredPart[],
  whole?: { readonly etag: string; readonly checksum?: Checksum },
): ObjectVersion {
  try {
    checkWriteConditions(x, bucket, key);
    const [only] = parts;
    const checksum = whole
      ? whole.checksum
      : only?.checksum !== undefined && only.checksumAlgorithm
        ? ({ algorithm: only.checksumAlgorithm, value: only.checksum, type: 'FULL_OBJECT' } as const)
        : undefined;
    const version: ObjectVersion = {
      versionId: newVersionId(bucket),
      modified: x.now(),
      etag: whole?.etag ?? only?.etag ?? '',
      size: parts.reduce((sum, part) => sum + part.size, 0),
      headers,
      metadata,
      tags,
      ...(whole ? { multipart: true } : {}),
      parts,
      encryption,
      ...(checksum ? { checksum } : {}),
    };
    pushVersion(x, bucket, key, version);
    return version;
  } catch (error) {
    if (!whole) x.store.discard(parts);
    throw error;
  }
}

function newVersionId(bucket: Bucket): string {
  return bucket.settings.versioning === 'Enabled' ? randomBytes(24).toString('base64url') : 'null';
}

/** A version on top of those there are; one called `null` takes the place of another `null`. */
function pushVersion(x: Exchange, bucket: Bucket, key: string, version: ObjectVersion): void {
  const others = (bucket.objects.get(key) ?? []).filter(({ versionId }) => versionId !== version.versionId);
  x.store.saveObject(bucket, key, [version, ...others]);
}

/** Headers that every answer to a write has, but for the ETag. */
export function writeHeaders(bucket: Bucket, version: ObjectVersion): Record<string, string> {
  return {
    ...versionHeaders(bucket, version),
    ...encryptionHeaders(version.encryption),
    ...checksumHeaders(version.checksum),
  };
}

interface Deleted {
  readonly marker: boolean;
  readonly versionId?: string;
}

function authorizeDelete(x: Exchange, bucket: Bucket, key: string, versionId: string | undefined): void {
  authorize(x, versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion', { bucket, key });
}

function deleteOne(x: Exchange, bucket: Bucket, key: string, versionId: string | undefined): Deleted {
  const versions = bucket.objects.get(key) ?? [];
  if (versionId !== undefined) {
    const gone = versions.find((version) => version.versionId === versionId);
    if (gone)
      x.store.saveObject(
        bucket,
        key,
        versions.filter((version) => version !== gone),
      );
    return { marker: gone?.deleteMarker === true, versionId };
  }
  if (!bucket.settings.versioning) {
    if (versions.length > 0) x.store.saveObject(bucket, key, []);
    return { marker: false };
  }
  const marker: ObjectVersion = {
    versionId: newVersionId(bucket),
    modified: x.now(),
    deleteMarker: true,
    etag: '',
    size: 0,
    headers: {},
    metadata: {},
    tags: [],
    parts: [],
    encryption: { kind: 'AES256' },
  };
  pushVersion(x, bucket, key, marker);
  return { marker: true, versionId: marker.versionId };
}

export function deleteObject(x: Exchange): void {
  const bucket = bucketOf(x, x.bucketName);
  const versionId = x.query.get('versionId');
  const ifMatch = x.header('if-match');
  authorizeDelete(x, bucket, x.key, versionId);
  const current = currentVersion(bucket, x.key);
  if (ifMatch !== undefined && current && !matchesEtag(ifMatch, current.etag))
    throw new S3Error('PreconditionFailed');
  const deleted = deleteOne(x, bucket, x.key, versionId);
  reply(x, 204, {
    ...(deleted.marker ? { 'x-amz-delete-marker': 'true' } : {}),
    ...(deleted.versionId === undefined ? {} : { 'x-amz-version-id': deleted.versionId }),
  });
}

export async function deleteObjects(x: Exchange): Promise<void> {
  const bucket = bucketOf(x, x.bucketName);
  const checked =
    x.header('content-md5') ??
    x.headerNames.find((name) => name.startsWith('x-amz-checksum-')) ??
    x.header('x-amz-trailer');
  if (checked === undefined)
    throw new S3Error(
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  const document = parseXml(await readText(x.request, x.header, x.payload, 4 * 1024 * 1024));
  const targets = childrenNamed(document, 'Object').map(
    (element) => [textOf(element, 'Key'), textOf(element, 'VersionId')] as const,
  );
  if (document.name !== 'Delete' || targets.length === 0 || targets.length > 1000)
    throw new S3Error('MalformedXML');
  const quiet = textOf(document, 'Quiet') === 'true';
  const results = targets.map(([key, versionId]) => {
    if (!key) throw new S3Error('MalformedXML');
    try {
      authorizeDelete(x, bucket, key, versionId);
      const deleted = deleteOne(x, bucket, key, versionId);
      if (quiet) return undefined;
      return el(
        'Deleted',
        el('Key', key),
        optional('VersionId', versionId),
        deleted.marker
          ? [el('DeleteMarker', true), optional('DeleteMarkerVersionId', deleted.versionId)]
          : undefined,
      );
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      return el(
        'Error',
        el('Key', key),
        optional('VersionId', versionId),
        el('Code', error.code),
        el('Message', error.message),
      );
    }
  });
  reply(x, 200, {}, xmlDocument('DeleteResult', results));
}

export function getObjectTagging(x: Exchange): void {
  const bucket = bucketOf(x, x.bucketName);
  const version = findVersion(x, 's3:GetObjectTagging', bucket, x.key, x.query.get('versionId'));
  reply(x, 200, versionHeaders(bucket, version), taggingDocument(version.tags));
}

export async function putObjectTagging(x: Exchange): Promise<void> {
  const bucket = bucketOf(x, x.bucketName);
  const tags = tagsOfDocument(await readText(x.request, x.header, x.payload, 64 * 1024), 10);
  replaceTags(x, bucket, 's3:PutObjectTagging', tags, 200);
}

export function deleteObjectTagging(x: Exchange): void {
  replaceTags(x, bucketOf(x, x.bucketName), 's3:DeleteObjectTagging', [], 204);
}

function replaceTags(
  x: Exchange,
  bucket: Bucket,
  action: string,
  tags: readonly Tag[],
  status: number,
): void {
  const version = findVersion(x, action, bucket, x.key, x.query.get('versionId'), requestTagContext(tags));
  const versions = bucket.objects.get(x.key) ?? [];
  x.store.saveObject(
    bucket,
    x.key,
    versions.map((other) => (other === version ? { ...version, tags } : other)),
  );
  reply(x, status, versionHeaders(bucket, version));
}

/** Throws `MalformedXML` or `InvalidTag`. */
export function tagsOfDocument(source: string, max: number): Tag[] {
  const document = parseXml(source);
  const set = child(document, 'TagSet');
  if (document.name !== 'Tagging' || !set) throw new S3Error('MalformedXML');
  return checkTags(
    childrenNamed(set, 'Tag').map((tag): Tag => [textOf(tag, 'Key') ?? '', textOf(tag, 'Value') ?? '']),
    max,
  );
}

export function taggingDocument(tags: readonly Tag[]): string {
  return xmlDocument(
    'Tagging',
    el(
      'TagSet',
      tags.map(([key, value]) => el('Tag', el('Key', key), el('Value', value))),
    ),
  );
}
